"""documentation: manuals, examples and translations that packages bring along."""

from collections.abc import Iterable

from bot.rules.kit.evidence import Evidence
from bot.rules.kit.file_index import IndexedFile
from bot.rules.kit.findings import Wording, claiming
from bot.rules.kit.rule import Fix, Group, Rule

ID = "documentation"
WORDING = Wording(
    rule=ID,
    title="Packages brought manuals, examples or translations",
    advice="Exclude them before the install (path-exclude in /etc/dpkg/dpkg.cfg.d, tsflags=nodocs for dnf). Licences "
    "in copyright files must stay, and are not claimed.",
    confidence=0.5,
    minimum_bytes=5_000_000,
)
PATHS = tuple(f"usr/share/{name}/**" for name in ("doc", "man", "info", "locale", "gtk-doc", "help", "doc-base"))
_LICENCES = (b"copyright", b"LICENSE", b"LICENCE", b"COPYING", b"NOTICE")


def find(evidence: Evidence) -> Iterable[IndexedFile]:
    """Claim documentation above the base image, but for licences."""
    return [one for one in evidence.living(*PATHS) if not _is_licence(one.path)]


def _is_licence(path: bytes) -> bool:
    return path.rpartition(b"/")[2].startswith(_LICENCES)


RULE = Rule(
    id=ID,
    title="Manuals and translations",
    group=Group.CONTENT,
    fix=Fix.BUILD,
    fires_on="Manuals and translations are claimed, licences must stay.",
    silent_on="A few manuals are not worth a change.",
    measured=claiming(WORDING, find),
    wordings=(WORDING,),
)
