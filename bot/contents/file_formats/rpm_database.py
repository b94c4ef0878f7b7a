"""The rpm database → header blobs, and each header → the package it describes.

A header: "Header structure" of the RPM file format: two big-endian counts (index entries, data bytes), entries of tag,
type, offset and count, then the data. Only the tags that say name, version and paths are read; what points outside is
empty.

A Berkeley DB hash file (rpm before 4.16): the page layout of Berkeley DB's ``dbinc/db_page.h``. A meta page tells page
size and last page. Hash pages hold offsets of items, key and value in turn; a value is either in the page or in a chain
of overflow pages.
"""

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, Literal, NamedTuple

_COUNTS: Final = struct.Struct(">II")
_ENTRY: Final = struct.Struct(">IIII")
_MOST_ENTRIES: Final = 10_000
_MOST_FILES: Final = 1_000_000

_NAME: Final = 1000
_VERSION: Final = 1001
_RELEASE: Final = 1002
_EPOCH: Final = 1003
_FOLDER_NUMBERS: Final = 1116
_BASE_NAMES: Final = 1117
_FOLDERS: Final = 1118


class Header(NamedTuple):
    """Name, ``[EPOCH:]VERSION-RELEASE`` and paths of one package.

    Paths are made when they are asked for: a directory's name stands once in the header, however many files it has.
    """

    name: bytes
    version: bytes
    paths: Iterable[bytes]


def read_header(blob: bytes) -> Header | None:
    """Read a header, ``None`` where it names no package."""
    if len(blob) < _COUNTS.size:
        return None
    entries, _ = _COUNTS.unpack_from(blob)
    index = blob[_COUNTS.size : _COUNTS.size + min(entries, _MOST_ENTRIES) * _ENTRY.size]
    data = _Data(blob[_COUNTS.size + entries * _ENTRY.size :], dict(_index(index)))
    name, epoch = data.string(_NAME), data.numbers(_EPOCH)
    version = data.string(_VERSION) + b"-" + data.string(_RELEASE)
    if epoch and epoch[0]:
        version = b"%d:%b" % (epoch[0], version)
    return Header(name, version, _paths(data)) if name else None


def _index(index: bytes) -> Iterator[tuple[int, tuple[int, int]]]:
    """Yield (tag, (offset, count)) of every entry."""
    whole = len(index) - len(index) % _ENTRY.size
    for tag, _, offset, count in _ENTRY.iter_unpack(index[:whole]):
        yield tag, (offset, min(count, _MOST_FILES))


class _Data(NamedTuple):
    content: bytes
    places: Mapping[int, tuple[int, int]]

    def strings(self, tag: int) -> Sequence[bytes]:
        offset, count = self.places.get(tag, (0, 0))
        return self.content[offset:].split(b"\0", count)[:count] if count else ()

    def string(self, tag: int) -> bytes:
        return next(iter(self.strings(tag)), b"")

    def numbers(self, tag: int) -> Sequence[int]:
        offset, count = self.places.get(tag, (0, 0))
        content = self.content[offset : offset + 4 * count]
        return [number for (number,) in struct.iter_unpack(">I", content[: len(content) - len(content) % 4])]


def _paths(data: _Data) -> Iterator[bytes]:
    folders = data.strings(_FOLDERS)
    for name, number in zip(data.strings(_BASE_NAMES), data.numbers(_FOLDER_NUMBERS), strict=False):
        if number < len(folders):
            yield folders[number] + name


_MAGIC: Final = 0x061561
_PAGE_SIZES: Final = frozenset(2**power for power in range(9, 17))
_HEADER_BYTES: Final = 26
_HASH_PAGES: Final = frozenset({2, 13})
_OVERFLOW_PAGE: Final = 7
_IN_PAGE: Final = 1
_OFF_PAGE: Final = 3


def hash_values(content: bytes) -> Iterator[bytes]:
    """Return the values of a hash database; raises ``ValueError`` for what is none. Damaged values are passed over."""
    for pages in (_Pages(content, "little"), _Pages(content, "big")):
        if pages.number(12, 4) == _MAGIC and pages.size in _PAGE_SIZES:
            return pages.values()
    raise ValueError


class _Pages:
    """The pages of a file; what lies outside reads as zero, and an overflow page is read once at most."""

    def __init__(self, content: bytes, byte_order: Literal["little", "big"]) -> None:
        self.content = content
        self.byte_order = byte_order
        self.size = self.number(20, 4)
        self.unread = set(range(1, len(content) // self.size)) if self.size in _PAGE_SIZES else set[int]()

    def number(self, offset: int, count: int) -> int:
        return int.from_bytes(self.content[offset : offset + count], self.byte_order)

    def values(self) -> Iterator[bytes]:
        for page in range(1, len(self.content) // self.size):
            start = page * self.size
            if self.content[start + 25] in _HASH_PAGES:
                yield from self._values_of(start)

    def _values_of(self, page: int) -> Iterator[bytes]:
        """Yield the values of a hash page: every second item. Items lie against each other from the page's end up."""
        count = min(self.number(page + 20, 2), (self.size - _HEADER_BYTES) // 2)
        offsets = [self.size, *(self.number(page + _HEADER_BYTES + 2 * at, 2) for at in range(count))]
        for before, offset in zip(offsets[1::2], offsets[2::2], strict=False):
            item = self.content[page + offset : page + before]
            if item[:1] == bytes([_IN_PAGE]):
                yield item[1:]
            elif item[:1] == bytes([_OFF_PAGE]):
                first, length = (int.from_bytes(item[at : at + 4], self.byte_order) for at in (4, 8))
                yield b"".join(self._chain(first))[:length]

    def _chain(self, first: int) -> Iterator[bytes]:
        """Follow overflow pages; each says how many bytes it holds and which one follows."""
        number = first
        while number in self.unread:
            self.unread.discard(number)
            page = number * self.size
            if self.content[page + 25] != _OVERFLOW_PAGE:
                return
            yield self.content[page + _HEADER_BYTES : page + _HEADER_BYTES + self.number(page + 22, 2)]
            number = self.number(page + 16, 4)
