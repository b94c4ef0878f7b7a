"""base-static: a static program that carries a base image it cannot use."""

from collections.abc import Iterator

from bot.model.advice import Finding
from bot.model.facts import ProgramKind
from bot.rules.kit.distroless import is_distroless, may_be_opened, prevents_distroless
from bot.rules.kit.evidence import Evidence
from bot.rules.kit.file_index import ByteClass
from bot.rules.kit.findings import Wording, measured, stage_lines
from bot.rules.kit.rule import Fix, Group, Rule

ID = "base-static"
WORDING = Wording(
    rule=ID,
    title="A static program carries a base image that it needs nothing of",
    advice="Copy it into gcr.io/distroless/static-debian12:nonroot, which has certificates, time zones, users and a "
    "temporary folder; scratch has none of them. Upper bound: files that the program opens must come along.",
    confidence=0.8,
)


def find(evidence: Evidence) -> Iterator[Finding]:
    """Claim the base image under a program that needs no interpreter and no library, and that is not of it."""
    runtime = evidence.runtime
    if runtime is None or runtime.kind is not ProgramKind.STATIC or prevents_distroless(evidence):
        return
    if evidence.comes_from_base_image(runtime.program):
        return
    found = [one for one in evidence.files.all if one.kind is ByteClass.BASE_IMAGE and not may_be_opened(one.path)]
    finding = None if is_distroless(evidence) else measured(evidence, WORDING, found, stage_lines(evidence))
    if finding:
        yield finding


RULE = Rule(
    id=ID,
    title="Base image under a static program",
    group=Group.BASE_IMAGE,
    fix=Fix.BUILD,
    fires_on="The base image is claimed, certificates and time zones are left out, and the bound is called one.",
    silent_on="Only for a static program is it certain that it needs no library.",
    measured=find,
    wordings=(WORDING,),
)
