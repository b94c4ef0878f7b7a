"""An rpm header blob → the package it describes.

Format: "Header structure" of the RPM file format: two big-endian counts (index entries, data bytes), entries of tag,
type, offset and count, then the data. Only the tags that say name, version and paths are read; what points outside is
empty.
"""

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

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
    """Give (tag, (offset, count)) of every entry."""
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
