"""copy-whole-stage: COPY --from took along what only the build needed."""

from collections.abc import Iterable

from bot.rules.kit.evidence import Evidence
from bot.rules.kit.file_index import IndexedFile
from bot.rules.kit.findings import Wording, claiming
from bot.rules.kit.rule import Fix, Group, Rule

ID = "copy-whole-stage"
BY_PRODUCTS = (
    "**/.git/**",
    "**/node_modules/.cache/**",
    "**/target/release/deps/**",
    "**/target/release/build/**",
    "**/target/debug/**",
    "**/CMakeFiles/**",
    "**/.gradle/**",
    "**/__tests__/**",
    "**/*.o",
    "**/*.go",
    "**/*.rs",
    "**/*.c",
    "**/*.cpp",
    "**/*.java",
)
WORDING = Wording(
    rule=ID,
    title="COPY --from took along sources or by-products of the build",
    advice="Copy the paths that the program needs instead of the whole folder, or leave out the rest with COPY "
    "--exclude.",
    confidence=0.8,
)


def find(evidence: Evidence) -> Iterable[IndexedFile]:
    """Claim repositories, caches, objects and sources of compiled languages in layers copied from a stage."""
    return [one for one in evidence.own(*BY_PRODUCTS) if _copied_from_a_stage(evidence, one.layer)]


def _copied_from_a_stage(evidence: Evidence, layer: int) -> bool:
    return evidence.copies(layer) and not evidence.copies_from_context(layer)


RULE = Rule(
    id=ID,
    title="Whole folders copied from a build stage",
    group=Group.MULTI_STAGE,
    fix=Fix.BUILD,
    fires_on="Repositories, objects and sources of compiled languages are claimed, the program is not.",
    silent_on="Sources of interpreted languages are the program.",
    measured=claiming(WORDING, find),
    wordings=(WORDING,),
)
