"""One ELF file's bytes → what it links and what it carries for debuggers; and its tables, for who needs more.

Format: elf(5). Written out, because the general parsers follow whatever counts and places a file claims, for minutes.
"""

import struct
from collections.abc import Iterator, Mapping
from typing import Final, Literal, NamedTuple

from bot.model.facts import ElfFacts

_MAGIC: Final = b"\x7fELF"
_LOAD: Final = 1
_NULL: Final = 0
_EXTENDED: Final = 0xFFFF
_MOST_TAGS: Final = 10_000
_DYNAMIC: Final = 2
_INTERP: Final = 3
_NEEDED: Final = 1
_STRTAB: Final = 5
_RPATH: Final = 15
_RUNPATH: Final = 29
_ALLOCATED: Final = 0x2
_SYMBOLS: Final = frozenset({b".symtab", b".strtab"})
_DEBUG: Final = (b".debug_", b".zdebug_", b".gnu.debuglto")
_NAME_BYTES: Final = 16
# PATH_MAX of Linux; a search path is a list of paths, of dozens of long ones where Nix made the program.
_LONGEST_PATH: Final = 4096
_LONGEST_SEARCH: Final = 65_536


def read_elf(content: bytes) -> ElfFacts | None:
    """Read an ELF file; ``None`` for anything else, and for one so broken that no loader would take it."""
    try:
        return _read(Elf(content))
    except (ValueError, struct.error):
        return None


class Segment(NamedTuple):
    """A row of the program header table."""

    kind: int
    offset: int
    address: int
    bytes: int


class ElfSection(NamedTuple):
    """A row of the section header table."""

    name: int
    flags: int
    offset: int
    bytes: int
    link: int


class _Layout(NamedTuple):
    """How the tables of one class are packed, and where in their rows the fields are that count."""

    header: str
    segment: str
    segment_fields: tuple[int, int, int, int]
    section: str
    tag: str
    word_bytes: int


_LAYOUTS: Final = {
    b"\x01": _Layout("16xHHIIIIIHHHHHH", "8I", (0, 1, 2, 4), "10I", "iI", 4),
    b"\x02": _Layout("16xHHIQQQIHHHHHH", "2I6Q", (0, 2, 3, 5), "2I4Q2I2Q", "qQ", 8),
}
_ORDERS: Final[Mapping[bytes, tuple[str, Literal["little", "big"]]]] = {b"\x01": ("<", "little"), b"\x02": (">", "big")}


