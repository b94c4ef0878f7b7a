"""Tar archives as a stream of members; nothing is ever extracted, and every length is bounded before it is believed."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from bot.errors import LimitError
from bot.layers import headers
from bot.layers.headers import BLOCK, UNPACK, PaxHeader
from bot.layers.window import TruncatedError, Window
from bot.model.limits import Limits, raised

FILE: Final = b"0"
HARD_LINK: Final = b"1"
SYMLINK: Final = b"2"
CHARACTER_DEVICE: Final = b"3"
BLOCK_DEVICE: Final = b"4"
DIRECTORY: Final = b"5"
FIFO: Final = b"6"

_ZERO: Final = bytes(BLOCK)
_OLD_FILE: Final = b"\x00"
_GNU_SPARSE: Final = b"S"
# Solaris' X is a file to Go, whatever it holds.
_PAX: Final = b"x"
_LONG_NAME: Final = b"L"
_LONG_LINK: Final = b"K"
_GLOBAL: Final = b"g"
_META: Final = _PAX + _GLOBAL + _LONG_NAME + _LONG_LINK
_FLAG: Final = slice(156, 157)
# Go's archive/tar reads no payload for these, whatever size they claim.
_WITHOUT_PAYLOAD: Final = b"123456"
_KNOWN_OWNERS: Final = 4096
# A member has a PAX header, a long name and a long link target at most; whoever repeats them only makes us read.
_META_HEADERS: Final = 3


class Member(NamedTuple):
    """One entry as its headers say: names are raw bytes, ``type`` is the ustar type flag, ``size`` what is stored."""

    name: bytes
    type: bytes
    size: int
    mode: int
    owner: tuple[int, int]
    link: bytes


def members(window: Window, limits: Limits) -> Iterator[Member]:
    """Yield the members of an archive; the caller may read up to ``size`` bytes of each from the window.

    Raises ``ImageError`` where the archive is broken or cut short, ``LimitError`` for a header above its cap.
    """
    reader = HeaderReader(limits)
    while member := next_member(window, reader):
        end = window.start + window.position + member[2]
        yield member
        window.skip(end - window.start - window.position)
        window.skip_padding(member[2])


def next_member(window: Window, reader: "HeaderReader") -> Member | None:
    """Read the headers of one member, behind which the window is then; ``None`` at the end. See ``members``."""
    while window.fill(BLOCK):
        start = window.position
        window.position = start + BLOCK
        block = bytes(window.buffer[start : window.position])
        # POSIX ends an archive with two such blocks, some writers with one; behind the first nobody reads a member.
        if not block[0] and block == _ZERO:
            return None
        member = reader.read(block, window)
        if member is not None:
            return member
    if window.position < window.end:
        raise TruncatedError
    return None


def global_padding(data: bytes) -> int | None:
    """Tell how many bytes follow those of a global header, if that is what bytes begin with; else ``None``.

    It speaks of all members to come, so Go gives it on its own; what it says is of no interest here.
    """
    if data[_FLAG] != _GLOBAL:
        return None
    _, _, digits, checksum, *_ = UNPACK(data)
    headers.verify(data[:BLOCK], checksum)
    size = headers.number(digits)
    # A record holds a global header whole: what is missing was cut off, it does not come later.
    if len(data) < BLOCK + size:
        raise TruncatedError
    return BLOCK + size + -size % BLOCK - len(data)


class HeaderReader:
    """Turns header blocks into members; keeps what a PAX header or a long name says about the member to come.

    As in Go's ``Reader.next``, a PAX header replaces the one before it whole, and a long name or link target that of
    its kind; of a PAX header's path and a long name the latter counts; a global header ends them all.
    """

    __slots__ = ("_limits", "_long_link", "_long_name", "_meta_bytes", "_owners", "_pax")

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._owners: dict[bytes, tuple[int, tuple[int, int]]] = {}
        self._forget()

    def _forget(self) -> None:
        self._pax: PaxHeader | None = None
        self._long_name = self._long_link = b""
        self._meta_bytes = 0

    def read(self, block: bytes, window: Window) -> Member | None:
        """Read one header, and from the window what belongs to it; ``None`` where it only speaks of the next one."""
        name, ids, digits, checksum, kind, link, magic, prefix = UNPACK(block)
        headers.verify(block, checksum)
        size = headers.number(digits)
        if kind in _META:
            self._note(kind, self._blob(window, size))
            return None
        name = headers.text(name)
        if prefix[0] and (folder := headers.prefix(block, magic, prefix)):
            name = folder + b"/" + name
        mode, owner = self._owners.get(ids) or self._owner(ids)
        link = headers.text(link) if link[0] else b""
        member = Member(name, kind, 0 if kind in _WITHOUT_PAYLOAD else size, mode, owner, link)
        if kind == _GNU_SPARSE:
            self._skip_sparse_map(block, window)
        return self._completed(member) if self._meta_bytes or not FILE <= kind <= FIFO else member

    def _owner(self, ids: bytes) -> tuple[int, tuple[int, int]]:
        # Few owners recur, so parsing is remembered; a tar with a new one for every member must not fill the memory.
        if len(self._owners) >= _KNOWN_OWNERS:
            self._owners.clear()
        found = self._owners[ids] = headers.owner(ids)
        return found

    def _blob(self, window: Window, size: int) -> bytes:
        most = self._limits.header_bytes
        # Counted before the bytes are taken: a size is a claim, and nothing is read that would be refused afterwards.
        self._meta_bytes += BLOCK + size
        if size > most or self._meta_bytes > _META_HEADERS * (BLOCK + most):
            raise LimitError(
                "The archive is refused",
                why=f"one of its headers claims {size} bytes, the limit is {most}"
                if size > most
                else f"one of its members has {self._meta_bytes} bytes of headers, the limit for each is {most}",
                fix=f"no tool writes such headers; {raised('header_bytes')}",
            )
        blob = window.take(size)
        window.skip(-size % BLOCK)
        return blob

    def _note(self, kind: bytes, blob: bytes) -> None:
        if kind == _PAX:
            self._pax = headers.pax_header(blob)
        elif kind == _LONG_NAME:
            self._long_name = headers.text(blob)
        elif kind == _LONG_LINK:
            self._long_link = headers.text(blob)
        else:
            self._forget()

    def _skip_sparse_map(self, block: bytes, window: Window) -> None:
        """Pass the extension blocks of an old GNU sparse header; each says at byte 504 whether another follows."""
        extended = block[482]
        while extended:
            extended = window.take(BLOCK)[504]

    def _completed(self, member: Member) -> Member:
        """Put together what the headers of a member say, in the order of Go's reader."""
        pax = self._pax or headers.NO_PAX
        name = self._long_name or pax.text(b"path") or member.name
        link = self._long_link or pax.text(b"linkpath") or member.link
        self._forget()
        kind, size = member.type, member.size
        # A PAX size replaces the header's also where it is smaller: readers that disagree here see different members.
        if kind not in _WITHOUT_PAYLOAD:
            size = pax.number(b"size", size)
        # Before ustar there was no type for directories; the slash was all that told them.
        if kind == _OLD_FILE and name.endswith(b"/"):
            kind, size = DIRECTORY, 0
        if kind != _GNU_SPARSE and pax.is_sparse():
            if kind in _WITHOUT_PAYLOAD:
                raise headers.BrokenHeaderError("a member without content is called sparse")
            name = pax.text(b"GNU.sparse.name") or name
        # POSIX: a type that nobody knows is a regular file. Vendors' extensions would be lost otherwise, and their
        # bytes.
        if not FILE <= kind <= FIFO:
            kind = FILE
        user, group = member.owner
        return Member(name, kind, size, member.mode, (pax.number(b"uid", user), pax.number(b"gid", group)), link)
