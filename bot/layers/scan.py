"""A layer's uncompressed tar to its entries, contents and all, as it streams by."""

from struct import Struct
from typing import Final

import xxhash

from bot.layers.columns import NO_ROW, WITHOUT_PAYLOAD, Columns, Row, link_target
from bot.layers.headers import BLOCK, verify
from bot.layers.layer import KINDS, Allowance, Kept, ScannedLayer, entry_of
from bot.layers.tar import HeaderReader, next_member
from bot.layers.window import Window

_BATCH: Final = 1024
# name, mode with uid and gid, type
_ROWS: Final = Struct("100s24s32xc355x").iter_unpack
_NO_BLOCK: Final = Struct("100s24s32xc355x").pack(NO_ROW[0], NO_ROW[1], NO_ROW[-1])

_SIZE: Final = slice(124, 135)
_SIZE_END: Final = 135
_ENDS: Final = b"\0 "
_CHECKSUM: Final = slice(148, 156)
_FLAG: Final = slice(156, 157)
_FILE_FLAG: Final = b"0"
_LINK: Final = slice(157, 257)
_PREFIX_START: Final = 345


def scan_layer(window: Window, allowance: Allowance) -> ScannedLayer:
    """Read a layer's uncompressed tar to its end; contents are identified by 64-bit xxh3.

    Raises ``ImageError`` where the tar is broken or cut short, ``LimitError`` where it claims too much.
    """
    scan = _Scan(window, allowance)
    scan.read_plain()
    while scan.read_any():
        scan.read_plain()
    return scan.layer()


class _Scan:
    """What has been read of one layer."""

    def __init__(self, window: Window, allowance: Allowance) -> None:
        self._window = window
        self._reader = HeaderReader(allowance.limits)
        self._allowance = allowance
        self._kept = Kept(allowance)
        self._columns = Columns()
        self._blocks: list[bytes] = []
        self._contents: list[int | None] = []

    def read_plain(self) -> None:
        """Read plain headers, nearly all there are, and their payloads, until something else comes."""
        window, columns, blocks, contents = self._window, self._columns, self._blocks, self._contents
        # Local names, since this loop sees every file: each attribute of self would be looked up once a header.
        buffer, fingerprint = window.buffer, xxhash.xxh3_64_intdigest
        while window.fill(BLOCK):
            position, end = window.position, window.end
            while end - position >= BLOCK:
                block = bytes(buffer[position : position + BLOCK])
                size = _plain_size(block)
                if size is None:
                    window.position = position
                    return
                if block[_LINK.start]:
                    columns.links[len(blocks)] = link_target(block[_LINK], KINDS[block[_FLAG]])
                blocks.append(block)
                columns.sizes.append(size)
                position += BLOCK
                payload_end = position + size
                following = payload_end + -size % BLOCK
                # An empty file has no content to identify; it is equal to every other one by its size.
                if not size:
                    contents.append(None)
                elif following <= end:
                    contents.append(fingerprint(buffer[position:payload_end]))
                    position = following
                else:
                    # The payload reaches beyond what is in view: the window has to move, and with it our position and
                    # end.
                    window.position = position
                    contents.append(self._fingerprint(size))
                    position, end = window.position, window.end
            window.position = position
            if len(blocks) >= _BATCH:
                self._keep()

    def _fingerprint(self, size: int) -> int:
        """Identify a payload, all of it in view or not, and move on to the next header."""
        if size > self._allowance.left:
            self._allowance.spend(size)
        content = self._window.fingerprint(size)
        self._window.skip_padding(size)
        return content

    def read_any(self) -> bool:
        """Read a member of any kind; False at the end."""
        member = next_member(self._window, self._reader)
        if member is None:
            return False
        entry = entry_of(member, self._fingerprint(member.size) if member.size else None)
        # The row holds the place of the member, so that order, which decides what replaces what, stays the tar's.
        self._columns.unusual[len(self._blocks)] = entry
        self._columns.sizes.append(0)
        self._blocks.append(_NO_BLOCK)
        self._contents.append(None)
        if len(self._blocks) >= _BATCH:
            self._keep()
        return True

    def _keep(self) -> None:
        rows = list[Row](_ROWS(b"".join(self._blocks)))
        self._kept.add(self._columns.entries(rows, self._contents))
        self._kept.pass_over(self._window.tell())
        self._blocks.clear()
        self._contents.clear()

    def layer(self) -> ScannedLayer:
        """Return what has been read."""
        self._keep()
        return self._kept.layer()


def _plain_size(block: bytes) -> int | None:
    """Return the size of the payload behind a plain header, ``None`` for any other block.

    Raises ``ImageError`` where its checksum is wrong.
    """
    # Cheapest test first. What fails any of them is not refused here, it only goes through the reader for all headers.
    digits, flag = block[_SIZE], block[_FLAG]
    if not block[0] or block[_PREFIX_START] or block[_SIZE_END] not in _ENDS or not digits.isdigit():
        return None
    if flag != _FILE_FLAG and flag not in WITHOUT_PAYLOAD:
        return None
    try:
        size = int(digits, 8)
    except ValueError:
        return None
    verify(block, block[_CHECKSUM])
    return size if flag == _FILE_FLAG else 0
