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
from itertools import repeat
from struct import Struct
from struct import error as StructError  # noqa: N812 - an exception that is named like a function
from typing import Final, NamedTuple

from bot.errors import ImageError, LimitError
from bot.image.headers import BLOCK, text
from bot.image.headers import owner as owner_of
from bot.image.layer import KINDS, Allowance, Kept, ScannedLayer, entry_of, placed
from bot.image.paths import clean
from bot.image.tar import members
from bot.image.window import Bytes, Readable, Window
from bot.model.image import Entry, EntryKind

SCHEME: Final = "crc64"

_HEADERS_LINE: Final = b'{"type":2,"payload":"'
_CHECKSUM: Final = b',"payload":"'
_CHECKSUM_DIGITS: Final = 11
_CHECKSUMS: Final = Struct(">Qx").iter_unpack
_QUOTE: Final = b'"'
_LONGEST_LINE: Final = 8_000_000
# So small that a batch of lines stays in a core's own cache.
_CHUNK: Final = 1 << 17

# name, mode with uid and gid, size, type: so much of a plain header is decoded, and the link where there is one
_UNPACK: Final = Struct("100s24s11s21xc").unpack_from
_Row = tuple[bytes, bytes, bytes, bytes]
_NO_ROW: Final[_Row] = (b"-", bytes(24), b"", b"5")
_FIELDS: Final = (0, 157)
_LINK: Final = (157, 257)
_PREFIX: Final = 345
_FILE_FLAG: Final = b"0"
_DIRECTORY: Final = EntryKind.DIRECTORY
_ODD: Final = (b"/.", b"//", b"\0")
_WITHOUT_PAYLOAD: Final = {flag: kind for flag, kind in KINDS.items() if kind is not EntryKind.FILE}


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
        lines = (rest + buffer[:count]).split(b"\n")
        keep = 2 - len(lines) % 2
        rest = b"\n".join(lines[-keep:])
        if len(rest) > _LONGEST_LINE:
            raise LimitError("The engine's record of a layer is refused", why="it has a line of more than 8 MB")
        yield lines[:-keep]


class _Batch:
    """What pairs of lines say, in columns: the fields of plain headers, and whatever is not as plain by its index."""

    __slots__ = ("links", "rows", "sizes", "unusual")

    def __init__(self) -> None:
        self.rows: list[_Row] = []
        self.sizes: list[int] = []
        self.links: dict[int, bytes] = {}
        self.unusual: dict[int, Entry] = {}


