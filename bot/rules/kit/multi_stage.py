"""What the rules on build stages share: a toolchain that the final image carries by accident, and its weight."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from bot.contents.start_command import Started, read_command
from bot.dockerfile import Dockerfile, Stage
from bot.dockerfile.shell_commands import Command
from bot.model.advice import Finding
from bot.model.facts import ProgramKind
from bot.rules.kit.evidence import Evidence
from bot.rules.kit.file_index import ByteClass, IndexedFile
from bot.rules.kit.final_base import final_base
from bot.rules.kit.findings import NOTHING_PROPOSED, ProposedEdits, Wording, measured, stage_lines, suspected
from bot.rules.kit.multi_stage_proposal import two_stages
from bot.rules.kit.rule import Fix, Group, Rule
from bot.rules.kit.scripts import (
    final_scripts,
    final_stages,
    installs_compiler,
    is_one_of,
    purpose,
    removes_packages,
    started_by,
    starts_any,
)
from bot.rules.kit.toolchains import Toolchain

_ASKS = frozenset({"--version", "-version", "-v", "-V", "--help"})
_OTHER_BASE = (
    "The toolchain, in the base image too: the way out is another base image; the program itself is not claimed."
)
_SAME_BASE = "The toolchain in layers above the base image: what the base image brings stays whatever is done."
_COMPILED = (
    "Under a program that was compiled here the toolchain and all of the base image that it does not link are claimed."
)
_LOOSE_BUILDERS = frozenset({"make", "build.sh", "task", "mage", "just", "bazel"})
_FETCHES = (("go", "install"), ("go", "get"))
_DISTRIBUTIONS = re.compile(r"(?:.*/)?(?:debian|ubuntu|alpine|busybox|fedora|centos|rockylinux|almalinux)(?::.*)?")


@dataclass(frozen=True, slots=True)
class BuildStage:
    """One rule of the family.

    ``swaps_base`` says that the way out is another base image, so that bytes of the present one can go; else only
    what lies above the base image is claimed. A ``compiled`` program needs neither: where one was made here, the base
    image goes with the toolchain. ``needs_build`` asks for a build in the final stage as proof, and ``needs_compiler``,
    of a text, for the install of a compiler. ``propose`` makes the edits.
    """

    id: str
    title: str
    sentence: str
    advice: str
    toolchain: Toolchain
    swaps_base: bool = False
    compiled: bool = False
    needs_build: bool = True
    needs_compiler: bool = False
    confidence: float = 0.8
    propose: Callable[[Evidence], ProposedEdits] | None = None
    covers: tuple[str, ...] = ()
    """Rules whose suspicions of a text say the same once more."""
    unless: tuple[Toolchain, ...] = ()
    """Toolchains that bring this one along, and have rules of their own."""


def build_stage_rule(spec: BuildStage) -> Rule:
    """Make the rule of one toolchain."""
    return Rule(
        id=spec.id,
        title=spec.title,
        group=Group.MULTI_STAGE,
        fix=Fix.BUILD,
        fires_on=_COMPILED if spec.compiled else _OTHER_BASE if spec.swaps_base else _SAME_BASE,
        silent_on="An image that starts one of its tools, a shell, or nothing: the toolchain is there on purpose.",
        measured=partial(find_toolchain, spec),
        suspected=partial(suspect_build, spec),
        wordings=(wording_of(spec),),
        covers=spec.covers,
    )


def find_toolchain(spec: BuildStage, evidence: Evidence, wording: Wording | None = None) -> Iterator[Finding]:
    """Claim the toolchain's living files, what building with it left, and of the base image what nothing needs then."""
    words = wording or wording_of(spec)
    sure = _likelihood(spec, evidence)
    files = shipped(spec, evidence) if sure else ()
    propose = spec.propose or (two_stages if spec.compiled else None)
    proposal = propose(evidence) if propose and files else NOTHING_PROPOSED
    words = replace(words, confidence=words.confidence * sure)
    finding = measured(evidence, words, files, stage_lines(evidence), proposal)
    if finding:
        yield finding


def shipped(spec: BuildStage, evidence: Evidence) -> Sequence[IndexedFile]:
    """Find the files of a toolchain in an image, and of a base image that would go with it; none if it is absent."""
    others = (mark for other in spec.unless for mark in other.marks)
    if any(one.is_live for one in evidence.files.matching(*others)):
        return ()
    whole = spec.compiled and runs_own_program(evidence)
    swaps = spec.swaps_base or whole
    may_go = [
        one for one in evidence.files.matching(*spec.toolchain.marks) if one.is_live and _may_go(one, swaps=swaps)
    ]
    if not may_go:
        return ()
    found = evidence.files.matching(*spec.toolchain.roots, *spec.toolchain.leftovers)
    needed = evidence.runtime.files if evidence.runtime else frozenset[bytes]()
    claimed = [one for one in found if one.is_live and _may_go(one, swaps=swaps) and one.path not in needed]
    return [*claimed, *(_base_image(evidence, needed) if whole else ())]


