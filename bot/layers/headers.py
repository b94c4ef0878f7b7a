"""One 512-byte tar header, or one PAX header, to values: strict where a lenient reader could be misled.

Formats: POSIX.1-2017 ``pax``, section "ustar Interchange Format" and "pax Header Block"; GNU tar manual, "Basic Tar
Format" and "Storing Sparse Files". Where they leave a choice, the choice of Go's archive/tar is taken, because it is
what engines and registries read images with.
"""

import zlib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from struct import Struct
from typing import Final

from bot.errors import ImageError

BLOCK: Final = 512
LARGEST: Final = 2**63 - 1

# name, mode with uid and gid, size, checksum, type, link, magic, prefix
UNPACK: Final = Struct("100s24s12s12x8sc100s8s80x155s12x").unpack_from
USTAR: Final = b"ustar\x00"
_GNU: Final = b"ustar  \x00"
_STAR: Final = b"tar\x00"
_STAR_PREFIX_BYTES: Final = 131
# More than any system has; a hostile header can claim 63.
_MODE_BITS: Final = 0xFFFF_FFFF

_CHECKSUM_FIELD: Final = slice(148, 156)
_SPACES: Final = 8 * 0x20
_ADLER_MODULUS: Final = 65521
_LONGEST_DIGITS: Final = 20
_NEWLINE: Final = 0x0A
_NAMES: Final = frozenset({b"path", b"linkpath", b"uname", b"gname"})
# Version 0.0 spreads the map over records of its own.
_MAP: Final = b"GNU.sparse.map"
_PIECES_OF_A_MAP: Final = frozenset({b"GNU.sparse.offset", b"GNU.sparse.numbytes"})
_SPARSE_VERSIONS: Final = frozenset({(b"0", b"0"), (b"0", b"1"), (b"1", b"0")})
_WANTED: Final = _PIECES_OF_A_MAP | {
    b"path", b"linkpath", b"size", b"uid", b"gid", b"GNU.sparse.name", b"GNU.sparse.major", b"GNU.sparse.minor", _MAP
}  # fmt: skip


class BrokenHeaderError(ImageError):
    """A tar header that contradicts its specification."""

    def __init__(self, why: str) -> None:
        super().__init__("The archive is broken", why=why, fix="save or build the image again")


def text(field: bytes) -> bytes:
    """Return a NUL-terminated field without its padding."""
    end = field.find(0)
    return field if end < 0 else field[:end]


def number(field: bytes) -> int:
    """Read an octal or base-256 number; refuses what is negative, garbled or above 2⁶³−1."""
    # Writers pad numbers with blanks or NUL, before them, behind them, or both.
    digits = field.strip(b" \x00")
    if digits.isdigit() and b"8" not in digits and b"9" not in digits:
        return int(digits, 8)
    # The high bit of the first byte says base 256 (GNU), for what octal digits have no room for.
    if field[0] & 0x80:
        return _binary(field)
    if digits:
        raise BrokenHeaderError(f"a header holds {digits[:24]!r} where an octal number belongs")
    return 0


def _binary(field: bytes) -> int:
    if field[0] & 0x40:
        raise BrokenHeaderError("a header holds a negative number")
    return _bounded(int.from_bytes(bytes([field[0] & 0x3F]) + field[1:], "big"))


def _bounded(value: int) -> int:
    if value > LARGEST:
        raise BrokenHeaderError("a header holds a number above 2⁶³−1")
    return value


def prefix(block: bytes, magic: bytes, field: bytes) -> bytes:
    """Return the folder that a header has beside its name, as Go's reader does.

    star keeps times at the end of the field. Old GNU has no such field, but Go wrote it before 1.8: there its bytes
    are no times.
    """
    if magic.startswith(USTAR):
        return text(field[:_STAR_PREFIX_BYTES] if block.endswith(_STAR) else field)
    # Access and change time of old GNU are numbers; the beginning of a path is none.
    if magic.startswith(_GNU) and not all(map(_is_number, (field[:12], field[12:24]))):
        folder = text(field)
        return folder if folder.isascii() else b""
    return b""


def _is_number(field: bytes) -> bool:
    try:
        number(field)
    except BrokenHeaderError:
        return False
    return True


