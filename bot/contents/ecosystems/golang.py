r"""Go: programs that carry build information, and unpacked modules of the module cache.

The linker leaves a blob that starts with ``\xff Go buildinf:``, aligned to 16 bytes (Go's debug/buildinfo). Since Go
1.18 the strings follow it in place; before, two pointers to string headers follow, which an ELF's program headers turn
into offsets. A program belongs to its main module; the modules inside it have no bytes of their own.
"""

import re
import struct
from collections.abc import Collection, Iterator
from typing import Final, NamedTuple

from bot.contents.file_formats.elf import Elf
from bot.contents.file_formats.foreign_text import decode
from bot.contents.packages.index import Index
from bot.contents.packages.package_reader import Contents, Found, PackageReader, Precedence, Unreadable
from bot.layers.paths import ancestors

_MAGIC: Final = b"\xff Go buildinf:"
_ALIGNMENT: Final = 16
_HEADER_BYTES: Final = 32
_BIG_ENDIAN: Final = 1
_INLINE: Final = 2
_SENTINEL_BYTES: Final = 16
_LONGEST_STRING: Final = 1_000_000
_MOST_MAGICS: Final = 16
_MODULE_CACHE: Final = b"/pkg/mod/"
_TOOLS: Final = b"/pkg/tool/"
_ELSEWHERE: Final = (b".so", b"/node_modules/", b"/site-packages/", b"/gems/")
_MOST_PROGRAM_BYTES: Final = 64_000_000
_ESCAPED: Final = re.compile(r"!([a-z])")


class BuildInfo(NamedTuple):
    """What a Go program says of itself: the toolchain, its main package, and its main module's version."""

    go_version: str
    package: str
    module: str
    version: str


def _wanted(index: Index) -> Iterator[bytes]:
    """Ask for programs that neither a package manager nor a Go toolchain is likely to own.

    Smaller ones come first, up to 64 MB in all.
    """
    left, programs = _MOST_PROGRAM_BYTES, index.unmanaged_programs
    toolchains = {path.partition(_TOOLS)[0] for path in programs if _TOOLS in path}
    for path in sorted(programs, key=lambda one: (index.file_bytes(one), one)):
        if not _is_inside(path, toolchains) and not any(part in path for part in _ELSEWHERE):
            left -= index.file_bytes(path)
            if left >= 0:
                yield path


def _is_inside(path: bytes, folders: Collection[bytes]) -> bool:
    return bool(folders) and any(folder in folders for folder in ancestors(path) if folder)


def _packages(index: Index, contents: Contents) -> Iterator[Found | Unreadable]:
    """Yield Go programs by their main module, and the unpacked modules of the cache."""
    for path in _wanted(index):
        info = read_build_info(contents.get(path, b""))
        if info is not None:
            name, version = (info.module, info.version) if info.module else (info.package, info.go_version)
            yield READER.found(name, version, (path,))
    for folder in sorted(set(_module_folders(index))):
        name, _, version = decode(folder.partition(_MODULE_CACHE)[2]).rpartition("@")
        name = _ESCAPED.sub(lambda match: match[1].upper(), name)
        yield READER.found(name, version, directories=(folder,))._replace(precedence=Precedence.DIRECTORY)


def read_build_info(content: bytes) -> BuildInfo | None:
    """Read the build information of a program, ``None`` where it has none that makes sense."""
    # The magic may also stand in a program's data (Go's own tools carry it), so a few places are tried, and no more.
    position = -1
    for _ in range(_MOST_MAGICS):
        position = content.find(_MAGIC, position + 1)
        if position < 0:
            return None
        # The linker aligns the record; debug/buildinfo looks at no other place either.
        info = _read_at(content, position) if position % _ALIGNMENT == 0 else None
        if info is not None:
            return info
    return None


def _read_at(content: bytes, position: int) -> BuildInfo | None:
    pointer_bytes, flags = content[position + 14 : position + 15], content[position + 15 : position + 16]
    if not flags:
        return None
    # Since Go 1.18 the strings follow; before, there were pointers to them.
    if flags[0] & _INLINE:
        version, end = _inline(content, position + _HEADER_BYTES)
        module, _ = _inline(content, end)
    else:
        version, module = _pointed(content, position + _ALIGNMENT, pointer_bytes[0])
    return _build_info(version, module) if version.startswith((b"go", b"devel")) else None


def _inline(content: bytes, position: int) -> tuple[bytes, int]:
    """Read a string after its length (LEB128), and give where it ends."""
    length = shift = 0
    # Five digits of seven bits are more than any string has; a longer number is no length.
    for at in range(position, position + 5):
        digit = content[at] if at < len(content) else 0
        length |= (digit & 0x7F) << shift
        shift += 7
        if digit < 0x80:
            end = at + 1 + min(length, _LONGEST_STRING)
            return content[at + 1 : end], end
    return b"", position


def _pointed(content: bytes, position: int, pointer_bytes: int) -> tuple[bytes, bytes]:
    """Follow two pointers to string headers, each an address and a length."""
    try:
        elf = Elf(content)
        if pointer_bytes != elf.word_bytes:
            return b"", b""
        ends = position + pointer_bytes, position + 2 * pointer_bytes
        version, module = (int.from_bytes(content[end - pointer_bytes : end], elf.byte_order) for end in ends)
        return _string(elf, version), _string(elf, module)
    except (ValueError, struct.error):
        return b"", b""


def _string(elf: Elf, header: int) -> bytes:
    length = elf.word_at(header + elf.word_bytes)
    return elf.at(elf.word_at(header), length) if length <= _LONGEST_STRING else b""


def _build_info(version: bytes, module: bytes) -> BuildInfo:
    """Read the lines ``path PACKAGE`` and ``mod MODULE VERSION SUM`` between the two sentinels."""
    rows = [line.split(b"\t") for line in module[_SENTINEL_BYTES:-_SENTINEL_BYTES].split(b"\n")]
    package = next((row[1] for row in rows if row[0] == b"path" and len(row) > 1), b"")
    main = next((row for row in rows if row[0] == b"mod" and len(row) > 2), (b"", b"", b""))
    return BuildInfo(decode(version), decode(package), decode(main[1]), decode(main[2]))


def _module_folders(index: Index) -> Iterator[bytes]:
    """Yield ``…/pkg/mod/PATH@VERSION`` of every path below such a directory; the download cache has none."""
    for path in index.live:
        start = path.find(_MODULE_CACHE)
        if start >= 0:
            at = path.find(b"@v", start)
            end = path.find(b"/", at)
            if at > 0 and end > 0 and path[at - 1 : at] != b"/":
                yield path[:end]


READER: Final = PackageReader(
    ecosystem="go",
    label="Go",
    precedence=Precedence.FILE,
    databases=(b"pkg/mod/*",),
    wanted=_wanted,
    packages=_packages,
)
