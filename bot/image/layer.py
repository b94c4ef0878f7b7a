"""A layer's tar to its entries."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.errors import LimitError
from bot.image import paths
from bot.image.tar import Member, members
from bot.image.window import Window
from bot.model.image import Entry, EntryKind
from bot.model.limits import Limits

_KINDS: Final = {
    b"1": EntryKind.HARD_LINK,
    b"2": EntryKind.SYMLINK,
    b"3": EntryKind.DEVICE,
    b"4": EntryKind.DEVICE,
    b"5": EntryKind.DIRECTORY,
    b"6": EntryKind.FIFO,
}


@dataclass(frozen=True, slots=True)
class ScannedLayer:
    """What the tar of one layer holds; ``complete`` is False where a limit cut the entries short, never the sum."""

    entries: Sequence[Entry] = field(repr=False)
    unpacked_bytes: int
    complete: bool = True


class Allowance:
    """What is left of the limits while the layers of one image, or of two, are read."""

    __slots__ = ("_entries", "_path_bytes", "_unpacked_bytes", "limits")

    def __init__(self, limits: Limits, images: int = 1) -> None:
        self.limits = limits
        self._entries = limits.entries * images
        self._path_bytes = limits.path_bytes * images
        self._unpacked_bytes = limits.unpacked_bytes * images

    def keep(self, entry: Entry) -> bool:
        """Take an entry's share, as if no directory above it were known yet; False where nothing is left for it."""
        path = entry.path
        self._entries -= 1
        self._path_bytes -= len(path) * (2 + path.count(b"/")) // 2 + len(entry.link)
        return self._entries >= 0 <= self._path_bytes

    def spend(self, count: int) -> None:
        """Take ``count`` unpacked bytes; raises ``LimitError`` where they are not left."""
        self._unpacked_bytes -= count
        if self._unpacked_bytes < 0:
            raise LimitError(
                "The image is refused",
                why=f"its files claim more than {self.limits.unpacked_bytes} bytes",
                fix="raise the limit on unpacked bytes if the image is really that large",
            )


def entry_of(member: Member, content: int | None) -> Entry:
    """Give the entry that a tar member makes."""
    path, kind, link = paths.clean(member.name), _KINDS.get(member.type, EntryKind.FILE), member.link
    if kind is EntryKind.HARD_LINK:
        link = paths.clean(link)
    if b".wh." in path and (deleted := paths.whiteout(path)):
        path, kind = deleted
    return Entry(path, kind, member.size, member.mode, member.owner, link, content)


def scan_layer(window: Window, allowance: Allowance) -> ScannedLayer:
    """Read a layer's uncompressed tar to its end; contents are identified by 64-bit xxh3.

    Raises ``ImageError`` where the tar is broken or cut short, ``LimitError`` where it claims too much.
    """
    entries: list[Entry] = []
    total, complete = 0, True
    for member in members(window, allowance.limits):
        size, content = member.size, None
        if size:
            allowance.spend(size)
            total += size
            content = window.fingerprint(size)
        if complete:
            entry = entry_of(member, content)
            complete = allowance.keep(entry)
            entries.append(entry) if complete else None
    return ScannedLayer(entries, total, complete)


def read_files(window: Window, wanted: Collection[bytes], limits: Limits, limit_bytes: int) -> dict[bytes, bytes]:
    """Give the content of regular files of a layer's tar; one that is missing or too large is absent."""
    contents: dict[bytes, bytes] = {}
    for member in members(window, limits):
        path = paths.clean(member.name)
        if path in wanted and member.type not in _KINDS:
            contents.pop(path, None)
            if member.size <= limit_bytes:
                contents[path] = window.take(member.size)
    return contents
