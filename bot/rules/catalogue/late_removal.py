"""late-removal: files were deleted in a later layer, which hides them and ships them all the same."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from bot.dockerfile import Dockerfile, Edit
from bot.dockerfile.edits import merge_runs
from bot.dockerfile.shell_commands import Command, read_script
from bot.model.advice import Finding
from bot.rules.catalogue.apt_late_purge import is_purged
from bot.rules.kit.dead_files import Fate, dead_files
from bot.rules.kit.evidence import Evidence
from bot.rules.kit.file_index import IndexedFile
from bot.rules.kit.findings import ProposedEdits, Wording, claiming, suspected
from bot.rules.kit.rule import Fix, Group, Rule
from bot.rules.kit.scripts import final_scripts

ID = "late-removal"
TITLE = "Files were deleted in a later layer, which hides them but ships them all the same"
ADVICE = (
    "Delete them in the RUN that makes them. What COPY or ADD brought can be used without being shipped: "
    "RUN --mount=type=bind."
)
WORDING = Wording(ID, TITLE, ADVICE)
_SHORTEST_NAME = 3
_MOST_SUSPICIONS = 20
_REMOVERS = frozenset({"rm", "unlink", "shred"})
_PRUNES = (("npm", "prune"), ("yarn", "autoclean"), ("pip", "uninstall"), ("pip", "cache"), ("npm", "cache"))


def find(evidence: Evidence) -> Iterable[IndexedFile]:
    """Claim deleted files of own layers; what a package manager removed belongs to apt-late-purge."""
    return [one for one in dead_files(evidence, Fate.REMOVED) if not is_purged(evidence, one)]


def suspect(dockerfile: Dockerfile) -> Iterator[Finding]:
    """Suspect a RUN of the final stage that does nothing but delete what the text above it speaks of."""
    deleting = [one for one in final_scripts(dockerfile) if one.commands and all(map(_removes, one.commands))]
    said = _said(dockerfile) if deleting else []
    for script in deleting[:_MOST_SUSPICIONS]:
        above = "\n".join(text for start, text in said if start < script.instruction.span.start)
        if all(_is_ours(command, above) for command in script.commands):
            yield suspected(WORDING, script.instruction)


def _removes(command: Command) -> bool:
    deletes = command.program in _REMOVERS and bool(command.operands)
    return deletes or any(command.starts(*words) for words in _PRUNES)


def _said(dockerfile: Dockerfile) -> list[tuple[int, str]]:
    """List what the instructions say, each with its place, but for what a RUN deletes itself."""
    said = list[tuple[int, str]]()
    for one in dockerfile.instructions:
        script = read_script(dockerfile, one)
        commands = [command for command in script.commands if command.program not in _REMOVERS] if script else []
        said.append((one.span.start, "\n".join(" ".join(one.texts) for one in commands) if script else one.joined))
    return said


def _is_ours(command: Command, above: str) -> bool:
    """Tell whether what is deleted was made here, not by the base image: its path, or plain name, stands above."""
    paths = (operand.strip("\"'").rstrip("/*") for operand in command.operands)
    return command.program not in _REMOVERS or any(len(path) >= _SHORTEST_NAME and path in above for path in paths)


def _proposal(evidence: Evidence, found: Sequence[IndexedFile]) -> ProposedEdits:
    """Merge each RUN that makes such files with all RUNs after it up to the one that deletes them."""
    places = sorted({(one.layer, one.killed_by) for one in found})
    return ProposedEdits(tuple(edit for maker, killer in places for edit in _merged(evidence, maker, killer)))


def _merged(evidence: Evidence, maker: int, killer: int) -> tuple[Edit, ...]:
    first, last = evidence.instruction_of(maker), evidence.instruction_of(killer)
    if evidence.dockerfile is None or evidence.stage is None or first is None or last is None:
        return ()
    chain = [one for one in evidence.stage.instructions if first.span <= one.span <= last.span]
    scripts = [read_script(evidence.dockerfile, one) for one in chain]
    merges = [merge_runs(evidence.dockerfile, one, two) if one and two else None for one, two in pairwise(scripts)]
    complete = all(merges) and first in chain
    return tuple(edit for merge in merges for edit in merge or ()) if complete else ()


RULE = Rule(
    id=ID,
    title="Files deleted in a later layer",
    group=Group.LAYERS,
    fix=Fix.SAFE,
    fires_on="A deleted file, a deleted directory and an emptied one hide the same bytes.",
    silent_on="Deleting files of the base image takes nothing back, and was never this Dockerfile's to ship.",
    measured=claiming(WORDING, find, propose=_proposal),
    suspected=suspect,
    wordings=(WORDING,),
)
