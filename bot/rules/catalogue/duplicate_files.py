"""duplicate-files: the same large content lives at several paths."""

from collections.abc import Iterable, Iterator

from bot.rules.kit.evidence import Evidence
from bot.rules.kit.file_index import ByteClass, IndexedFile
from bot.rules.kit.findings import Wording, by_path, claiming
from bot.rules.kit.rule import Fix, Group, Rule

ID = "duplicate-files"
WORDING = Wording(
    rule=ID,
    title="The same large files live at more than one path",
    advice="Keep one and link to it: a hard or symbolic link made in the same RUN costs nothing.",
    confidence=0.6,
    label=by_path,
    minimum_bytes=5_000_000,
)
LARGE_FILE_BYTES = 1_000_000


def find(evidence: Evidence) -> Iterable[IndexedFile]:
    """Claim every copy but the first of large files above the base image."""
    return _copies(evidence)


def _copies(evidence: Evidence) -> Iterator[IndexedFile]:
    seen: set[tuple[int, int]] = set()
    packaged = evidence.distribution_paths()
    for one in evidence.files.all:
        if not one.is_live or one.bytes < LARGE_FILE_BYTES or one.entry.content is None or one.path in packaged:
            continue
        key = (one.entry.content, one.bytes)
        if key in seen and one.kind is ByteClass.LIVE:
            yield one
        seen.add(key)


RULE = Rule(
    id=ID,
    title="The same content at several paths",
    group=Group.LAYERS,
    fix=Fix.ADVICE,
    fires_on="Of three copies two could be links.",
    silent_on="Licences and empty modules are alike everywhere.",
    measured=claiming(WORDING, find),
    wordings=(WORDING,),
)
