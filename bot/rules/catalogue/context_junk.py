"""context-junk: files of the developer's machine were copied into the image."""

from collections.abc import Iterable, Sequence

from bot.path_globs import compile_glob
from bot.rules.kit.evidence import Evidence
from bot.rules.kit.file_index import IndexedFile
from bot.rules.kit.findings import ProposedEdits, Wording, claiming
from bot.rules.kit.ignored_paths import leaving_out
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


_MAY_BE_SERVED = frozenset({"**/*.psd", "**/*.mp4", "**/*.mov"})


def find(evidence: Evidence) -> Iterable[IndexedFile]:
    """Claim such files in layers copied from the build context."""
    return [one for one in evidence.own(*JUNK) if evidence.copies_from_context(one.layer)]


def propose(evidence: Evidence, found: Sequence[IndexedFile]) -> ProposedEdits:
    """Leave out what was seen, but for recordings and pictures, which a program may serve."""
    seen = [
        glob
        for glob in JUNK
        if glob not in _MAY_BE_SERVED and any(compile_glob(glob).fullmatch(one.path) for one in found)
    ]
    return leaving_out(evidence, [glob.removesuffix("/**").removesuffix("/lib") for glob in seen])


RULE = Rule(
    id=ID,
    title="Local files copied",
    group=Group.CONTENT,
    fix=Fix.SAFE,
    fires_on="Environments, logs, caches and recordings in a layer copied from the context are claimed.",
    silent_on="What a RUN or another stage made is not the developer's.",
    measured=claiming(WORDING, find, propose=propose),
    wordings=(WORDING,),
)