class Elf:
    """The tables of an ELF file; raises ``ValueError`` or ``struct.error`` where they do not lie inside it."""

    def __init__(self, content: bytes) -> None:
        layout, orders = _LAYOUTS.get(content[4:5]), _ORDERS.get(content[5:6])
        if not content.startswith(_MAGIC) or orders is None or layout is None:
            raise ValueError
        self.content = content
        self.word_bytes, self._layout = layout.word_bytes, layout
        order, self.byte_order = orders
        self._order = order
        fields = struct.unpack_from(order + layout.header, content)
        self._sections_at, self._names_in = fields[5], fields[12]
        self._section_bytes, self._section_count = fields[10], fields[11]
        self.segments = tuple(self._segments(fields[4], fields[8], fields[9]))

    def _table(self, form: str, start: int, size: int, count: int) -> Iterator[tuple[int, ...]]:
        row = struct.Struct(self._order + form)
        # Checked for the whole table at once: a header may claim 4 billion rows.
        if count and (size < row.size or start + size * count > len(self.content)):
            raise ValueError
        return (row.unpack_from(self.content, start + size * at) for at in range(count))

    def _segments(self, start: int, size: int, count: int) -> Iterator[Segment]:
        kind, offset, address, length = self._layout.segment_fields
        for row in self._table(self._layout.segment, start, size, count):
            yield Segment(row[kind], row[offset], row[address], row[length])

    def sections(self) -> Iterator[ElfSection]:
        """Return the sections; more of them than a header can count are counted in the first one."""
        count = self._section_count
        # gABI: 0 in the header means that the first section's size is the count, for files of 65,280 sections and more.
        if self._sections_at and not count:
            count = next(self._rows(1)).bytes
        return self._rows(count if self._sections_at else 0)

    def _rows(self, count: int) -> Iterator[ElfSection]:
        for row in self._table(self._layout.section, self._sections_at, self._section_bytes, count):
            yield ElfSection(row[0], row[2], row[4], row[5], row[6])

    def names_in(self) -> int:
        """Return the number of the section that holds the names of sections."""
        return next(self._rows(1)).link if self._names_in == _EXTENDED else self._names_in

    def tags(self, segment: Segment) -> Iterator[tuple[int, int]]:
        """Return the dynamic tags of a segment up to the one that ends them."""
        row = struct.Struct(self._order + self._layout.tag)
        end = min(segment.offset + segment.bytes, len(self.content), segment.offset + _MOST_TAGS * row.size)
        for at in range(segment.offset, end - row.size + 1, row.size):
            tag, value = row.unpack_from(self.content, at)
            # What follows the end is left from linking and may be anything.
            if tag == _NULL:
                return
            yield tag, value

    def text_at(self, offset: int, most: int = _LONGEST_PATH) -> str:
        """Return the string at a place in the file, empty for one that is longer than any loader would use."""
        end = self.content.find(b"\0", offset, offset + most)
        return self.content[offset : max(end, offset)].decode("utf-8", "backslashreplace")

    def offset_of(self, address: int, count: int = 1) -> int:
        """Return the place in the file of so many bytes that are loaded at an address."""
        for segment in self.segments:
            if segment.kind == _LOAD and segment.address <= address <= segment.address + segment.bytes - count:
                return segment.offset + address - segment.address
        raise ValueError

    def at(self, address: int, count: int) -> bytes:
        """Return so many bytes that are loaded at an address."""
        start = self.offset_of(address, count)
        return self.content[start : start + count]

    def word_at(self, address: int) -> int:
        """Return the word that is loaded at an address."""
        return int.from_bytes(self.at(address, self.word_bytes), self.byte_order)


def _read(elf: Elf) -> ElfFacts:
    interpreter = next((elf.text_at(one.offset) for one in elf.segments if one.kind == _INTERP), "")
    needed, search = _dynamic(elf)
    return ElfFacts(interpreter, needed, search, _symbol_bytes(elf))


def _dynamic(elf: Elf) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the libraries that a file names, and where it looks for them."""
    segment = next((one for one in elf.segments if one.kind == _DYNAMIC), None)
    tags = list(elf.tags(segment)) if segment else []
    places = dict(tags)
    if _STRTAB not in places:
        return (), ()
    strings = elf.offset_of(places[_STRTAB])
    # Needed may come many times, so the list of tags is asked; of the others the last one counts.
    needed = dict.fromkeys(elf.text_at(strings + value) for tag, value in tags if tag == _NEEDED)
    search = [
        elf.text_at(strings + value, _LONGEST_SEARCH) for tag, value in places.items() if tag in {_RPATH, _RUNPATH}
    ]
    return tuple(needed), tuple(dict.fromkeys(part for one in search for part in one.split(":") if part))


def _symbol_bytes(elf: Elf) -> int:
    """Sum what the loader never maps: symbol tables and debug sections."""
    sections = [one for one in elf.sections() if one.bytes]
    names = next((one.offset for at, one in enumerate(elf.sections()) if at == elf.names_in()), None)
    if names is None:
        return 0
    return sum(one.bytes for one in sections if not one.flags & _ALLOCATED and _is_symbols(elf, names + one.name))


def _is_symbols(elf: Elf, place: int) -> bool:
    name = elf.content[place : place + _NAME_BYTES].partition(b"\0")[0]
    return name in _SYMBOLS or name.startswith(_DEBUG)
