"""An image as its bytes say: layers of entries, configuration, and the merged filesystem they make."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import NamedTuple


class Platform(NamedTuple):
    """An OCI platform; ``str`` gives ``os/architecture[/variant]``."""

    os: str
    architecture: str
    variant: str = ""

    def __str__(self) -> str:
        return "/".join(part for part in self if part)


class Transport(StrEnum):
    """Where an image comes from, in the words of containers-transports(5)."""

    DOCKER_DAEMON = "docker-daemon"
    DOCKER_ARCHIVE = "docker-archive"
    OCI = "oci"
    OCI_ARCHIVE = "oci-archive"
    DOCKER = "docker"


class ImageReference(NamedTuple):
    """A transport and what it is to fetch: a name, an ID, a path, or ``path:tag``."""

    transport: Transport
    name: str

    def __str__(self) -> str:
        separator = "://" if self.transport is Transport.DOCKER else ":"
        return f"{self.transport}{separator}{self.name}"


class EntryKind(IntEnum):
    """What a tar entry makes of its path in the merged filesystem."""

    FILE = 0
    HARD_LINK = 1
    SYMLINK = 2
    DIRECTORY = 3
    DEVICE = 4
    FIFO = 5
    WHITEOUT = 6
    """``path`` is deleted from the layers below."""
    OPAQUE = 7
    """Everything below the directory ``path`` is deleted from the layers below."""


class Entry(NamedTuple):
    """One tar entry of one layer.

    ``path`` is relative to the root, without leading or trailing slash, ``b""`` for the root itself; for
    a whiteout it names what is deleted. ``stored_bytes`` is the payload in the archive: hard links have 0, sparse
    files what is stored. ``content`` identifies the payload (see ``Image.content_scheme``), ``None`` where
    unknown or empty. ``link`` is the target of a symlink as written, or of a hard link as a path.
    """

    path: bytes
    kind: EntryKind
    stored_bytes: int
    mode: int
    owner: tuple[int, int]
    link: bytes
    content: int | None


@dataclass(frozen=True, slots=True)
class DownloadSize:
    """Bytes of compressed layers as a registry serves them; not ``exact`` means estimated (≈)."""

    bytes: int
    exact: bool


@dataclass(frozen=True, slots=True)
class Layer:
    """One root filesystem diff, identified by the SHA-256 of its uncompressed tar (``sha256:…``)."""

    diff_id: str
    unpacked_bytes: int
    download: DownloadSize | None
    compression: str = ""
    """``gzip``, ``zstd``, ``none``, or empty where the source does not say."""
    entries: Sequence[Entry] = field(default=(), repr=False)
    complete: bool = True
    """False where a limit cut the entries short: sums by layer hold, attribution inside it does not."""


@dataclass(frozen=True, slots=True)
class HistoryStep:
    """One entry of an image's history; a step without a layer is ``empty``."""

    created_by: str
    comment: str
    empty: bool


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """A HEALTHCHECK: the test as configured, ``("CMD", …)`` or ``("CMD-SHELL", command)``; times of 0 are defaults."""

    test: tuple[str, ...]
    interval_seconds: float = 0.0
    timeout_seconds: float = 0.0
    start_period_seconds: float = 0.0
    retries: int = 0


@dataclass(frozen=True, slots=True)
class ImageConfig:
    """The run-time configuration of an image (OCI image-spec config.md)."""

    entrypoint: tuple[str, ...] | None = None
    cmd: tuple[str, ...] | None = None
    env: tuple[str, ...] = ()
    working_dir: str = ""
    user: str = ""
    volumes: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    shell: tuple[str, ...] = ()
    health_check: HealthCheck | None = None
    exposed_ports: tuple[str, ...] = ()
    """As configured, such as ``8080/tcp``."""
    stop_signal: str = ""


@dataclass(frozen=True, slots=True)
class Image:
    """One image for one platform, whatever it was read from. ``layers`` go from the lowest up."""

    reference: ImageReference
    platform: Platform
    digest: str
    """Manifest digest where the source has one, else the image ID (config digest)."""
    config: ImageConfig
    history: tuple[HistoryStep, ...]
    layers: tuple[Layer, ...]
    content_scheme: str = ""
    """How ``Entry.content`` was computed, such as ``crc64`` or ``xxh3``; values compare only within one scheme."""
    notes: tuple[str, ...] = ()

    @property
    def unpacked_bytes(self) -> int:
        """Sum over the layers of the file sizes in their tar entries."""
        return sum(layer.unpacked_bytes for layer in self.layers)

    @property
    def download(self) -> DownloadSize | None:
        """Sum of the layers' download sizes; ``None`` where any is unknown, exact where all are."""
        sizes = [layer.download for layer in self.layers]
        known = [size for size in sizes if size is not None]
        if len(known) != len(sizes):
            return None
        return DownloadSize(sum(size.bytes for size in known), all(size.exact for size in known))

    @property
    def diff_ids(self) -> tuple[str, ...]:
        """The layers' identities, lowest first."""
        return tuple(layer.diff_id for layer in self.layers)


class Located(NamedTuple):
    """An entry and the index of the layer it lies in."""

    layer: int
    entry: Entry


class Dead(NamedTuple):
    """Bytes that are shipped but not in the merged filesystem, and the layer that shadows or deletes them."""

    layer: int
    entry: Entry
    killed_by: int
    deleted: bool
    """True for a whiteout or an opaque directory, False where a later layer replaces the path."""


@dataclass(frozen=True, slots=True)
class Tree:
    """The merged filesystem of an image: what lives, what is dead, and where each lies.

    Σ live stored bytes + Σ dead stored bytes = ``Image.unpacked_bytes`` where every layer is complete.
    A hard-linked inode is live while any of its names is, and is counted once, at its first name.
    """

    live: Mapping[bytes, Located] = field(repr=False)
    dead: Sequence[Dead] = field(repr=False)
    live_bytes: int
    dead_bytes: int


@dataclass(frozen=True, slots=True)
class Package:
    """An installed package and the bytes of the live files that it owns.

    ``ecosystem`` is the word of its reader in ``bot.contents.ecosystems``; ``paths`` are live paths of the tree; a path
    belongs to one package of the whole image.
    """

    ecosystem: str
    name: str
    version: str
    unpacked_bytes: int
    paths: tuple[bytes, ...] = field(repr=False)
    dev: bool = False
    """True where the ecosystem marks it as needed for development only (npm, composer)."""
    section: str = ""
    """Debian's section, such as ``devel``; empty elsewhere."""
    distribution: bool = False
    """True where the distribution's package manager installed it: nobody repairs such a package file by file."""