def suspect_build(spec: BuildStage, dockerfile: Dockerfile) -> Iterator[Finding]:
    """Suspect a RUN of the final stage that builds and keeps what it built with."""
    started, stage = started_by(dockerfile), dockerfile.final_stage
    likely = purpose(started, dockerfile, stage)
    if likely < 1 and _name_of(_base_of(dockerfile, stage)) not in spec.toolchain.images:
        return
    if not likely or _is_for_the_toolchain(spec, started, dockerfile, stage):
        return
    scripts = final_scripts(dockerfile)
    brings_it = _name_of(_base_of(dockerfile, stage)) in spec.toolchain.images
    if spec.needs_compiler and not brings_it and not any(installs_compiler(script) for script in scripts):
        return
    words = replace(wording_of(spec), confidence=spec.confidence * likely)
    for script in scripts:
        builds = any(_builds(spec, command, _base_of(dockerfile, stage)) for command in script.commands)
        if builds and not removes_packages(script):
            yield suspected(words, script.instruction)
            return


def wording_of(spec: BuildStage) -> Wording:
    """Put what the rule says into one wording."""
    return Wording(spec.id, spec.sentence, spec.advice, spec.confidence)


def runs_own_program(evidence: Evidence) -> bool:
    """Tell whether what is started is a compiled program that this Dockerfile made or copied, not one of a package."""
    runtime = evidence.runtime
    if runtime is None or runtime.kind not in {ProgramKind.STATIC, ProgramKind.DYNAMIC} or runtime.program is None:
        return False
    return not runtime.language and not evidence.is_installed(runtime.program)


def _likelihood(spec: BuildStage, evidence: Evidence) -> float:
    """Tell how likely a toolchain is there by accident: a compiled program outranks what the text calls the builder."""
    started, dockerfile = read_command(evidence.config), evidence.dockerfile
    likely = purpose(started, dockerfile, evidence.stage)
    if not likely or _is_for_the_toolchain(spec, started, dockerfile, evidence.stage):
        return 0.0
    if dockerfile is None or not spec.needs_build or (spec.compiled and runs_own_program(evidence)):
        return likely
    scripts = final_scripts(dockerfile, evidence.stage)
    base = evidence.head.base_image or (_base_of(dockerfile, evidence.stage) if evidence.stage else "")
    return likely if any(_builds(spec, command, base) for one in scripts for command in one.commands) else 0.0


def _is_for_the_toolchain(
    spec: BuildStage, started: Started, dockerfile: Dockerfile | None, stage: Stage | None
) -> bool:
    """Tell whether the image starts one of its tools; ``cargo run`` of what was built already only starts it."""
    if is_one_of(started, {"cargo run"}) and dockerfile is not None:
        scripts = final_scripts(dockerfile, stage)
        return not any(command.starts("cargo", "build") for script in scripts for command in script.commands)
    return is_one_of(started, spec.toolchain.commands)


def _base_image(evidence: Evidence, needed: frozenset[bytes]) -> Iterator[IndexedFile]:
    """Find what of a base image nobody needs; a plain distribution stays where its slim variant takes its place."""
    base = final_base(evidence, makes_users=False)
    if _DISTRIBUTIONS.fullmatch(evidence.head.base_image) and (base is None or base.has_shell):
        return iter(())
    return (one for one in evidence.files.all if one.kind is ByteClass.BASE_IMAGE and one.path not in needed)


def _may_go(one: IndexedFile, *, swaps: bool) -> bool:
    return swaps or one.kind is not ByteClass.BASE_IMAGE


def _base_of(dockerfile: Dockerfile, stage: Stage) -> str:
    return final_stages(dockerfile, stage)[0].base_expanded


def _fetches_a_tool(command: Command) -> bool:
    """Tell whether Go only installs programs of other people, by their versions or addresses."""
    named = command.operands[1:]
    from_elsewhere = [
        name for name in named if "@" in name or re.match(r"[\w-]+(?:\.[\w-]+)+/", name) or name == "tool"
    ]
    return starts_any(command, _FETCHES) and bool(named) and len(from_elsewhere) == len(named)


def _name_of(reference: str) -> str:
    return reference.partition("@")[0].rpartition("/")[2].partition(":")[0]


def _builds(spec: BuildStage, command: Command, base: str) -> bool:
    """Tell whether a command builds: one that only asks for a version does not."""
    if (command.texts[1:] and _ASKS.issuperset(command.texts[1:])) or _fetches_a_tool(command):
        return False
    loosely = _name_of(base) in spec.toolchain.images and command.program in _LOOSE_BUILDERS
    return loosely or starts_any(command, spec.toolchain.builders)
