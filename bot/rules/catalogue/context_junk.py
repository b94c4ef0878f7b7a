"""context-junk: files of the developer's machine were copied into the image."""

from collections.abc import Iterator

from bot.model.advice import Finding
from bot.rules.kit.evidence import Evidence
from bot.rules.kit.findings import Wording, measured
from bot.rules.kit.rule import Fix, Group, Rule

ID = "context-junk"
WORDING = Wording(
    rule=ID,
    title="Local files that no container needs were copied into the image",
    advice="List them in .dockerignore: the last pattern that matches decides, and paths that COPY names must stay.",
    confidence=0.8,
)
JUNK = (
    "**/.venv/**",
    "**/venv/lib/**",
    "**/__pycache__/**",
    "**/.pytest_cache/**",
    "**/.mypy_cache/**",
    "**/.ruff_cache/**",
    "**/.tox/**",
    "**/.idea/**",
    "**/.vscode/**",
    "**/.gradle/**",
    "**/.terraform/**",
    "**/.next/cache/**",
    "**/.turbo/**",
    "**/.parcel-cache/**",
    "**/.nyc_output/**",
    "**/coverage/**",
    "**/target/debug/**",
    "**/target/release/deps/**",
    "**/.svn/**",
    "**/.hg/**",
    "**/*.log",
    "**/*.swp",
    "**/.DS_Store",
    "**/*.psd",
    "**/*.mp4",
    "**/*.mov",
)


def find(evidence: Evidence) -> Iterator[Finding]:
    """Claim such files in layers copied from the build context."""
    found = [one for one in evidence.own(*JUNK) if evidence.copies_from_context(one.layer)]
    finding = measured(evidence, WORDING, found)
    if finding:
        yield finding


RULE = Rule(
    id=ID,
    title="Local files copied",
    group=Group.CONTENT,
    fix=Fix.SAFE,
    fires_on="Environments, logs, caches and recordings in a layer copied from the context are claimed.",
    silent_on="What a RUN or another stage made is not the developer's.",
    measured=find,
    wordings=(WORDING,),
)