def owner(field: bytes) -> tuple[int, tuple[int, int]]:
    """Read mode, user ID and group ID from their 24 adjoining bytes."""
    return number(field[:8]) & _MODE_BITS, (number(field[8:16]), number(field[16:]))


def verify(block: bytes, checksum: bytes) -> None:
    """Refuse a block whose bytes do not sum to its checksum (modulo 65521, as Adler-32 keeps it)."""
    # The lower half of Adler-32 is a sum of bytes at the speed of C. What it accepts beyond the exact sum is a checksum
    # that is 65,521 off, which nothing but intent makes, and intent can make a right one as well.
    if zlib.adler32(block) & 0xFFFF != _adler_of(checksum) and _signed_sum(block) != number(checksum):
        raise BrokenHeaderError("a header's checksum is wrong")


@lru_cache(maxsize=4096)
def _adler_of(checksum: bytes) -> int:
    """Return the lower half of the Adler-32 of any block that a checksum is right for: one more than the bytes' sum."""
    return (1 + number(checksum) + sum(checksum) - _SPACES) % _ADLER_MODULUS


def looks_like_tar(block: bytes) -> bool:
    """Tell whether a file that begins with a block is a tar, an empty one included."""
    if len(block) < BLOCK:
        return False
    try:
        verify(block, block[_CHECKSUM_FIELD])
    except BrokenHeaderError:
        return not any(block)
    return True


def _signed_sum(block: bytes) -> int:
    """Sum as ancient writers did, with signed characters."""
    rest = block[:148] + block[156:]
    return _SPACES + sum(byte - 256 if byte > 127 else byte for byte in rest)


def pax_records(blob: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Read ``length key=value newline`` records, in time linear to their length."""
    position = 0
    while position < len(blob):
        # The length is looked for within its digits' room, so that a blob without any blank is passed once and not per
        # record.
        space = blob.find(b" ", position, position + _LONGEST_DIGITS)
        digits = blob[position:space]
        end = position + int(digits) if space > 0 and digits.isdigit() else 0
        key, equals, value = blob[space + 1 : end - 1].partition(b"=")
        if (
            not equals
            or not position < space < end <= len(blob)
            or blob[end - 1] != _NEWLINE
            or _is_invalid(key, value)
        ):
            raise BrokenHeaderError("a PAX header is garbled")
        yield key, value
        position = end


def _is_invalid(key: bytes, value: bytes) -> bool:
    return not key or 0 in (value if key in _NAMES else key)


class PaxHeader:
    """What one PAX header says, as far as it is of interest; an empty value leaves the ustar header's."""

    __slots__ = ("_values",)

    def __init__(self, records: Iterable[tuple[bytes, bytes]]) -> None:
        self._values = {key: value for key, value in records if key in _WANTED}
        # That there is a map at all is what tells such a file; no piece of it is ever looked at.
        if not self._values.keys().isdisjoint(_PIECES_OF_A_MAP):
            self._values[_MAP] = b","

    def text(self, key: bytes) -> bytes:
        """Return a value, empty if there is none."""
        return self._values.get(key, b"")

    def number(self, key: bytes, otherwise: int) -> int:
        """Return a number if there is one."""
        value = self._values.get(key)
        return pax_number(value) if value else otherwise

    def is_sparse(self) -> bool:
        """Tell whether the member is a sparse file of GNU tar, of a version that Go knows."""
        version = self.text(b"GNU.sparse.major"), self.text(b"GNU.sparse.minor")
        return version in _SPARSE_VERSIONS or (not any(version) and bool(self.text(_MAP)))


NO_PAX: Final = PaxHeader(())


def pax_header(blob: bytes) -> PaxHeader:
    """Read the content of a PAX header; raises ``ImageError`` where it is garbled."""
    return PaxHeader(pax_records(blob))


def pax_number(value: bytes) -> int:
    """Read a decimal number of a PAX record."""
    if not value.isdigit() or len(value) > _LONGEST_DIGITS:
        raise BrokenHeaderError(f"a PAX header holds {value[:24]!r} where a size belongs")
    return _bounded(int(value))
