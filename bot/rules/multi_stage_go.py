"""multi-stage-go: the image ships the Go toolchain that built its program."""

from collections.abc import Iterator

from bot.model.advice import Finding
from bot.rules.evidence import Evidence
from bot.rules.findings import Wording, by_root, measured
from bot.rules.nouns import Fix, Group, Rule
from bot.rules.toolchain_evidence import shipped
from bot.rules.toolchains import GO

WORDING = Wording(
    rule="multi-stage-go",
    title="The image ships the Go toolchain that built its program",
    advice="Build in one stage and COPY --from it only the program into a distroless image "
    "(gcr.io/distroless/static-debian12:nonroot for a static binary): a multi-stage build.",
)


def find(evidence: Evidence) -> Iterator[Finding]:
    """Claim the toolchain and what building with it left."""
    roots = ("usr/local/go", "root/.cache/go-build", "go/pkg")
    at = evidence.stage.origin if evidence.stage else None
    finding = measured(evidence, WORDING, shipped(evidence, GO), label=by_root(*roots, otherwise="the rest"), at=at)
    if finding:
        yield finding


RULE = Rule("multi-stage-go", "Go toolchain in the final image", Group.MULTI_STAGE, Fix.BUILD, find)
