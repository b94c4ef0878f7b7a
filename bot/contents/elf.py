"""One ELF file's bytes → what it links, what it carries for debuggers, and how Go built it.

Format: elf(5). Written out, because the general parsers follow whatever counts and places a file claims, for minutes.
"""

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

from bot.model.facts import ElfFacts, GoBuild

_MAGIC: Final = b"\x7fELF"
_BUILD_INFO: Final = b"\xff Go buildinf:"
_INLINE: Final = 2
_HEADER_BYTES: Final = 32
_MODULE_MARK_BYTES: Final = 16
_LONGEST_MODULE: Final = 1_000_000

_LOAD: Final = 1
_DYNAMIC: Final = 2
_INTERP: Final = 3
_NULL: Final = 0
_NEEDED: Final = 1
_STRTAB: Final = 5
_RPATH: Final = 15
_RUNPATH: Final = 29
_EXTENDED: Final = 0xFFFF
_ALLOCATED: Final = 0x2
_SYMBOLS: Final = frozenset({b".symtab", b".strtab"})
_DEBUG: Final = (b".debug_", b".zdebug_", b".gnu.debuglto")
_NAME_BYTES: Final = 16

_MOST_TAGS: Final = 10_000
# PATH_MAX of Linux; a search path is a list of paths, of dozens of long ones where Nix made the program.
_LONGEST_PATH: Final = 4096
_LONGEST_SEARCH: Final = 65_536


def read_elf(content: bytes) -> ElfFacts | None:
    """Read an ELF file; ``None`` for anything else, and for one so broken that no loader would take it."""
    if not content.startswith(_MAGIC):
        return None
    try:
        return _read(_Elf(content))
    except (ValueError, struct.error):
        return None


def read_go_build(content: bytes) -> GoBuild | None:
    """Read the build information that Go embeds (since 1.18 inline, debug/buildinfo ``readRawBuildInfo``)."""
    start = content.find(_BUILD_INFO)
    if start < 0 or len(content) < start + _HEADER_BYTES or not content[start + 15] & _INLINE:
        return None
    version, position = _string(content, start + _HEADER_BYTES)
    module, _ = _string(content, position)
    if not version.startswith(b"go") and not version.startswith(b"devel"):
        return None
    return _go_build(version.decode("utf-8", "replace"), module[_MODULE_MARK_BYTES:-_MODULE_MARK_BYTES])


class _Segment(NamedTuple):
    kind: int
    offset: int
    address: int
    bytes: int


class _Section(NamedTuple):
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


_LAYOUTS: Final = {
    b"\x01": _Layout("16xHHIIIIIHHHHHH", "8I", (0, 1, 2, 4), "10I", "iI"),
    b"\x02": _Layout("16xHHIQQQIHHHHHH", "2I6Q", (0, 2, 3, 5), "2I4Q2I2Q", "qQ"),
}


_ORDERS: Final = {b"\x01": "<", b"\x02": ">"}


