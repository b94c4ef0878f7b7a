"""An uncompressed archive that lies still, as blobs by name; it is indexed without reading what its members hold."""

from hashlib import sha256
from typing import Final, Protocol

from bot.errors import ImageError, LimitError
from bot.formats.documents import BlobInfo
from bot.layers import paths
from bot.layers.digests import PIECE, insist_on_digest
from bot.layers.headers import BLOCK, looks_like_tar
from bot.layers.inflate import compression_of, foreign_compression, inflated
from bot.layers.layer import Allowance, ScannedLayer
from bot.layers.scan import scan_layer
from bot.layers.tar import FILE, HARD_LINK, SYMLINK, Member, members
from bot.layers.window import ByteSection, Progress, Readable, TruncatedError, Window
from bot.model.limits import Limits, raised

_LONGEST_LINK_CHAIN: Final = 8
# Saves have three members for a layer, layouts one, and several images may lie in one archive.
_MEMBERS_FOR_A_LAYER: Final = 100
_LONGEST_USUAL_NAME: Final = 256
# Writers fill up to a record or a tape's block.
_LONGEST_PADDING: Final = 64 << 20


class BlobStore(Protocol):
    """Blobs that lie still, by name."""

    def section(self, name: str) -> ByteSection | None:
        """Open a blob, ``None`` if there is none."""

    def digest(self, name: str) -> str | None:
        """Return the digest of a blob's bytes where it is beyond doubt, though they may not have been read yet."""

    def names(self) -> tuple[str, ...]:
        """Return the names there are, for messages."""


class Archive:
    """A ``BlobStore``: the members of an archive; a name may be a link to another, as in older saves."""

    def __init__(self, section: ByteSection, limits: Limits) -> None:
        """Index the archive; raises ``ImageError`` where it is broken or cut short."""
        self._section = section
        self._count = MemberCount(limits)
        self._places: dict[str, tuple[int, int]] = {}
        self._links: dict[str, str] = {}
        window = Window.jumping(section, capacity=8 * BLOCK)
        for member in members(window, limits):
            if window.tell() + member.size > section.size:
                raise TruncatedError
            self._note(member, window.tell())

    def _note(self, member: Member, offset: int) -> None:
        self._count.add(member)
        if member.type in {SYMLINK, HARD_LINK}:
            self._links[name_of(member)] = link_target(member)
        elif member.type == FILE:
            self._places[name_of(member)] = (offset, member.size)

    def section(self, name: str) -> ByteSection | None:
        """Open a member, see ``BlobStore``."""
        place = self._places.get(followed(name, self._links))
        return self._section.part(*place) if place else None

    def digest(self, name: str) -> str | None:  # noqa: ARG002
        """Vouch for nothing, see ``BlobStore``: names are only claims."""
        return None

    def names(self) -> tuple[str, ...]:
        """Return the members' names, see ``BlobStore``."""
        return tuple(self._places)


class MemberCount:
    """Counts what is remembered of the members of an archive of images, which are few and have short names."""

    def __init__(self, limits: Limits) -> None:
        self._most = limits.layers * _MEMBERS_FOR_A_LAYER
        self._members = 0
        self._name_bytes = 0

    def add(self, member: Member) -> None:
        """Count one; raises ``LimitError`` if there are too many."""
        self._members += 1
        self._name_bytes += len(member.name) + len(member.link)
        if self._members > self._most or self._name_bytes > self._most * _LONGEST_USUAL_NAME:
            raise LimitError(
                "The archive is refused",
                why=f"it has more than {self._most} members, or names of more than {_LONGEST_USUAL_NAME} bytes each",
                fix=f"docker save writes archives of images, docker export does not; {raised('layers')}",
            )


def name_of(member: Member) -> str:
    """Return a member's name as documents write it."""
    return paths.clean(member.name).decode(errors="surrogateescape")


def link_target(member: Member) -> str:
    """Return the name of the member that a link stands for."""
    folder = paths.parent(paths.clean(member.name)) if member.type == SYMLINK else b""
    return paths.clean(folder + b"/" + member.link).decode(errors="surrogateescape")


