"""Measurements, differences and their two decompositions: by cause and by content."""

from dataclasses import dataclass, field
from enum import StrEnum

from bot.model.build import Absent, BuildFailure, Departure, Origin, Unbuilt
from bot.model.dockerfile import Dockerfile, IgnoreFile
from bot.model.facts import FileFacts
from bot.model.image import Image, Package, Tree


@dataclass(frozen=True, slots=True)
class Measurement:
    """One image, read: its merged filesystem, packages, and the origin of each layer (same order as the layers)."""

    image: Image
    tree: Tree
    packages: tuple[Package, ...]
    origins: tuple[Origin, ...]
    builder: str = ""
    dockerfile: Dockerfile | None = field(default=None, repr=False)
    """What was built, parsed with this side's build arguments; ``None`` for an image that we did not build."""
    dockerfile_path: str = ""
    """Path of the Dockerfile in the repository; empty for an image that we did not build."""
    ignore: IgnoreFile | None = field(default=None, repr=False)
    """The ignore list of its build context; ``None`` where that is no folder of the repository."""
    target: str = ""
    """The stage that was built; empty for the last one."""
    base_image: str = ""
    """The reference that the built stage's FROM resolves to, variables expanded; empty for scratch or where unknown."""
    base_digest: str = ""
    """The digest of that image (``sha256:…``) as the builder resolved it; empty where it does not say."""
    notes: tuple[str, ...] = ()
    facts: FileFacts | None = None
    """What reading a few files told; ``None`` where none was read."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A side without numbers, and why; never zero. ``failure`` is there if a build failed."""

    why: str
    failure: BuildFailure | None = None


Side = Measurement | Failed | Absent | Unbuilt
"""What a side of an image is: measured, failed with its sentence, absent, or not built because nothing differs."""


def measurement_of(side: Side) -> Measurement | None:
    """Return the measurement of a side, ``None`` if there is none: the one place that asks."""
    return side if isinstance(side, Measurement) else None


@dataclass(frozen=True, slots=True)
class MeasuredPair:
    """One image of the plan with what is known of both sides; either both of them are ``Unbuilt`` or none."""

    name: str
    base: Side
    head: Side
    why: str = ""
    departure: Departure | None = None
    notes: tuple[str, ...] = ()

    @property
    def unchanged(self) -> bool:
        """True if neither side was built, since nothing that its build can see differs."""
        return isinstance(self.head, Unbuilt)

    @property
    def platform(self) -> str:
        """The platform of the head, else of the base; empty if neither was measured."""
        known = measurement_of(self.head) or measurement_of(self.base)
        return str(known.image.platform) if known else ""


class CauseKind(StrEnum):
    """Three causes are kept apart; budgets judge ``INSTRUCTION`` by default."""

    BASE_IMAGE = "base-image"
    INSTRUCTION = "instruction"
    DRIFT = "drift"


@dataclass(frozen=True, slots=True)
class Cause:
    """A layer, or a pair of aligned layers, that makes a part of the delta. ``bytes`` = head − base."""

    kind: CauseKind
    bytes: int
    text: str
    file: str = ""
    lines: tuple[int, int] | None = None
    base_diff_id: str | None = None
    head_diff_id: str | None = None
    base_bytes: int = 0
    head_bytes: int = 0
    side: str = "head"
    """Which commit ``file`` and ``lines`` belong to: ``head``, or ``base`` for an instruction that is gone."""
    exact: bool = True
    copied_from: tuple[Origin, ...] = ()
    largest: tuple[tuple[str, int], ...] = ()
    """What moved most inside it, largest first: (path or package, bytes head − base); foreign text, at most five."""
    was: str = ""
    """The base image that this FROM named and got at the base, and ``now`` at the head: a reference, with the start of
    its digest where the references are equal. Both empty for anything else than a base image that moved."""
    now: str = ""


@dataclass(frozen=True, slots=True)
class DeadWeight:
    """Bytes of the head that one instruction added and a later one replaced or deleted, and that the base had not.

    ``added`` and ``killed`` are lines of ``file`` at the head, ``None`` where they are not known.
    """

    bytes: int
    deleted: bool
    file: str = ""
    added: tuple[int, int] | None = None
    killed: tuple[int, int] | None = None


class ContentKind(StrEnum):
    """What bytes are: owned by a package, below an unowned path, dead, or in layers not read whole."""

    PACKAGE = "package"
    PATH = "path"
    DEAD = "dead"
    UNREAD = "unread"


@dataclass(frozen=True, slots=True)
class Content:
    """One row of the decomposition by content. ``bytes`` = head − base.

    For a package ``name`` and versions are set; for a path ``name`` is the directory or file, and ``files`` counts
    what it rolls up; for dead bytes ``name`` is the path that explains them best.
    """

    kind: ContentKind
    name: str
    base_bytes: int
    head_bytes: int
    ecosystem: str = ""
    base_version: str | None = None
    head_version: str | None = None
    files: int = 0

    @property
    def bytes(self) -> int:
        """The change: head − base."""
        return self.head_bytes - self.base_bytes


@dataclass(frozen=True, slots=True)
class LayerDelta:
    """Two aligned layers of base and head, or one without a counterpart (the other index is ``None``)."""

    base_layer: int | None
    head_layer: int | None
    bytes: int


@dataclass(frozen=True, slots=True)
class Difference:
    """Base against head of one image: total, aligned layers, and why some numbers may not be compared."""

    pair: MeasuredPair
    unpacked_bytes: int | None
    """head − base; ``None`` where one side has no measurement or the two are not comparable."""
    download_bytes: int | None
    download_exact: bool
    layers: int | None
    aligned: tuple[LayerDelta, ...] = ()
    pull_bytes: int | None = None
    """Download bytes of the head's layers that someone who has the base must still fetch."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """A difference and its two decompositions; each sums to ``difference.unpacked_bytes`` exactly.

    For a new image the base counts as nothing: the decompositions then sum to the head's size.
    """

    difference: Difference
    causes: tuple[Cause, ...]
    contents: tuple[Content, ...]
    paths_added: int = 0
    paths_removed: int = 0
    paths_changed: int = 0
    dead: tuple[DeadWeight, ...] = ()
    """What dead bytes the change brought, the most first."""
