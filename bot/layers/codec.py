"""A scanned layer as compact bytes and back: what the cache on disk holds.

Columns instead of records, so that both directions run at the speed of C: paths and links joined by NUL (which neither
can hold), numbers as little-endian arrays, owners as indexes into a table; deflated, behind a magic with the version
and a checksum. Nothing in it is trusted: whatever does not add up is a ``ValueError``, which a cache takes for a miss.
"""

import sys
from array import array
from collections.abc import Iterator, Sequence
from itertools import repeat
from struct import Struct
from struct import error as StructError  # noqa: N812 - an exception that is named like a function
from typing import Final, cast

import xxhash

from bot.layers.layer import ScannedLayer
from bot.model.image import Entry, EntryKind

MAGIC: Final = b"dwlayer3"
"""Change the digit with anything that changes what a scan finds, so that older files are misses."""

_HEAD: Final = Struct("<8sQQ")
_COUNTS: Final = Struct("<QII")
_LENGTH: Final = Struct("<I")
_LARGEST_PLAIN: Final = 1 << 30
_KINDS: Final = tuple(EntryKind)
_NO_CONTENT: Final = b"\0"
_CONTENT: Final = b"\1"


def encode_layer(layer: ScannedLayer) -> bytes:
    """Return the bytes of a complete layer."""
    from isal import isal_zlib  # noqa: PLC0415 - needed with a cache only

    entries = layer.entries
    owners = {owner: index for index, owner in enumerate(dict.fromkeys(entry.owner for entry in entries))}
    columns = (
        b"\0".join(entry.path for entry in entries),
        b"\0".join(entry.link for entry in entries),
        bytes(entry.kind for entry in entries),
        _packed("Q", [entry.stored_bytes for entry in entries]),
        _packed("I", [entry.mode for entry in entries]),
        _packed("I", [owners[entry.owner] for entry in entries]),
        _packed("Q", [entry.content or 0 for entry in entries]),
        b"".join(_NO_CONTENT if entry.content is None else _CONTENT for entry in entries),
        _packed("Q", [number for owner in owners for number in owner]),
    )
    counts = _COUNTS.pack(layer.unpacked_bytes, len(entries), len(owners))
    plain = counts + b"".join(_LENGTH.pack(len(column)) + column for column in columns)
    return _HEAD.pack(MAGIC, xxhash.xxh3_64_intdigest(plain), len(plain)) + bytes(isal_zlib.compress(plain, 1))


def decode_layer(frozen: bytes) -> ScannedLayer:
    """Return the layer; raises ``ValueError`` for anything that ``encode_layer`` did not write."""
    try:
        return _thawed(memoryview(_inflated(frozen)))
    except (ValueError, IndexError, StructError) as error:
        raise ValueError("this is no frozen layer") from error


def _thawed(plain: memoryview) -> ScannedLayer:
    unpacked_bytes, count, owner_count = _COUNTS.unpack_from(plain)
    paths, links, kinds, sizes, modes, owner_of, contents, known, owners = _columns(plain)
    ids = _unpacked("Q", owners, owner_count * 2)
    table = list(zip(ids[::2], ids[1::2], strict=True))
    if len(kinds) != count or len(known) != count or max(kinds, default=0) >= len(_KINDS):
        raise ValueError
    rows = zip(
        _split(paths, count),
        [_KINDS[kind] for kind in kinds],
        _unpacked("Q", sizes, count),
        _unpacked("I", modes, count),
        [table[index] for index in _unpacked("I", owner_of, count)],
        _split(links, count),
        [value if is_known else None for value, is_known in zip(_unpacked("Q", contents, count), known, strict=True)],
        strict=True,
    )
    return ScannedLayer(list(map(tuple.__new__, repeat(Entry), rows)), unpacked_bytes)


def _inflated(frozen: bytes) -> bytes:
    from isal import isal_zlib  # noqa: PLC0415 - needed with a cache only

    if len(frozen) < _HEAD.size:
        raise ValueError
    magic, checksum, length = _HEAD.unpack_from(frozen)
    # Before anything is inflated: another process may have written the file, and a length is the cheapest lie.
    if magic != MAGIC or length > _LARGEST_PLAIN:
        raise ValueError
    inflate = isal_zlib.decompressobj()
    try:
        plain = bytes(inflate.decompress(frozen[_HEAD.size :], length))
    except cast("type[Exception]", isal_zlib.error) as error:
        raise ValueError from error
    # A full disk leaves half a file, a bad one other bytes; length and checksum say that it is the file we wrote.
    if not inflate.eof or len(plain) != length or xxhash.xxh3_64_intdigest(plain) != checksum or length < _COUNTS.size:
        raise ValueError
    return plain


def _columns(plain: memoryview) -> Iterator[memoryview]:
    position = _COUNTS.size
    while position + _LENGTH.size <= len(plain):
        (length,) = _LENGTH.unpack_from(plain, position)
        start = position + _LENGTH.size
        position = start + length
        yield plain[start:position]


def _split(column: memoryview, count: int) -> list[bytes]:
    parts = bytes(column).split(b"\0") if count else []
    if len(parts) != count:
        raise ValueError
    return parts


def _packed(kind: str, numbers: Sequence[int]) -> bytes:
    column = array(kind, numbers)
    if sys.byteorder == "big":
        column.byteswap()
    return column.tobytes()


def _unpacked(kind: str, column: memoryview, count: int) -> Sequence[int]:
    numbers = array(kind)
    numbers.frombytes(column)
    if len(numbers) != count:
        raise ValueError
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tolist()
