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
from bot.layers.columns import NO_ROW, WITHOUT_PAYLOAD, Columns, Row, link_target
from bot.layers.headers import BLOCK
from bot.layers.layer import Allowance, Kept, ScannedLayer, entry_of
from bot.layers.tar import HeaderReader, global_padding, next_member
from bot.layers.window import Bytes, Readable, Window
from bot.model.image import Entry, EntryKind

SCHEME: Final = "crc64"

_HEADERS_LINE: Final = b'{"type":2,"payload":"'
_PAYLOAD_LINE: Final = b'{"type":1,'
_CHECKSUM: Final = b',"payload":"'
_CHECKSUM_DIGITS: Final = 11
_CHECKSUMS: Final = Struct(">Qx").iter_unpack
_QUOTE: Final = b'"'
_LONGEST_LINE: Final = 8_000_000
# So small that a batch of lines stays in a core's own cache.
_CHUNK: Final = 1 << 17

# name, mode with uid and gid, size and what ends it, type: so much of a plain header is decoded, and a link's target
_UNPACK: Final = Struct("100s24s11sc20xc").unpack_from
_FIELDS: Final = (0, 157)
_LINK: Final = (157, 257)
_PREFIX: Final = 345
_FILE_FLAG: Final = b"0"
_ENDS: Final = (b"\0", b" ")
_DIRECTORY: Final = EntryKind.DIRECTORY


class _Place(NamedTuple):
    """For one length of padding: where in its line a plain header lies, and how the line goes on behind its fields."""

    fields: slice
    offset: int
    rest: int
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
        rest=len(_HEADERS_LINE) + start,
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
    buffer = memoryview(bytearray(_CHUNK))
    rest = b""
    while count := source.readinto(buffer):
        # The last piece may be half a line, and a pair may lie across two chunks: both wait for the next one.
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
        self._ended = False
        self._columns = Columns()
        self._kept = Kept(allowance)

    def read(self, lines: Sequence[bytes]) -> None:
        """Read pairs of lines: the headers of one member, and what stands for its payload."""
        if self._ended:
            _insist_on_the_end(lines)
            return
        payload_lines = lines[1::2]
        rows = self._cut(lines[::2], payload_lines)
        self._kept.add(self._columns.entries(rows, _checksums(payload_lines, self._columns.sizes)))

    def _cut(self, header_lines: Sequence[bytes], payload_lines: Sequence[bytes]) -> Sequence[Row]:
        """Cut headers into fields; the size of each payload tells where the next header begins in its line."""
        rows, columns, padding = list[Row](), self._columns, self._padding
        sizes = columns.sizes
        # Base64 works in groups of three bytes and the padding of the payload before comes first, so where a field
        # begins in the line depends on that padding alone. All 512 cases are worked out when this module is loaded.
        for line in header_lines:
            fields, offset, start, no_rest = _PLACES[padding]
            # From the prefix to the end there is nothing but zeros, which in base64 are a constant: one comparison says
            # that the header is plain, and only the fields before are decoded.
            if line.startswith(no_rest, start):
                row = _UNPACK(a2b_base64(line[fields]), offset)
                _, _, digits, end, flag = row
                if flag == _FILE_FLAG and digits.isdigit() and end in _ENDS:
                    size = int(digits, 8)
                    padding = -size % BLOCK
                    rows.append(row)
                    sizes.append(size)
                    continue
                if kind := WITHOUT_PAYLOAD.get(flag):
                    if kind is not _DIRECTORY:
                        columns.links[len(rows)] = _link(line, padding, kind)
                    padding = 0
                    rows.append(row)
                    sizes.append(0)
                    continue
            found = self._unusual(line, payload_lines[len(rows)], padding)
            if found is None:
                self._ended = True
                _insist_on_the_end(payload_lines[len(rows) :])
                break
            columns.unusual[len(rows)], padding = found
            rows.append(NO_ROW)
            sizes.append(0)
        self._padding = padding
        return rows

    def _unusual(self, headers_line: bytes, payload_line: bytes, padding: int) -> tuple[Entry | None, int] | None:
        """Read headers of any kind; give their entry and the padding of its payload, ``None`` at the end of the tar.

        A global header has a line of its own, with its content but not the padding, and makes no entry.
        """
        if not headers_line.startswith(_HEADERS_LINE):
            raise ValueError
        data = a2b_base64(headers_line[len(_HEADERS_LINE) : headers_line.rindex(_QUOTE + b",")])[padding:]
        if (left := global_padding(data)) is not None:
            return None, left
        member = next_member(Window(Bytes(data), capacity=len(data) + 1), HeaderReader(self._allowance.limits))
        if member is None:
            return None
        return entry_of(member, *_checksums([payload_line], [member.size])), -member.size % BLOCK

    def layer(self) -> ScannedLayer:
        """Return what has been read."""
        return self._kept.layer()


def _insist_on_the_end(lines: Sequence[bytes]) -> None:
    """Insist that no payload follows the end of the tar, which older engines cut into several lines."""
    if any(line.startswith(_PAYLOAD_LINE) for line in lines):
        raise ValueError


def _checksums(payload_lines: Sequence[bytes], sizes: Sequence[int]) -> list[int | None]:
    """Return the checksum of each payload, ``None`` for an empty one.

    Each is 8 bytes in 11 digits and base64's own padding; with one more digit, all are decoded at once, 9 bytes each.
    """
    digits = [
        line[(start := line.rindex(_CHECKSUM) + len(_CHECKSUM)) : start + _CHECKSUM_DIGITS]
        for line, size in zip(payload_lines, sizes, strict=False)
        if size
    ]
    # One call for all checksums of a batch instead of one for each.
    decoded = a2b_base64(b"A".join((*digits, b"")), strict_mode=True)
    checksums = _CHECKSUMS(decoded)
    return [next(checksums)[0] if size else None for size in sizes]


def _link(headers_line: bytes, padding: int, kind: EntryKind) -> bytes:
    """Read the link target of a plain header."""
    start = (padding + _LINK[0]) % 3
    return link_target(a2b_base64(headers_line[_digits(padding, _LINK)])[start : start + _LINK[1] - _LINK[0]], kind)