class _Elf:
    """The tables of an ELF file; raises ``ValueError`` or ``struct.error`` where they do not lie inside it."""

    def __init__(self, content: bytes) -> None:
        layout, order = _LAYOUTS.get(content[4:5]), _ORDERS.get(content[5:6])
        if order is None or layout is None:
            raise ValueError
        self.content = content
        self._order, self._layout = order, layout
        fields = struct.unpack_from(order + layout.header, content)
        self._sections_at, self._names_in = fields[5], fields[12]
        self._section_bytes, self._section_count = fields[10], fields[11]
        self.segments = tuple(self._segments(fields[4], fields[8], fields[9]))

    def _table(self, form: str, start: int, size: int, count: int) -> Iterator[tuple[int, ...]]:
        row = struct.Struct(self._order + form)
        if count and (size < row.size or start + size * count > len(self.content)):
            raise ValueError
        return (row.unpack_from(self.content, start + size * at) for at in range(count))

    def _segments(self, start: int, size: int, count: int) -> Iterator[_Segment]:
        kind, offset, address, length = self._layout.segment_fields
        for row in self._table(self._layout.segment, start, size, count):
            yield _Segment(row[kind], row[offset], row[address], row[length])

    def sections(self) -> Iterator[_Section]:
        """Give the sections; more of them than a header can count are counted in the first one."""
        count = self._section_count
        if self._sections_at and not count:
            count = next(self._rows(1)).bytes
        return self._rows(count if self._sections_at else 0)

    def _rows(self, count: int) -> Iterator[_Section]:
        for row in self._table(self._layout.section, self._sections_at, self._section_bytes, count):
            yield _Section(row[0], row[2], row[4], row[5], row[6])

    def names_in(self) -> int:
        """Give the number of the section that holds the names of sections."""
        return next(self._rows(1)).link if self._names_in == _EXTENDED else self._names_in

    def tags(self, segment: _Segment) -> Iterator[tuple[int, int]]:
        """Give the dynamic tags of a segment up to the one that ends them."""
        row = struct.Struct(self._order + self._layout.tag)
        end = min(segment.offset + segment.bytes, len(self.content), segment.offset + _MOST_TAGS * row.size)
        for at in range(segment.offset, end - row.size + 1, row.size):
            tag, value = row.unpack_from(self.content, at)
            if tag == _NULL:
                return
            yield tag, value

    def text_at(self, offset: int, most: int = _LONGEST_PATH) -> str:
        """Give the string at a place in the file, empty for one that is longer than any loader would use."""
        end = self.content.find(b"\0", offset, offset + most)
        return self.content[offset : max(end, offset)].decode("utf-8", "backslashreplace")

    def offset_of(self, address: int) -> int:
        """Give the place in the file of what is loaded at an address."""
        for segment in self.segments:
            if segment.kind == _LOAD and segment.address <= address < segment.address + segment.bytes:
                return segment.offset + address - segment.address
        raise ValueError


def _read(elf: _Elf) -> ElfFacts:
    interpreter = next((elf.text_at(one.offset) for one in elf.segments if one.kind == _INTERP), "")
    needed, search = _dynamic(elf)
    return ElfFacts(interpreter, needed, search, _symbol_bytes(elf), read_go_build(elf.content))


def _dynamic(elf: _Elf) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the libraries that a file names, and where it looks for them."""
    segment = next((one for one in elf.segments if one.kind == _DYNAMIC), None)
    tags = list(elf.tags(segment)) if segment else []
    places = dict(tags)
    if _STRTAB not in places:
        return (), ()
    strings = elf.offset_of(places[_STRTAB])
    needed = dict.fromkeys(elf.text_at(strings + value) for tag, value in tags if tag == _NEEDED)
    search = [
        elf.text_at(strings + value, _LONGEST_SEARCH) for tag, value in places.items() if tag in {_RPATH, _RUNPATH}
    ]
    return tuple(needed), tuple(dict.fromkeys(part for one in search for part in one.split(":") if part))


def _symbol_bytes(elf: _Elf) -> int:
    """Sum what the loader never maps: symbol tables and debug sections."""
    sections = [one for one in elf.sections() if one.bytes]
    names = next((one.offset for at, one in enumerate(elf.sections()) if at == elf.names_in()), None)
    if names is None:
        return 0
    return sum(one.bytes for one in sections if not one.flags & _ALLOCATED and _is_symbols(elf, names + one.name))


def _is_symbols(elf: _Elf, place: int) -> bool:
    name = elf.content[place : place + _NAME_BYTES].partition(b"\0")[0]
    return name in _SYMBOLS or name.startswith(_DEBUG)


def _string(content: bytes, position: int) -> tuple[bytes, int]:
    """Read a string with its length before it as an unsigned varint (encoding/binary ``Uvarint``)."""
    length, shift = 0, 0
    for index in range(position, min(position + 5, len(content))):
        length |= (content[index] & 0x7F) << shift
        shift += 7
        if content[index] < 0x80:
            return content[index + 1 : index + 1 + length], index + 1 + length
    return b"", len(content)


def _go_build(version: str, module: bytes) -> GoBuild:
    path, settings = "", dict[str, str]()
    for line in module.decode("utf-8", "replace").split("\n"):
        kind, _, rest = line.partition("\t")
        if kind == "path":
            path = rest
        elif kind == "build":
            key, _, value = rest.partition("=")
            settings[key] = value
    return GoBuild(version, path, settings)
