"""What the rules on build stages share: a toolchain that the final image carries by accident, and its weight."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from bot.contents.start_command import read_command
from bot.dockerfile import Dockerfile
from bot.dockerfile.shell_commands import Command
from bot.model.advice import Finding
from bot.rules.kit.evidence import Evidence
from bot.rules.kit.file_index import ByteClass, IndexedFile
from bot.rules.kit.findings import Wording, measured, stage_lines, suspected
from bot.rules.kit.rule import Fix, Group, Rule
from bot.rules.kit.scripts import (
    final_scripts,
    installs_compiler,
    is_application,
    is_one_of,
    removes_packages,
    started_by,
    starts_any,
)
from bot.rules.kit.toolchains import Toolchain

_ASKS = ("--version", "-version", "-v", "-V", "--help")
_OTHER_BASE = (
    "The toolchain, in the base image too: the way out is another base image; the program itself is not claimed."
)
_SAME_BASE = "The toolchain in layers above the base image: what the base image brings stays whatever is done."


@dataclass(frozen=True, slots=True)
class BuildStage:
    """One rule of the family.

    ``swaps_base`` says that the way out is another base image, so that bytes of the present one can go; else only
    what lies above the base image is claimed. ``needs_build`` asks for a build in the final stage as proof, and
    ``needs_compiler``, of a text, for the install of a compiler.
    """

    id: str
    title: str
    sentence: str
    advice: str
    toolchain: Toolchain
    swaps_base: bool = False
    needs_build: bool = True
    needs_compiler: bool = False
    confidence: float = 0.8


def build_stage_rule(spec: BuildStage) -> Rule:
    """Make the rule of one toolchain."""
    return Rule(
        id=spec.id,
        title=spec.title,
        group=Group.MULTI_STAGE,
        fix=Fix.BUILD,
        fires_on=_OTHER_BASE if spec.swaps_base else _SAME_BASE,
        silent_on="An image that starts one of its tools, a shell, or nothing: the toolchain is there on purpose.",
        measured=partial(find_toolchain, spec),
        suspected=partial(suspect_build, spec),
        wordings=(wording_of(spec),),
    )


def find_toolchain(spec: BuildStage, evidence: Evidence, wording: Wording | None = None) -> Iterator[Finding]:
    """Claim the toolchain's living files and what building with it left."""
    words = wording or wording_of(spec)
    finding = measured(evidence, words, shipped(spec, evidence), stage_lines(evidence))
    if finding:
        yield finding


def shipped(spec: BuildStage, evidence: Evidence) -> Sequence[IndexedFile]:
    """Find the files of a toolchain in an image; none if it is absent, or there on purpose.

    On purpose means: the image starts a tool of the toolchain, or nothing of its own; or its final stage does not
    build at all.
    """
    toolchain = spec.toolchain
    if not _is_there(spec, evidence) or not _is_accident(spec, evidence):
        return ()
    found = evidence.files.matching(*toolchain.roots, *toolchain.leftovers)
    return [one for one in found if one.is_live and _may_go(spec, one)]


def suspect_build(spec: BuildStage, dockerfile: Dockerfile) -> Iterator[Finding]:
    """Suspect a RUN of the final stage that builds and keeps what it built with."""
    started = started_by(dockerfile)
    if not is_application(started) or is_one_of(started, spec.toolchain.commands):
        return
    scripts = final_scripts(dockerfile)
    if spec.needs_compiler and not any(installs_compiler(script) for script in scripts):
        return
    for script in scripts:
        if any(_builds(spec, command) for command in script.commands) and not removes_packages(script):
            yield suspected(wording_of(spec), script.instruction)
            return


def wording_of(spec: BuildStage) -> Wording:
    """Put what the rule says into one wording."""
    return Wording(spec.id, spec.sentence, spec.advice, spec.confidence)


def _is_there(spec: BuildStage, evidence: Evidence) -> bool:
    marks = evidence.files.matching(*spec.toolchain.marks)
    return any(one.is_live and _may_go(spec, one) for one in marks)


def _may_go(spec: BuildStage, one: IndexedFile) -> bool:
    return spec.swaps_base or one.kind is not ByteClass.BASE_IMAGE


def _is_accident(spec: BuildStage, evidence: Evidence) -> bool:
    started = read_command(evidence.config)
    if not is_application(started) or is_one_of(started, spec.toolchain.commands):
        return False
    if evidence.dockerfile is None or not spec.needs_build:
        return True
    scripts = final_scripts(evidence.dockerfile, evidence.stage)
    return any(_builds(spec, command) for script in scripts for command in script.commands)


def _builds(spec: BuildStage, command: Command) -> bool:
    return starts_any(command, spec.toolchain.builders) and not command.has(*_ASKS)
