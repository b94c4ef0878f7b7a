"""layer-chown: a later chown or chmod shipped the same bytes a second time."""

import posixpath
from collections.abc import Iterable, Iterator, Sequence

from bot.dockerfile import Dockerfile, Edit, Instruction, Span
from bot.dockerfile.edits import add_instruction_flag
from bot.dockerfile.shell_commands import Command
from bot.model.advice import Finding
from bot.rules.kit.dead_files import Fate, dead_files
from bot.rules.kit.evidence import Evidence
from bot.rules.kit.file_index import IndexedFile
from bot.rules.kit.findings import ProposedEdits, Wording, claiming, suspected
from bot.rules.kit.rule import Fix, Group, Rule
from bot.rules.kit.scripts import final_scripts

ID = "layer-chown"
TITLE = "A change of owner or mode in a later layer shipped the same bytes twice"
ADVICE = (
    "Set owner and mode where files are made: COPY --chown and --chmod, or chown in the RUN that makes them, with the "
    "user created before (or by number). Keep a plain chown of directories that the program writes to."
)
WORDING = Wording(ID, TITLE, ADVICE)
_TOUCHES_FILES = frozenset(
    {"chgrp", "chmod", "chown", "cp", "find", "install", "mv", "perl", "rsync", "sed"}
    | {"setfacl", "setfattr", "tar", "touch", "xargs"}
)
_USUAL_USERS = frozenset({"root", "nobody", "www-data", "daemon"})


def find(evidence: Evidence) -> Iterable[IndexedFile]:
    """Claim the first copy of every file that a later layer repeats with other metadata."""
    return dead_files(evidence, Fate.METADATA)


def suspect(dockerfile: Dockerfile) -> Iterator[Finding]:
    """Suspect a RUN that changes owner or mode of a tree that was copied before, and does nothing else."""
    for script in final_scripts(dockerfile):
        copied = list(_copied_before(dockerfile, script.instruction))
        if script.commands and all(_changes_a_tree(one) and _meets(one, copied) for one in script.commands):
            yield suspected(WORDING, script.instruction)


def _changes_a_tree(command: Command) -> bool:
    recursive = command.has_short("R") or command.has("--recursive")
    return command.program in {"chown", "chmod", "chgrp"} and recursive


def _copied_before(dockerfile: Dockerfile, run: Instruction) -> Iterator[str]:
    """Name the places that the stage of a RUN copied to before it, as they are written."""
    home, stage = "/", dockerfile.stage_of(run)
    for one in stage.instructions if stage else ():
        if one.span.start < run.span.start and one.keyword == "WORKDIR":
            home = posixpath.join(home, one.body.strip())
        elif one.span.start < run.span.start and one.keyword in {"COPY", "ADD"} and one.arguments:
            yield posixpath.normpath(posixpath.join(home, one.arguments[-1]))


def _meets(command: Command, places: Sequence[str]) -> bool:
    """Tell whether a tree holds a place or lies in one; where a name is relative or a variable it may."""
    trees = [posixpath.normpath(operand) for operand in command.operands if operand.startswith(("/", "$", "."))]
    return any(
        not tree.startswith("/") or f"{place}/".startswith(f"{tree.rstrip('/')}/") or tree.startswith(f"{place}/")
        for tree in trees
        for place in places
    )


def _proposal(evidence: Evidence, found: Sequence[IndexedFile]) -> ProposedEdits:
    """Set the owner of the copied files at once; the later chown keeps to the directory itself.

    Only where one layer repeats files which COPY or ADD brought, and that layer holds one recursive chown.
    """
    killers = {one.killed_by for one in found}
    makers = {one.layer for one in found}
    if len(killers) != 1 or not all(evidence.copies(layer) for layer in makers):
        return ProposedEdits()
    script = evidence.run_of(*killers)
    changes = [one for one in script.commands if _changes_a_tree(one)] if script and script.editable else []
    copies = [one for one in (evidence.instruction_of(layer) for layer in sorted(makers)) if one]
    if not script or len(changes) != 1 or changes[0].program != "chown" or not copies:
        return ProposedEdits()
    if any(one is not changes[0] and _may_touch(one, found) for one in script.commands):
        return ProposedEdits()
    return ProposedEdits(tuple(_edits(evidence, changes[0], copies)))


def _may_touch(command: Command, found: Sequence[IndexedFile]) -> bool:
    """Tell whether a command may copy a claimed file up by itself: then the patch would gain nothing."""
    if command.program not in _TOUCHES_FILES:
        return False
    paths = [b"/" + one.path for one in found]
    return any(
        not operand.startswith("/") or any(path.startswith(operand.encode()) for path in paths)
        for operand in command.operands
    )


def _edits(evidence: Evidence, change: Command, copies: Sequence[Instruction]) -> Iterator[Edit]:
    recursive = next((word for word in change.words if word.text in {"-R", "--recursive"}), None)
    owner = next(iter(change.operands), "")
    flags = [add_instruction_flag(copy, f"--chown={owner}") for copy in copies]
    owned = any(copy.flag("chown") for copy in copies)
    if recursive is None or owned or not _exists_before(evidence, owner, copies[0]):
        return
    yield Edit(Span(recursive.span.start - 1, recursive.span.end), "")
    yield from flags


def _exists_before(evidence: Evidence, owner: str, copy: Instruction) -> bool:
    """Tell whether an owner is known when the files are copied: a number, a usual user, or one that a RUN made."""
    names = [name for name in owner.split(":") if name]
    before = [one.joined for one in evidence.stage.of("RUN") if one.span < copy.span] if evidence.stage else []
    return bool(names) and all(
        name.isdigit() or name in _USUAL_USERS or (name.isalnum() and any(name in text.split() for text in before))
        for name in names
    )


RULE = Rule(
    id=ID,
    title="Owner or mode changed in a later layer",
    group=Group.LAYERS,
    fix=Fix.SAFE,
    fires_on="Twenty megabytes whose metadata a later layer changes are shipped twice: the first copy is dead.",
    silent_on="A file that changed is replaced, not repeated.",
    measured=claiming(WORDING, find, propose=_proposal),
    suspected=suspect,
    wordings=(WORDING,),
)
