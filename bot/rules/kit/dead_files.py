"""What the rules on layer mechanics share: a file that one own layer shipped and a later one shipped again or hid."""

from enum import Enum

from bot.model.image import EntryKind
from bot.rules.kit.evidence import Evidence
from bot.rules.kit.file_index import ByteClass, IndexedFile


class Fate(Enum):
    """What a later layer did to a file."""

    METADATA = "metadata"
    """The same content again, with another mode or owner."""
    NOTHING = "nothing"
    """The same content again with the same metadata."""
    MOVED = "moved"
    """Removed, and the same content put at another path by the same layer."""
    REMOVED = "removed"
    REPLACED = "replaced"


def dead_files(evidence: Evidence, fate: Fate) -> tuple[IndexedFile, ...]:
    """Return the dead files of own layers that met a fate in a later one; who removed base files is another matter."""
    # What dies in its own layer was never a choice: a RUN replaced a file that it had made itself.
    # And what another name still shows is not dead: a hard link outlives the path that has the bytes.
    dead = (
        one
        for one in evidence.files.all
        if one.kind is ByteClass.DEAD and one.killed_by > one.layer and not evidence.files.is_linked(one)
    )
    return tuple(one for one in dead if _fate(evidence, one) is fate)


def _fate(evidence: Evidence, one: IndexedFile) -> Fate:
    if one.deleted:
        twins = evidence.files.with_content(one.entry.content, one.bytes)
        return Fate.MOVED if any(twin.layer == one.killed_by for twin in twins) else Fate.REMOVED
    successor = _successor(evidence, one)
    if successor is None or successor.entry.content is None or successor.entry.content != one.entry.content:
        return Fate.REPLACED
    same = (successor.entry.mode, successor.entry.owner) == (one.entry.mode, one.entry.owner)
    return Fate.NOTHING if same else Fate.METADATA


def _successor(evidence: Evidence, one: IndexedFile) -> IndexedFile | None:
    """Find the copy of a dead file in the layer that killed it."""
    found = evidence.files.at(one.claim._replace(layer=one.killed_by))
    return found if found and found.bytes == one.bytes and found.entry.kind is EntryKind.FILE else None
