"""tar-split files to entries: an engine's record of a layer's tar, all of it but the payload.

A classic-store engine keeps one for every layer (vbatts/tar-split, ``tar/storage``): gzip of JSON lines. Lines of
``"type":2`` hold, in base64, the bytes between payloads: padding of the payload before, then headers. Lines of
``"type":1`` stand for one payload each, with its CRC-64/GO-ISO, also where it is empty.

The usual line, one plain ustar header, is decoded in part and by offsets; whatever looks different goes through the
same header reader as any other tar.
"""

from binascii import Error as Base64Error
from binascii import a2b_base64, b2a_base64
from collections.abc import Iterator, Sequence
from struct import Struct
from struct import error as StructError  # noqa: N812 - an exception that is named like a function
from typing import Final, NamedTuple

from bot.errors import ImageError, LimitError
from bot.image.headers import BLOCK, text
from bot.image.headers import owner as owner_of
from bot.image.layer import KINDS, Allowance, Kept, ScannedLayer, entry_of
from bot.image.paths import clean
from bot.image.tar import members
from bot.image.window import CAPACITY, Bytes, Readable, Window
from bot.model.image import Entry, EntryKind

SCHEME: Final = "crc64"

_HEADERS_LINE: Final = b'{"type":2,"payload":"'
_CHECKSUM: Final = b',"payload":"'
_CHECKSUM_DIGITS: Final = 12
_QUOTE: Final = b'"'
_LONGEST_LINE: Final = 8_000_000

# name, mode with uid and gid, size, type: so much of a plain header is decoded, and the link where there is one
_UNPACK: Final = Struct("100s24s12s20xc").unpack_from
_FIELDS: Final = (0, 157)
_LINK: Final = (157, 257)
_PREFIX: Final = 345
_FILE: Final = EntryKind.FILE
_FILE_FLAG: Final = b"0"
_DIRECTORY: Final = EntryKind.DIRECTORY
_WITHOUT_PAYLOAD: Final = {flag: kind for flag, kind in KINDS.items() if kind is not _FILE}


class _Place(NamedTuple):
    """For one length of padding: where in its line a plain header lies, and how the line goes on behind its fields."""

    fields: slice
    offset: int
    rest: slice
    no_rest: bytes


def _place(padding: int) -> _Place:
    """From the prefix on, a plain header is zero to its end: ``A``, base64's own padding, and a quote."""
    first, last = padding + _PREFIX, padding + BLOCK
    # Where the prefix begins in the last third of a group, that group's first digit belongs to the field before.
    start = first // 3 * 4 + (first % 3 == 2)
    digits = b2a_base64(bytes(last), newline=False)[start:]
    return _Place(
        fields=_digits(padding, _FIELDS),
        offset=padding % 3,
        rest=slice(len(_HEADERS_LINE) + start, len(_HEADERS_LINE) + start + len(digits) + 1),
        no_rest=digits + _QUOTE,
    )


