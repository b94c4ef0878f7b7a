"""What the rules on package-manager residue share: they differ in where it lies, who leaves it, and what cleans it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from bot.dockerfile import Dockerfile, Instruction, mounts
from bot.dockerfile.shell import Command, Script, read_script
from bot.model.advice import Finding
from bot.rules.evidence import Evidence
from bot.rules.findings import Label, Wording, by_directory, measured, suspected
from bot.rules.holdings import ByteClass
from bot.rules.nouns import Fix, Group, Rule


@dataclass(frozen=True, slots=True)
class Residue:
    """One kind of residue.

    ``paths`` are globs of where it lies. ``left_by`` are the first words of commands that leave it, ``cleaned_by`` of
    commands that clean it, ``removed`` parts of paths whose ``rm`` cleans it. ``options`` keep a command from leaving
    it, ``variables`` do so as environment, ``mounts`` are parts of cache-mount targets that keep it out of the image.
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
    variables: tuple[str, ...] = ()
    mounts: tuple[str, ...] = ()
    fix: Fix = Fix.SAFE
    confidence: float = 1.0


def residue_rule(residue: Residue) -> Rule:
    """Make the rule of one kind of residue."""
    return Rule(
        id=residue.id,
        title=residue.title,
        group=Group.RESIDUE,
        fix=residue.fix,
        measured=partial(find_residue, residue),
        suspected=partial(suspect_residue, residue),
    )


def find_residue(residue: Residue, evidence: Evidence, label: Label = by_directory) -> Iterator[Finding]:
    """Claim the residue in the layers above the base image, living or dead."""
    found = evidence.holdings.matching(*residue.paths)
    own = [one for one in found if one.kind is not ByteClass.BASE_IMAGE]
    finding = measured(evidence, _wording(residue), own, label=label)
    if finding:
        yield finding


def suspect_residue(residue: Residue, dockerfile: Dockerfile) -> Iterator[Finding]:
    """Suspect a RUN of the final stage that leaves the residue and does not clean it itself."""
    for script in scripts(dockerfile):
        if leaves(residue, dockerfile, script):
            yield suspected(_wording(residue), script.instruction)


def leaves(residue: Residue, dockerfile: Dockerfile, script: Script) -> bool:
    """Tell whether a RUN leaves residue: a command that does, unprevented, and nothing after it that cleans."""
    if _is_prevented(residue, dockerfile, script.instruction):
        return False
    last = -1
    for index, command in enumerate(script.commands):
        if starts_any(command, residue.left_by) and not command.has(*residue.options):
            last = index
    return last >= 0 and not any(cleans(residue, command) for command in script.commands[last:])


def cleans(residue: Residue, command: Command) -> bool:
    """Tell whether a command cleans the residue away."""
    if starts_any(command, residue.cleaned_by):
        return True
    deletes = command.program in {"rm", "find"}
    return deletes and any(part in operand for part in residue.removed for operand in command.operands)


def starts_any(command: Command, beginnings: Iterable[tuple[str, ...]]) -> bool:
    """Tell whether a command starts with any of these word sequences."""
    return any(command.starts(*words) for words in beginnings)


def scripts(dockerfile: Dockerfile) -> tuple[Script, ...]:
    """Read the shell of the final stage and of the stages that it starts from: what ends up in the image."""
    stage = dockerfile.final_stage
    chain = [stage]
    while stage.base_stage is not None:
        stage = dockerfile.stages[stage.base_stage]
        chain.append(stage)
    runs = [one for stage in reversed(chain) for one in stage.of("RUN")]
    found = (read_script(dockerfile, run) for run in runs)
    return tuple(script for script in found if script is not None)


def _is_prevented(residue: Residue, dockerfile: Dockerfile, run: Instruction) -> bool:
    targets = [
        mount.get("target", mount.get("dst", "")) for mount in mounts(run) if mount["type"] in {"cache", "tmpfs"}
    ]
    if any(part in target for part in residue.mounts for target in targets):
        return True
    return any(variable in run.joined or _is_set(dockerfile, variable) for variable in residue.variables)


def _is_set(dockerfile: Dockerfile, variable: str) -> bool:
    return any(variable in one.arguments[0::3] for one in dockerfile.instructions if one.keyword == "ENV")


def _wording(residue: Residue) -> Wording:
    return Wording(residue.id, residue.sentence, residue.advice, residue.confidence)
