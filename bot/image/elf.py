"""One ELF file's bytes → what it links, what it carries for debuggers, and how Go built it."""

import io
import struct
from collections.abc import Iterator

from elftools.common.exceptions import ELFError
from elftools.construct.core import ConstructError
from elftools.elf.dynamic import DynamicSegment
from elftools.elf.elffile import ELFFile
from elftools.elf.segments import InterpSegment

from bot.model.facts import ElfFacts, GoBuild

_MAGIC = b"\x7fELF"
_BUILD_INFO = b"\xff Go buildinf:"
_INLINE = 2
_HEADER_BYTES = 32
_MODULE_MARK_BYTES = 16
_ALLOCATED = 0x2
_SYMBOLS = frozenset({".symtab", ".strtab"})
_DEBUG = (".debug_", ".zdebug_", ".gnu.debuglto")
_MALFORMED = (
    ELFError,
    ConstructError,
    struct.error,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


def read_elf(content: bytes) -> ElfFacts | None:
    """Read an ELF file; ``None`` for anything else, and for one so broken that no loader would take it."""
    if not content.startswith(_MAGIC):
        return None
    try:
        return _read(ELFFile(io.BytesIO(content)), content)
    except _MALFORMED:
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


def _read(elf: ELFFile, content: bytes) -> ElfFacts:
    interpreter, needed, search = "", list[str](), list[str]()
    for segment in elf.iter_segments():
        if isinstance(segment, InterpSegment):
            interpreter = str(segment.get_interp_name())
        elif isinstance(segment, DynamicSegment):
            for name, value in _dynamic(segment):
                (needed if name == "needed" else search).append(value)
    return ElfFacts(interpreter, tuple(needed), tuple(search), _symbol_bytes(elf), read_go_build(content))


def _dynamic(segment: DynamicSegment) -> Iterator[tuple[str, str]]:
    """Give (kind, value) of the tags that name libraries and where to look; pyelftools keeps values as attributes."""
    for tag in segment.iter_tags():
        values = vars(tag)
        if "needed" in values:
            yield "needed", str(values["needed"])
        for name in ("rpath", "runpath"):
            yield from (("search", part) for part in str(values.get(name, "")).split(":") if part)


def _symbol_bytes(elf: ELFFile) -> int:
    sections = ((section.name, section["sh_flags"], section["sh_size"]) for section in elf.iter_sections())
    return sum(
        int(size)
        for name, flags, size in sections
        if not flags & _ALLOCATED and (name in _SYMBOLS or str(name).startswith(_DEBUG))
    )


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