def _digits(padding: int, edges: tuple[int, int]) -> slice:
    """Base64 turns 3 bytes into 4 digits, so byte ``n`` begins in group ``n // 3``; zero bytes are all ``A``."""
    first, last = (padding + edge for edge in edges)
    return slice(len(_HEADERS_LINE) + first // 3 * 4, len(_HEADERS_LINE) - -last // 3 * 4)


_PLACES: Final = tuple(_place(padding) for padding in range(BLOCK))


def scan_tar_split(source: Readable, allowance: Allowance) -> ScannedLayer:
    """Read an inflated tar-split file; contents are identified by CRC-64/GO-ISO.

    Raises ``ImageError`` for anything else, ``LimitError`` where it claims too much.
    """
    scan = _Scan(allowance)
    try:
        for lines in _pairs(source):
            scan.read(lines)
    except (Base64Error, ValueError, StructError) as error:
        raise ImageError("The engine's record of a layer is broken", why="it is no tar-split file") from error
    return scan.layer()


def _pairs(source: Readable) -> Iterator[Sequence[bytes]]:
    """Cut a stream into its lines, an even number at a time; what follows the last pair is the end of the tar."""
    buffer = memoryview(bytearray(CAPACITY))
    rest = b""
    while count := source.readinto(buffer):
        lines = (rest + buffer[:count]).split(b"\n")
        keep = 2 - len(lines) % 2
        rest = b"\n".join(lines[-keep:])
        if len(rest) > _LONGEST_LINE:
            raise LimitError("The engine's record of a layer is refused", why="it has a line of more than 8 MB")
        yield lines[:-keep]


class _Scan:
    """Where we are in one file: what has been read, and the padding that follows the last payload."""

    def __init__(self, allowance: Allowance) -> None:
        self._allowance = allowance
        self._padding = 0
        self._owners: dict[bytes, tuple[int, tuple[int, int]]] = {}
        self._kept = Kept(allowance)

    def read(self, lines: Sequence[bytes]) -> None:
        """Read pairs of lines: the headers of one member, and what stands for its payload.

        Plain files, which are nearly all there is, are read here by offsets: this is what comparing images waits for.
        """
        entries: list[Entry] = []
        append, owners, new, padding = entries.append, self._owners, tuple.__new__, self._padding
        for headers_line, payload_line in zip(lines[::2], lines[1::2], strict=True):
            fields, offset, rest, no_rest = _PLACES[padding]
            entry: Entry | None = None
            if headers_line[rest] == no_rest:
                name, ids, digits, flag = _UNPACK(a2b_base64(headers_line[fields]), offset)
                path = name.rstrip(b"\0/")
                if not (b"/." in path or b"//" in path or 0 in path or path[:1] in b"./"):
                    mode, owner = owners.get(ids) or self._owner(ids)
                    if flag == _FILE_FLAG and digits[:11].isdigit():
                        size = int(digits[:11], 8)
                        content = _checksum(payload_line) if size else None
                        entry = new(Entry, (path, _FILE, size, mode, owner, b"", content))
                    elif kind := _WITHOUT_PAYLOAD.get(flag):
                        link = b"" if kind is _DIRECTORY else _link(headers_line, padding, kind)
                        entry = new(Entry, (path, kind, 0, mode, owner, link, None))
            if entry is None and (entry := self._unusual(headers_line, payload_line, padding)) is None:
                break
            padding = -entry[2] % BLOCK
            append(entry)
        self._padding = padding
        self._kept.add(entries)

    def _owner(self, ids: bytes) -> tuple[int, tuple[int, int]]:
        found = self._owners[ids] = owner_of(ids)
        return found

    def _unusual(self, headers_line: bytes, payload_line: bytes, padding: int) -> Entry | None:
        """Read headers of any kind; ``None`` at the end of the tar, which older engines cut into several lines."""
        if not headers_line.startswith(_HEADERS_LINE):
            raise ValueError
        data = a2b_base64(headers_line[len(_HEADERS_LINE) : headers_line.rindex(_QUOTE + b",")])[padding:]
        for member in members(Window(Bytes(data), capacity=len(data) + 1), self._allowance.limits):
            return entry_of(member, _checksum(payload_line) if member.size else None)
        return None

    def layer(self) -> ScannedLayer:
        """Give what has been read."""
        return self._kept.layer()


def _checksum(payload_line: bytes) -> int:
    start = payload_line.rindex(_CHECKSUM) + len(_CHECKSUM)
    return int.from_bytes(a2b_base64(payload_line[start : start + _CHECKSUM_DIGITS]))


def _link(headers_line: bytes, padding: int, kind: EntryKind) -> bytes:
    """Read the link target of a plain header."""
    start = (padding + _LINK[0]) % 3
    field = a2b_base64(headers_line[_digits(padding, _LINK)])[start : start + _LINK[1] - _LINK[0]]
    return clean(text(field)) if kind is EntryKind.HARD_LINK else text(field)