def followed(name: str, links: dict[str, str]) -> str:
    """Follow links inside an archive, as far as any writer makes chains of them."""
    for _ in range(_LONGEST_LINK_CHAIN):
        if name not in links:
            break
        name = links[name]
    return name


class StoredBlobs:
    """``Blobs`` of a blob store."""

    def __init__(self, store: BlobStore, limits: Limits) -> None:
        self._store = store
        self._limits = limits

    def document(self, name: str) -> bytes | None:
        """Return a document, see ``Blobs``."""
        section = self._store.section(name)
        if section and section.size > self._limits.document_bytes:
            raise LimitError(
                "The image is refused",
                why=f"its document {name!r} has {section.size} bytes, the limit is {self._limits.document_bytes}",
                fix=raised("document_bytes"),
            )
        return Window(section, capacity=max(section.size, 1)).take(section.size) if section else None

    def info(self, name: str) -> BlobInfo | None:
        """Tell what a blob is like, see ``Blobs``."""
        section = self._store.section(name)
        return BlobInfo(section.size, compression_of(magic_of(section))) if section else None

    def names(self) -> tuple[str, ...]:
        """Return some of the names, see ``Blobs``."""
        return self._store.names()


def magic_of(section: ByteSection) -> bytes:
    """Return the first four bytes."""
    size = min(4, section.size)
    return Window(section.part(0, size), capacity=4).take(size)


def insist_on_tar(section: ByteSection, name: str = "") -> None:
    """Name the compression of an archive, or of a layer where no name is given, that is of a kind that is not read."""
    size = min(BLOCK, section.size)
    start = Window(section.part(0, size), capacity=BLOCK).take(size)
    foreign = foreign_compression(start)
    if foreign and not looks_like_tar(start):
        raise ImageError(
            f"{name} is compressed with {foreign}" if name else f"A layer is compressed with {foreign}",
            why="only gzip and zstd are read",
            fix="decompress the file first"
            if name
            else "load it into an engine and measure it there, or build or copy it with gzip or zstd layers",
        )


def open_layer(section: ByteSection, progress: Progress | None = None) -> Window:
    """Open a layer blob as its uncompressed tar."""
    insist_on_tar(section)
    return Window(inflated(section.part(0, section.size), compression_of(magic_of(section))), progress=progress)


def is_plain(section: ByteSection) -> bool:
    """Tell whether a layer blob is an uncompressed tar."""
    return compression_of(magic_of(section)) == "none"


def scan_verified(
    section: ByteSection, diff_id: str, allowance: Allowance, progress: Progress | None = None
) -> ScannedLayer:
    """Scan a layer blob to its last byte; raises ``ImageError`` where its tar is not the one of its diff ID."""
    insist_on_tar(section)
    hashed = Hashed(inflated(section.part(0, section.size), compression_of(magic_of(section))))
    window = Window(hashed, progress=progress)
    layer = scan_layer(window, allowance)
    _read_padding(window)
    insist_on_digest(hashed.digest(), diff_id)
    return layer


def _read_padding(window: Window) -> None:
    left = _LONGEST_PADDING
    while window.fill(1):
        left -= window.end - window.position
        window.position = window.end
        if left < 0:
            raise LimitError(
                "A layer is refused",
                why=f"more than {_LONGEST_PADDING} bytes follow the end of its tar",
                fix="no tool writes such layers; save, build or push the image again",
            )


def digest_of(section: ByteSection) -> str:
    """Return the SHA-256 digest of a blob as it is stored."""
    hashed = Hashed(section.part(0, section.size))
    buffer = memoryview(bytearray(PIECE))
    while hashed.readinto(buffer):
        pass
    return hashed.digest()


class Hashed:
    """A stream that is hashed as it is read."""

    def __init__(self, source: Readable) -> None:
        self._source = source
        self._hash = sha256()

    def readinto(self, buffer: memoryview, /) -> int:
        """Read on, see ``Readable``."""
        count = self._source.readinto(buffer) or 0
        self._hash.update(buffer[:count])
        return count

    def digest(self) -> str:
        """Return the SHA-256 digest of what has been read."""
        return f"sha256:{self._hash.hexdigest()}"
