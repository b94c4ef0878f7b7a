"""multi-stage-go: the image ships the Go toolchain that built its program."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from bot.model.advice import Finding
from bot.model.facts import ProgramKind
from bot.rules.kit.distroless import DISTROLESS_STATIC
from bot.rules.kit.evidence import Evidence
from bot.rules.kit.findings import Wording, by_root
from bot.rules.kit.multi_stage import BuildStage, find_toolchain, suspect_build, wording_of
from bot.rules.kit.rule import Fix, Group, Rule
from bot.rules.kit.toolchains import GO

SPEC = BuildStage(
    id="multi-stage-go",
    title="Go toolchain in the final image",
    sentence="The image ships the Go toolchain that built its program",
    advice="Use a multi-stage build: build in a first stage, then COPY --from it only the program into a distroless "
    "image. Upper bound: libraries and files that the program opens by name must come along.",
    toolchain=GO,
    swaps_base=True,
    compiled=True,
    covers=("go-build-cache",),
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
    """Claim the toolchain and what building left; under a compiled program also what it needs not of the base image."""
    runtime = evidence.runtime
    static = runtime is not None and runtime.kind is ProgramKind.STATIC and not runtime.needs_shell
    yield from find_toolchain(SPEC, evidence, _STATIC_WORDING if static else replace(wording_of(SPEC), label=_LABEL))


_STATIC_WORDING = Wording(SPEC.id, _STATIC, _STATIC_ADVICE, 0.9, _LABEL)
RULE = Rule(
    id=SPEC.id,
    title=SPEC.title,
    group=Group.MULTI_STAGE,
    fix=Fix.BUILD,
    fires_on="The toolchain and the build cache are claimed, what is in the base image as base bytes.",
    silent_on="An image that starts a Go tool, a shell, or nothing ships the toolchain on purpose.",
    measured=find,
    suspected=partial(suspect_build, SPEC),
    wordings=(wording_of(SPEC), _STATIC_WORDING),
    covers=SPEC.covers,
)
