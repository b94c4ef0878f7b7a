"""late-removal: files were deleted in a later layer, which hides them and ships them all the same."""

from collections.abc import Iterator
from itertools import pairwise

from bot.dockerfile import Dockerfile
from bot.dockerfile.edits import Edit, merge_runs
from bot.dockerfile.shell_commands import Command, Script
from bot.model.advice import Finding
from bot.rules.catalogue.apt_late_purge import purges
from bot.rules.kit.dead_files import Fate, dead_files
from bot.rules.kit.evidence import Evidence
from bot.rules.kit.file_index import IndexedFile
from bot.rules.kit.findings import Wording, measured, patch_of, suspected
from bot.rules.kit.rule import Fix, Group, Rule
from bot.rules.kit.scripts import final_scripts

ID = "late-removal"
TITLE = "Files were deleted in a later layer, which hides them but ships them all the same"
ADVICE = (
    "Delete them in the RUN that makes them. What COPY or ADD brought can be used without being shipped: "
    "RUN --mount=type=bind."
)
_REMOVERS = frozenset({"rm", "unlink", "shred"})
_PRUNES = (("npm", "prune"), ("yarn", "autoclean"), ("pip", "uninstall"), ("pip", "cache"), ("npm", "cache"))


def find(evidence: Evidence) -> Iterator[Finding]:
    """Claim deleted files of own layers; what a package manager removed belongs to apt-late-purge."""
    found = [one for one in dead_files(evidence, Fate.REMOVED) if not purges(evidence.text_of(one.killed_by))]
    finding = measured(evidence, Wording(ID, TITLE, ADVICE, patch=_patch(evidence, found)), found)
    if finding:
        yield finding


def suspect(dockerfile: Dockerfile) -> Iterator[Finding]:
    """Suspect a RUN of the final stage that does nothing but delete."""
    for script in final_scripts(dockerfile):
        if script.commands and all(_removes(command) for command in script.commands):
            yield suspected(Wording(ID, TITLE, ADVICE), script.instruction)


def _removes(command: Command) -> bool:
    deletes = command.program in _REMOVERS and bool(command.operands)
    return deletes or any(command.starts(*words) for words in _PRUNES)


def _patch(evidence: Evidence, found: list[IndexedFile]) -> str:
    """Merge each RUN that makes such files with the RUN right after it, where that one deletes them."""
    if evidence.stage is None:
        return ""
    neighbours = set(pairwise(one.span for one in evidence.stage.instructions))
    edits = dict[tuple[int, int], tuple[Edit, ...]]()
    for places in {(one.layer, one.killed_by) for one in found}:
        maker, killer = (evidence.run_of(layer) for layer in places)
        if maker and killer and (maker.instruction.span, killer.instruction.span) in neighbours:
            edits[places] = _merge(evidence, maker, killer)
    return patch_of(evidence, [edit for made in edits.values() for edit in made])


def _merge(evidence: Evidence, maker: Script, killer: Script) -> tuple[Edit, ...]:
    return (merge_runs(evidence.dockerfile, maker, killer) if evidence.dockerfile else None) or ()


RULE = Rule(
    id=ID,
    title="Files deleted in a later layer",
    group=Group.LAYERS,
    fix=Fix.SAFE,
    fires_on="A deleted file, a deleted directory and an emptied one hide the same bytes.",
    silent_on="Deleting files of the base image takes nothing back, and was never this Dockerfile's to ship.",
    measured=find,
    suspected=suspect,
    wordings=(Wording(ID, TITLE, ADVICE),),
)
