"""The central directory of a zip archive, and the start of a member: as much as says what a jar is.

Format: PKWARE's APPNOTE 6.3, sections 4.3.7 (local header), 4.3.12 (central directory), 4.3.14 to 4.3.16 (its end, with
zip64). The standard library's reader makes twenty objects of every member before it gives the first name.
"""

import struct
import zlib
from collections.abc import Iterator
from typing import Final, NamedTuple

from bot.contents.work_budget import Work

_END: Final = struct.Struct("<4s4H2IH")
_END_64: Final = struct.Struct("<4sQ2H2I4Q")
_LOCATOR_64_BYTES: Final = 20
_CENTRAL: Final = struct.Struct("<4s6H3I5H2I")
_LOCAL: Final = struct.Struct("<4s5H3I2H")
_LONGEST_COMMENT: Final = 65_535
_ENCRYPTED: Final = 1
_STEPS_A_MEMBER: Final = 4
_STORED: Final = 0
_DEFLATED: Final = 8


class ZipMember(NamedTuple):
    """A member as the directory tells it; ``offset`` is that of its local header."""

    name: bytes
    method: int
    compressed_bytes: int
    offset: int


def members(content: bytes, work: Work) -> Iterator[ZipMember]:
    """Yield the members of an archive as far as the directory makes sense; none for what is no archive."""
    at, end, moved = _directory(content)
    while at + _CENTRAL.size <= end:
        work.spend(_STEPS_A_MEMBER)
        header = _CENTRAL.unpack_from(content, at)
        if header[0] != b"PK\1\2":
            return
        flags, method, compressed = header[3], header[4], header[8]
        name_bytes, extra_bytes, comment_bytes, offset = header[10], header[11], header[12], header[16]
        name = at + _CENTRAL.size
        if not flags & _ENCRYPTED:
            yield ZipMember(content[name : name + name_bytes], method, compressed, offset + moved)
        at = name + name_bytes + extra_bytes + comment_bytes


def read_start(content: bytes, member: ZipMember, most: int) -> bytes:
    """Return the first bytes of a member, empty where they cannot be read."""
    if not 0 <= member.offset <= len(content) - _LOCAL.size:
        return b""
    header = _LOCAL.unpack_from(content, member.offset)
    start = member.offset + _LOCAL.size + header[9] + header[10]
    data = content[start : start + min(member.compressed_bytes, _enough(most))]
    if header[0] != b"PK\3\4" or member.method not in {_STORED, _DEFLATED}:
        return b""
    if member.method == _STORED:
        return data[:most]
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, most)
    except zlib.error:
        return b""


def _enough(most: int) -> int:
    """Return how many bytes deflate needs for so many at most: stored blocks, and a header for each."""
    return most + most // 1000 + 1000


def _directory(content: bytes) -> tuple[int, int, int]:
    """Return where the directory starts and ends, and by how much a prefix (a launcher script) moved everything."""
    # The end record is looked for from behind: a comment of up to 64 KiB may follow it.
    end = content.rfind(b"PK\5\6", max(0, len(content) - _LONGEST_COMMENT - _END.size))
    if end < 0 or end + _END.size > len(content):
        return 0, 0, 0
    size, offset = _END.unpack_from(content, end)[5:7]
    # ZIP64: the record with large numbers lies before its locator, and the locator before the usual record.
    larger = end - _LOCATOR_64_BYTES - _END_64.size
    if larger >= 0 and content.startswith(b"PK\6\7", end - _LOCATOR_64_BYTES):
        end_64 = _END_64.unpack_from(content, larger)
        if end_64[0] == b"PK\6\6":
            end, size, offset = larger, end_64[8], end_64[9]
    return max(end - size, 0), end, end - size - offset