class _Scan:
    """Where we are in one file: what has been read, and the padding that follows the last payload."""

    def __init__(self, allowance: Allowance) -> None:
        self._allowance = allowance
        self._padding = 0
        self._owners: dict[bytes, tuple[int, tuple[int, int]]] = {}
        self._kept = Kept(allowance)

    def read(self, lines: Sequence[bytes]) -> None:
        """Read pairs of lines: the headers of one member, and what stands for its payload.

        This is what comparing images waits for, so only what depends on the header before is done header by header,
        and all else column by column, at the speed of C.
        """
        header_lines, payload_lines = lines[::2], lines[1::2]
        batch = self._cut(header_lines, payload_lines)
        self._kept.add(self._entries(batch, payload_lines))

    def _cut(self, header_lines: Sequence[bytes], payload_lines: Sequence[bytes]) -> _Batch:
        """Cut headers into fields; the size of each payload tells where the next header begins in its line."""
        batch = _Batch()
        rows, sizes, padding = batch.rows, batch.sizes, self._padding
        for line in header_lines:
            fields, offset, start, no_rest = _PLACES[padding]
            if line.startswith(no_rest, start):
                row = _UNPACK(a2b_base64(line[fields]), offset)
                if row[3] == _FILE_FLAG and row[2].isdigit():
                    size = int(row[2], 8)
                    padding = -size % BLOCK
                    rows.append(row)
                    sizes.append(size)
                    continue
                if kind := _WITHOUT_PAYLOAD.get(row[3]):
                    if kind is not _DIRECTORY:
                        batch.links[len(rows)] = _link(line, padding, kind)
                    padding = 0
                    rows.append(row)
                    sizes.append(0)
                    continue
            entry = self._unusual(line, payload_lines[len(rows)], padding)
            if entry is None:
                break
            batch.unusual[len(rows)] = entry
            padding = -entry.stored_bytes % BLOCK
            rows.append(_NO_ROW)
            sizes.append(0)
        self._padding = padding
        return batch

    def _unusual(self, headers_line: bytes, payload_line: bytes, padding: int) -> Entry | None:
        """Read headers of any kind; ``None`` at the end of the tar, which older engines cut into several lines."""
        if not headers_line.startswith(_HEADERS_LINE):
            raise ValueError
        data = a2b_base64(headers_line[len(_HEADERS_LINE) : headers_line.rindex(_QUOTE + b",")])[padding:]
        for member in members(Window(Bytes(data), capacity=len(data) + 1), self._allowance.limits):
            return entry_of(member, *_checksums([payload_line], [member.size]))
        return None

    def _entries(self, batch: _Batch, payload_lines: Sequence[bytes]) -> list[Entry]:
        """Put the columns of a batch together."""
        if not batch.rows:
            return []
        names, ids, _, flags = zip(*batch.rows, strict=True)
        for unknown in set(ids) - self._owners.keys():
            self._owners[unknown] = owner_of(unknown)
        modes, owners = zip(*map(self._owners.__getitem__, ids), strict=True)
        paths = [name.rstrip(b"\0/") for name in names]
        links = [batch.links.get(index, b"") for index in range(len(paths))] if batch.links else repeat(b"", len(paths))
        contents = _checksums(payload_lines, batch.sizes)
        columns = zip(paths, map(KINDS.__getitem__, flags), batch.sizes, modes, owners, links, contents, strict=True)
        entries = list(map(tuple.__new__, repeat(Entry), columns))
        for index in _odd(paths):
            path, kind = placed(text(names[index]), entries[index].kind)
            entries[index] = entries[index]._replace(path=path, kind=kind)
        for index, entry in batch.unusual.items():
            entries[index] = entry
        return entries

    def layer(self) -> ScannedLayer:
        """Give what has been read."""
        return self._kept.layer()


def _checksums(payload_lines: Sequence[bytes], sizes: Sequence[int]) -> list[int | None]:
    """Give the checksum of each payload, ``None`` for an empty one.

    Each is 8 bytes in 11 digits and base64's own padding; with one more digit, all are decoded at once, 9 bytes each.
    """
    digits = [
        line[(start := line.rindex(_CHECKSUM) + len(_CHECKSUM)) : start + _CHECKSUM_DIGITS]
        for line, size in zip(payload_lines, sizes, strict=False)
        if size
    ]
    decoded = a2b_base64(b"A".join((*digits, b"")), strict_mode=True)
    checksums = _CHECKSUMS(decoded)
    return [next(checksums)[0] if size else None for size in sizes]


def _odd(paths: Sequence[bytes]) -> Sequence[int]:
    """Find the paths that may need to be cleaned, or are whiteouts; mostly one look at all of them finds none."""
    whole = b"/".join((b"", *paths, b""))
    if not any(sign in whole for sign in _ODD):
        return ()
    return [
        index
        for index, path in enumerate(paths)
        if b"/." in path or b"//" in path or b"\0" in path or path[:1] in b"./"
    ]


def _link(headers_line: bytes, padding: int, kind: EntryKind) -> bytes:
    """Read the link target of a plain header."""
    start = (padding + _LINK[0]) % 3
    field = a2b_base64(headers_line[_digits(padding, _LINK)])[start : start + _LINK[1] - _LINK[0]]
    return clean(text(field)) if kind is EntryKind.HARD_LINK else text(field)
