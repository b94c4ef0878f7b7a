"""Many plain tar headers to entries at once: column by column, at the speed of C.

Comparing images waits for this, so what depends on the header before is left to the caller, header by header, and all
else is done here. Headers are plain where their own fields say everything: no PAX header, no prefix, no GNU extension.
"""

from collections.abc import Sequence
from itertools import repeat
from typing import Final

from bot.layers.headers import owner, text
from bot.layers.layer import KINDS, placed
from bot.layers.paths import clean
from bot.model.image import Entry, EntryKind

Row = tuple[bytes, ...]
"""Of a plain header, as it is stored: first name, then mode with user and group ID, last the type flag."""

NO_ROW: Final[Row] = (b"-", bytes(24), b"", b"", b"5")
"""Stands where a header is not plain."""

WITHOUT_PAYLOAD: Final = {flag: kind for flag, kind in KINDS.items() if kind is not EntryKind.FILE}
"""The kinds of plain headers that no payload follows, by type flag."""

_ODD: Final = (b"/.", b"//", b"\0")


class Columns:
    """Headers in their order: sizes of all, link targets of links, and the entries of what is not plain by index."""

    __slots__ = ("_owners", "links", "sizes", "unusual")

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.links: dict[int, bytes] = {}
        self.unusual: dict[int, Entry | None] = {}
        """``None`` for what makes no entry."""
        self._owners: dict[bytes, tuple[int, tuple[int, int]]] = {}

    def entries(self, rows: Sequence[Row], contents: Sequence[int | None]) -> list[Entry]:
        """Put the columns together, and empty them; raises ``ImageError`` where a number is garbled."""
        if not rows:
            return []
        names, ids, *_, flags = zip(*rows, strict=True)
        # A layer has a handful of owners and modes: each of their 24 bytes is parsed once, not once a file.
        for unknown in set(ids) - self._owners.keys():
            self._owners[unknown] = owner(unknown)
        modes, owners = zip(*map(self._owners.__getitem__, ids), strict=True)
        paths = [name.rstrip(b"\0/") for name in names]
        links = [self.links.get(index, b"") for index in range(len(paths))] if self.links else repeat(b"", len(paths))
        columns = zip(paths, map(KINDS.__getitem__, flags), self.sizes, modes, owners, links, contents, strict=True)
        # Entry(…) would run Python code for each of a million files; tuple.__new__ makes the same objects in C.
        entries = list(map(tuple.__new__, repeat(Entry), columns))
        for index in _odd(paths):
            path, kind = placed(text(names[index]), entries[index].kind)
            entries[index] = entries[index]._replace(path=path, kind=kind)
        for index, entry in self.unusual.items():
            if entry:
                entries[index] = entry
        # From the end, so that an index stays what it is until its turn comes.
        for index in sorted((index for index, entry in self.unusual.items() if entry is None), reverse=True):
            del entries[index]
        self.sizes.clear()
        self.links.clear()
        self.unusual.clear()
        return entries


def link_target(field: bytes, kind: EntryKind) -> bytes:
    """Read the link field of a plain header."""
    target = text(field)
    return clean(target) if kind is EntryKind.HARD_LINK else target


def _odd(paths: Sequence[bytes]) -> Sequence[int]:
    """Find the paths that may need to be cleaned, or are whiteouts; mostly one look at all of them finds none."""
    # One search through the joined names instead of one a name: in nearly every batch it finds nothing, and that is
    # all.
    whole = b"/".join((b"", *paths, b""))
    if not any(sign in whole for sign in _ODD):
        return ()
    return [
        index
        for index, path in enumerate(paths)
        if b"/." in path or b"//" in path or b"\0" in path or path[:1] in b"./"
    ]
