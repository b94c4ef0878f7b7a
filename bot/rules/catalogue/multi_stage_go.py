"""multi-stage-go: the image ships the Go toolchain that built its program."""

from collections.abc import Iterator
from functools import partial

from bot.model.advice import Finding
from bot.model.facts import ProgramKind
from bot.rules.kit.distroless import DISTROLESS_STATIC
from bot.rules.kit.evidence import Evidence
from bot.rules.kit.file_index import ByteClass
from bot.rules.kit.findings import Wording, by_root, measured, stage_lines
from bot.rules.kit.multi_stage import BuildStage, shipped, suspect_build, wording_of
from bot.rules.kit.multi_stage_proposal import two_stages
from bot.rules.kit.rule import Fix, Group, Rule
from bot.rules.kit.toolchains import GO

SPEC = BuildStage(
    id="multi-stage-go",
    title="Go toolchain in the final image",
    sentence="The image ships the Go toolchain that built its program",
    advice="Use a multi-stage build: build in a first stage, then COPY --from it only the program into a distroless "
    "image.",
    toolchain=GO,
    swaps_base=True,
)

_STATIC = "The image ships the Go toolchain and a whole base image under a static binary that needs neither"
_STATIC_ADVICE = (
    f"Use a multi-stage build: build in a first stage, then COPY --from it the program into {DISTROLESS_STATIC} "
    "(distroless). Upper bound: files that the program opens at run time must come along."
)
_LABEL = by_root(
    "usr/local/go",
    "usr/lib/go",
    "root/.cache/go-build",
    "go/pkg",
    "root/go/pkg",
    otherwise="the rest of the base image",
)


def find(evidence: Evidence) -> Iterator[Finding]:
    """Claim the toolchain and what building left; under a program that is proven static also the whole base image."""
    claimed = list(shipped(SPEC, evidence))
    if not claimed:
        return
    runtime = evidence.runtime
    static = runtime is not None and runtime.kind is ProgramKind.STATIC and not runtime.needs_shell
    if static:
        claimed += [one for one in evidence.files.all if one.kind is ByteClass.BASE_IMAGE]
    finding = measured(evidence, _wording(static=static), claimed, stage_lines(evidence), two_stages(evidence))
    if finding:
        yield finding


def _wording(*, static: bool) -> Wording:
    if static:
        return Wording(SPEC.id, _STATIC, _STATIC_ADVICE, 0.9, _LABEL)
    return Wording(SPEC.id, SPEC.sentence, SPEC.advice, SPEC.confidence, _LABEL)


RULE = Rule(
    id=SPEC.id,
    title=SPEC.title,
    group=Group.MULTI_STAGE,
    fix=Fix.BUILD,
    fires_on="The toolchain and the build cache are claimed, what is in the base image as base bytes.",
    silent_on="An image that starts a Go tool, a shell, or nothing ships the toolchain on purpose.",
    measured=find,
    suspected=partial(suspect_build, SPEC),
    wordings=(wording_of(SPEC), Wording(SPEC.id, _STATIC, _STATIC_ADVICE)),
)
