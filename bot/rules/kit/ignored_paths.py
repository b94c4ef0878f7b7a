"""What of the build context can be left out without a build that misses it."""

import re
from collections.abc import Iterable

from bot.dockerfile import Dockerfile, mounts
from bot.rules.kit.evidence import Evidence
from bot.rules.kit.findings import NOTHING_PROPOSED, ProposedEdits

_GIT = re.compile(r"(?<![\w/.-])git(?![\w/-])|setuptools[-_]scm|versioneer|git-revision|buildvcs")


def leaving_out(evidence: Evidence, patterns: Iterable[str]) -> ProposedEdits:
    """Propose lines for the ignore list, but for what an instruction names, and history that a build reads."""
    dockerfile = evidence.dockerfile
    if dockerfile is None or evidence.head.ignore is None:
        return NOTHING_PROPOSED
    named = _named(dockerfile)
    lines = [pattern for pattern in patterns if pattern.removesuffix("/").rpartition("/")[2] not in named]
    if any(line == ".git" for line in lines) and any(_GIT.search(one.joined) for one in dockerfile.instructions):
        lines.remove(".git")
    return ProposedEdits(ignores=tuple(lines)) if lines else NOTHING_PROPOSED


def _named(dockerfile: Dockerfile) -> frozenset[str]:
    """Name the folders and files that COPY, ADD and bind mounts speak of."""
    sources = [word for one in dockerfile.instructions if one.keyword in {"COPY", "ADD"} for word in one.arguments[:-1]]
    runs = [one for one in dockerfile.instructions if one.keyword == "RUN"]
    sources += [mount.get("source", "") for run in runs for mount in mounts(run)]
    return frozenset(part for source in sources for part in source.split("/"))
