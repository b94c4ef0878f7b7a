"""base-distroless: a program that links only libraries which a distroless image has."""

from collections.abc import Iterator

from bot.model.advice import Finding
from bot.model.facts import ProgramKind, Runtime
from bot.rules.kit.distroless import DISTROLESS, distroless_for, is_distroless, may_be_opened, prevents_distroless
from bot.rules.kit.evidence import Evidence
from bot.rules.kit.file_index import ByteClass
from bot.rules.kit.findings import Wording, measured, stage_lines
from bot.rules.kit.rule import Fix, Group, Rule

ID = "base-distroless"
TITLE = "The program needs little of its base image, and a distroless image has it"
ADVICE = (
    "Start the last stage from {image}: by static analysis nothing outside what it holds is reachable. Upper bound: "
    "libraries opened by name and files that the program reads do not show."
)
_RUNTIME_ADVICE = (
    "Start the last stage from {image}, which has the runtime and little else. Upper bound: what the program opens "
    "below its runtime was not followed, and tools that it calls must come along."
)
INTERPRETERS = {
    "dotnet": "the -chiseled or -alpine tag of the same .NET runtime (its -extra variant has cultures and time zones)",
    "java": "gcr.io/distroless/java21-debian12:nonroot (of your Java version)",
    "node": "gcr.io/distroless/nodejs22-debian12:nonroot (of your Node version)",
}


def find(evidence: Evidence) -> Iterator[Finding]:
    """Claim what the base image holds and static analysis does not reach."""
    runtime = evidence.runtime
    image = _image(runtime) if runtime else ""
    if runtime is None or not image or is_distroless(evidence) or prevents_distroless(evidence):
        return
    advice = _RUNTIME_ADVICE if runtime.language else ADVICE
    wording = Wording(ID, TITLE, advice.format(image=image), confidence=0.5, minimum_bytes=20_000_000)
    finding = measured(
        evidence,
        wording,
        [one for one in evidence.files.all if one.kind is ByteClass.BASE_IMAGE and not _may_need(runtime, one.path)],
        stage_lines(evidence),
    )
    if finding:
        yield finding


def _image(runtime: Runtime) -> str:
    if runtime.language:
        return INTERPRETERS.get(runtime.language, "")
    return distroless_for(runtime) if runtime.kind is ProgramKind.DYNAMIC else ""


def _may_need(runtime: Runtime, path: bytes) -> bool:
    below = any(path == root or path.startswith(root + b"/") for root in runtime.roots if root)
    return path in runtime.files or below or may_be_opened(path)


RULE = Rule(
    id=ID,
    title="Base image that distroless could replace",
    group=Group.BASE_IMAGE,
    fix=Fix.BUILD,
    fires_on="The libraries decide which image is named; what they reach is not claimed.",
    silent_on="No image is named where versions or paths would not match.",
    measured=find,
    wordings=(
        *(Wording(ID, TITLE, ADVICE.format(image=image)) for image in DISTROLESS),
        *(Wording(ID, TITLE, _RUNTIME_ADVICE.format(image=image)) for image in INTERPRETERS.values()),
    ),
)
