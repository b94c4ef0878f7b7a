"""The little of an ELF file that package readers need: numbers in its byte order, and bytes at a virtual address.

Format: elf(5). Written out because the general parsers trust the headers of the files they read, and read them slowly.
"""

from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

_MAGIC: Final = b"\x7fELF"
_LOADED: Final = 1
_MOST_SEGMENTS: Final = 256


class _Segment(NamedTuple):
    address: int
    offset: int
    bytes: int


class _Layout(NamedTuple):
    """Where a header keeps its fields: (offset, bytes) of each."""

    table: tuple[int, int]
    entry_bytes: tuple[int, int]
    entries: tuple[int, int]
    address: tuple[int, int]
    offset: tuple[int, int]
    file_bytes: tuple[int, int]


_LAYOUTS: Final = {
    4: _Layout((28, 4), (42, 2), (44, 2), (8, 4), (4, 4), (16, 4)),
    8: _Layout((32, 8), (54, 2), (56, 2), (16, 8), (8, 8), (32, 8)),
}


class Elf:
    """An ELF file in memory. Whatever lies outside it reads as empty bytes and as zero."""

    def __init__(self, content: bytes) -> None:
        """Read the program headers; what is no ELF has none."""
        self._content = content
        self.byte_order: Literal["big", "little"] = "big" if content[5:6] == b"\x02" else "little"
        self.word_bytes = 8 if content[4:5] == b"\x02" else 4
        self._segments = tuple(self._read_segments()) if content.startswith(_MAGIC) else ()

    def at(self, address: int, count: int) -> bytes:
        """Give ``count`` bytes at a virtual address."""
        for segment in self._segments:
            start = address - segment.address
            if 0 <= start <= segment.bytes - count:
                return self._content[segment.offset + start : segment.offset + start + count]
        return b""

    def word_at(self, address: int) -> int:
        """Give the word at a virtual address."""
        return int.from_bytes(self.at(address, self.word_bytes), self.byte_order)

    def _read_segments(self) -> Iterator[_Segment]:
        layout = _LAYOUTS[self.word_bytes]
        start, size, count = (self._number(0, place) for place in layout[:3])
        for number in range(min(count, _MOST_SEGMENTS)):
            header = start + number * size
            if self._number(header, (0, 4)) == _LOADED:
                yield _Segment(*(self._number(header, place) for place in layout[3:]))

    def _number(self, start: int, place: tuple[int, int]) -> int:
        offset, count = place
        return int.from_bytes(self._content[start + offset : start + offset + count], self.byte_order)
