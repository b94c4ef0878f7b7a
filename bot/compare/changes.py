"""Two merged filesystems → the paths that came, went or changed."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from bot.model.image import Entry, EntryKind, Located

_METADATA: Final = slice(0, Entry._fields.index("content"))

Live = Mapping[bytes, Located]


class Changes(NamedTuple):
    """Paths by what became of them; only directories may be in ``paths`` without being in any of the counts.

    ``changed`` are paths on both sides that differ in kind, size, target, mode, owner or content. A path that is a
    directory on one side only came or went.
    """

    paths: frozenset[bytes]
    added: int
    removed: int
    changed: int


def find_changes(before: Live, after: Live, *, by_content: bool) -> Changes:
    """Compare two trees; content counts only where both sides identify it in the same way (``by_content``).

    Trees that share layers share entries, so that almost all of a pair is compared by identity.
    """
    same = before.get
    touched = [path for path, located in after.items() if same(path) is not located]
    gone = before.keys() - after.keys()
    compared = slice(None) if by_content else _METADATA
    differing = [path for path in touched if not _equal(before.get(path), after[path], compared)]
    added = removed = changed = 0
    for path in (*differing, *gone):
        was, now = _is_file(before.get(path)), _is_file(after.get(path))
        added += now and not was
        removed += was and not now
        changed += was and now
    return Changes(frozenset((*differing, *gone)), added, removed, changed)


def _equal(was: Located | None, now: Located, compared: slice) -> bool:
    return was is not None and (was.entry is now.entry or was.entry[compared] == now.entry[compared])


def _is_file(located: Located | None) -> bool:
    return located is not None and located.entry.kind != EntryKind.DIRECTORY
