"""A layer's tar to its entries."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Final

from bot.errors import LimitError
from bot.layers import paths
from bot.layers.tar import Member, members
from bot.layers.window import Window
from bot.model.image import Entry, EntryKind
from bot.model.limits import Limits, raised

KINDS: Final = {
    b"0": EntryKind.FILE,
    b"1": EntryKind.HARD_LINK,
    b"2": EntryKind.SYMLINK,
    b"3": EntryKind.DEVICE,
    b"4": EntryKind.DEVICE,
    b"5": EntryKind.DIRECTORY,
    b"6": EntryKind.FIFO,
}
"""What the type flags of ustar make."""

# Headers and padding: 512 bytes and half a block of most entries, 1 kB more of the few with long names or PAX headers.
# Every such byte takes time, of files that are empty most of all: 2 GB of their headers are twelve seconds.
_OVERHEAD_OF_AN_ENTRY: Final = 1024
_LEAST_OVERHEAD: Final = 64 << 20
_USUAL: Final = Limits()

# Fields of an Entry, read in C.
_PATH, _STORED_BYTES, _LINK = itemgetter(0), itemgetter(2), itemgetter(5)


@dataclass(frozen=True, slots=True)
class ScannedLayer:
    """What the tar of one layer holds; ``complete`` is False where a limit cut the entries short, never the sum."""

    entries: Sequence[Entry] = field(repr=False)
    unpacked_bytes: int
    complete: bool = True


class Allowance:
    """What is left of the limits while the layers of one image, or of two, are read."""

    __slots__ = ("_entries", "_overhead_bytes", "_path_bytes", "_unpacked_bytes", "limits")

    def __init__(self, limits: Limits, images: int = 1) -> None:
        self.limits = limits
        self._entries = limits.entries * images
        self._path_bytes = limits.path_bytes * images
        self._unpacked_bytes = limits.unpacked_bytes * images
        self._overhead_bytes = _overhead(limits)[0] * images

    def keep(self, entries: Sequence[Entry]) -> bool:
        """Take a share for entries; False where not enough is left for them."""
        self._entries -= len(entries)
        self._path_bytes -= sum(map(len, map(_PATH, entries))) + sum(map(len, map(_LINK, entries)))
        return self._entries >= 0 <= self._path_bytes

    @property
    def left(self) -> int:
        """Unpacked bytes that are left."""
        return self._unpacked_bytes

    def spend(self, count: int) -> None:
        """Take ``count`` unpacked bytes; raises ``LimitError`` where they are not left."""
        self._unpacked_bytes -= count
        if self._unpacked_bytes < 0:
            raise LimitError(
                "The image is refused",
                why=f"its files claim more than {self.limits.unpacked_bytes} bytes",
                fix=raised("unpacked_bytes"),
            )

    def pass_over(self, count: int) -> None:
        """Take ``count`` bytes of tars that belong to no file; raises ``LimitError`` where they are too many."""
        self._overhead_bytes -= count
        if self._overhead_bytes < 0:
            most, limit = _overhead(self.limits)
            raise LimitError(
                "The image is refused",
                why=f"its layers hold more than {most} bytes of headers and padding",
                fix=raised(limit),
            )


def _overhead(limits: Limits) -> tuple[int, str]:
    """Return how many bytes of an image's tars may belong to no file, and the limit that says so."""
    for_entries = max(limits.entries, _USUAL.entries) * _OVERHEAD_OF_AN_ENTRY
    for_bytes = max(limits.unpacked_bytes, _LEAST_OVERHEAD)
    return (for_entries, "entries") if for_entries <= for_bytes else (for_bytes, "unpacked_bytes")


def counted(layer: ScannedLayer, allowance: Allowance) -> ScannedLayer:
    """Hold a layer that was read before against what is left; raises ``LimitError`` where it claims too much."""
    allowance.spend(layer.unpacked_bytes)
    return layer if allowance.keep(layer.entries) else ScannedLayer([], layer.unpacked_bytes, complete=False)


class Kept:
    """The entries of a layer as they are kept, as far as the allowance goes; their sizes are summed all the same."""

    __slots__ = ("_allowance", "_complete", "_entries", "_overhead", "_total")

    def __init__(self, allowance: Allowance) -> None:
        self._allowance = allowance
        self._entries: list[Entry] = []
        self._total = 0
        self._overhead = 0
        self._complete = True

    def pass_over(self, position: int) -> None:
        """Take in that the tar has been read up to a position; raises ``LimitError`` where too little is content."""
        overhead = position - self._total
        self._allowance.pass_over(overhead - self._overhead)
        self._overhead = overhead

    def add(self, entries: Sequence[Entry]) -> None:
        """Take in the next entries; raises ``LimitError`` where they claim too much."""
        count = sum(map(_STORED_BYTES, entries))
        self._allowance.spend(count)
        self._total += count
        self._complete = self._complete and self._allowance.keep(entries)
        if self._complete:
            self._entries += entries

    def layer(self) -> ScannedLayer:
        """Return the layer."""
        return ScannedLayer(self._entries, self._total, self._complete)


def placed(name: bytes, kind: EntryKind) -> tuple[bytes, EntryKind]:
    """Return the path and the kind of an entry whose tar member has a name and makes a kind."""
    path = paths.clean(name)
    return (b".wh." in path and paths.whiteout(path)) or (path, kind)


def entry_of(member: Member, content: int | None) -> Entry:
    """Return the entry that a tar member makes."""
    kind, link = KINDS.get(member.type, EntryKind.FILE), member.link
    if kind is EntryKind.HARD_LINK:
        link = paths.clean(link)
    path, kind = placed(member.name, kind)
    return tuple.__new__(Entry, (path, kind, member.size, member.mode, member.owner, link, content))


def read_files(window: Window, wanted: Collection[bytes], limits: Limits, limit_bytes: int) -> dict[bytes, bytes]:
    """Return the content of regular files of a layer's tar; one that is missing or too large is absent."""
    contents: dict[bytes, bytes] = {}
    for member in members(window, limits):
        path = paths.clean(member.name)
        if path in wanted and KINDS.get(member.type, EntryKind.FILE) is EntryKind.FILE:
            contents.pop(path, None)
            if member.size <= limit_bytes:
                contents[path] = window.take(member.size)
    return contents
