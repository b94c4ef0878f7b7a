"""What the rules on package-manager residue share: they differ in where it lies, who leaves it, and what cleans it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

from bot.dockerfile import Dockerfile, Edit, Instruction, mounts
from bot.dockerfile.edits import append_command, insert_flag
from bot.dockerfile.shell_commands import Command, Script
from bot.model.advice import Finding
from bot.rules.kit.evidence import Evidence
from bot.rules.kit.file_index import ByteClass, IndexedFile
from bot.rules.kit.findings import NOTHING_PROPOSED, SMALL_BYTES, ProposedEdits, Wording, measured, suspected
from bot.rules.kit.rule import Fix, Group, Rule
from bot.rules.kit.scripts import final_scripts, starts_any


def _always(_: Command) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Residue:
    """One kind of residue.

    ``paths`` are globs of where it lies. ``left_by`` are the first words of commands that leave it, ``cleaned_by`` of
    commands that clean it, ``removed`` parts of paths whose ``rm`` cleans it. What keeps it out: ``options`` of the
    command, a command that ``fetches`` denies to be one, ``variables`` of the environment, and cache mounts with a part
    of their target in ``mounts``. The fix is a word to ``insert`` into each command that leaves it, or a command to
    ``append`` to the RUN; where neither would do alone, ``propose`` makes the edits.
    """

    id: str
    title: str
    sentence: str
    advice: str
    paths: tuple[str, ...]
    left_by: tuple[tuple[str, ...], ...] = ()
    cleaned_by: tuple[tuple[str, ...], ...] = ()
    removed: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    fetches: Callable[[Command], bool] = _always
    variables: tuple[str, ...] = ()
    mounts: tuple[str, ...] = ()
    insert: str = ""
    append: str = ""
    fix: Fix = Fix.SAFE
    group: Group = Group.RESIDUE
    confidence: float = 1.0
    minimum_bytes: int = SMALL_BYTES
    propose: Callable[["Residue", Evidence, Sequence[IndexedFile]], ProposedEdits] | None = None


def residue_rule(residue: Residue) -> Rule:
    """Make the rule of one kind of residue."""
    return Rule(
        id=residue.id,
        title=residue.title,
        group=residue.group,
        fix=residue.fix,
        fires_on="A layer above the base image that holds it, living or dead, to the byte; a RUN that leaves it.",
        silent_on="What the base image brought, a few kilobytes, and a RUN that cleans up or never leaves it.",
        measured=partial(find_residue, residue),
        suspected=partial(suspect_residue, residue),
        wordings=(wording_of(residue),),
    )


def find_residue(residue: Residue, evidence: Evidence) -> Iterator[Finding]:
    """Claim the residue in the layers above the base image, living or dead."""
    found = evidence.files.matching(*residue.paths)
    own = [one for one in found if one.kind is not ByteClass.BASE_IMAGE]
    propose = residue.propose or fix_each_run
    finding = measured(evidence, wording_of(residue), own, proposal=propose(residue, evidence, own))
    if finding:
        yield finding


def suspect_residue(residue: Residue, dockerfile: Dockerfile) -> Iterator[Finding]:
    """Suspect a RUN of the final stage that leaves the residue and does not clean it itself."""
    for script in final_scripts(dockerfile):
        if leaves(residue, dockerfile, script):
            yield suspected(wording_of(residue), script.instruction)


def leaves(residue: Residue, dockerfile: Dockerfile, script: Script) -> bool:
    """Tell whether a RUN leaves residue: a command that does, unprevented, and nothing after it that cleans."""
    if _is_prevented(residue, dockerfile, script.instruction):
        return False
    last = max((index for index, one in enumerate(script.commands) if _leaves(residue, one)), default=-1)
    return last >= 0 and not any(cleans(residue, command) for command in script.commands[last:])


def _leaves(residue: Residue, command: Command) -> bool:
    return starts_any(command, residue.left_by) and not command.has(*residue.options) and residue.fetches(command)


def cleans(residue: Residue, command: Command) -> bool:
    """Tell whether a command cleans the residue up."""
    if starts_any(command, residue.cleaned_by):
        return True
    deletes = command.program in {"rm", "find"}
    return deletes and any(part in operand for part in residue.removed for operand in command.operands)


def _is_prevented(residue: Residue, dockerfile: Dockerfile, run: Instruction) -> bool:
    targets = [one.get("target", one.get("dst", "")) for one in mounts(run) if one["type"] in {"cache", "tmpfs"}]
    if any(part in target for part in residue.mounts for target in targets):
        return True
    return any(variable in run.joined or variable in _environment(dockerfile) for variable in residue.variables)


@lru_cache(maxsize=8)
def _environment(dockerfile: Dockerfile) -> frozenset[str]:
    """Name the variables that any ENV sets: read once, because every RUN is asked about by every rule."""
    return frozenset(name for one in dockerfile.instructions if one.keyword == "ENV" for name in one.arguments[0::3])


def fix_each_run(residue: Residue, evidence: Evidence, found: Sequence[IndexedFile]) -> ProposedEdits:
    """Fix every RUN whose layer holds the residue, where it can be fixed."""
    if evidence.dockerfile is None or not (residue.insert or residue.append):
        return NOTHING_PROPOSED
    runs = {evidence.run_of(one.layer) for one in found}
    return ProposedEdits(
        tuple(edit for script in runs if script for edit in fixes(residue, evidence.dockerfile, script))
    )


def fixes(residue: Residue, dockerfile: Dockerfile, script: Script) -> Iterator[Edit]:
    """Make the edits that keep the residue out of one RUN; none where that could change what runs."""
    if not script.editable or not leaves(residue, dockerfile, script):
        return
    if residue.append:
        sudo = any(_leaves(residue, one) and one.words[0].text == "sudo" for one in script.commands)
        edit = append_command(dockerfile, script, f"sudo {residue.append}" if sudo else residue.append)
        if edit:
            yield edit
        return
    for command in script.commands:
        if _leaves(residue, command):
            yield insert_flag(command, residue.insert, after=_subcommand_index(residue, command))


def _subcommand_index(residue: Residue, command: Command) -> int:
    """Find the word after which an option of the subcommand may stand: ``install`` in ``pip --quiet install``."""
    subcommands = {words[-1] for words in residue.left_by}
    return next((index for index, word in enumerate(command.words) if word.text in subcommands), 0)


def wording_of(residue: Residue) -> Wording:
    """Put what the rule says into one wording."""
    return Wording(
        rule=residue.id,
        title=residue.sentence,
        advice=residue.advice,
        confidence=residue.confidence,
        minimum_bytes=residue.minimum_bytes,
    )
