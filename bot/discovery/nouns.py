"""Nouns of discovery: what a repository says about its images, and where it says so."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.model.image import Platform

Pairs = tuple[tuple[str, str], ...]


class EvidenceKind(StrEnum):
    """Who says that an image is built, from the most trusted to the least."""

    WORKFLOW = "workflow"
    GITLAB = "gitlab-ci"
    BAKE = "bake"
    GORELEASER = "goreleaser"
    MAKE = "make"
    SCRIPT = "script"
    COMPOSE = "compose"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class DefinitionEvidence:
    """The place that defines an image; ``line`` is 1-based, 0 where the whole file is meant."""

    kind: EvidenceKind
    file: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Unbuildable:
    """Why an image cannot be built from the repository's tree alone, and the way out."""

    reason: str
    way_out: str


@dataclass(frozen=True, slots=True)
class DiscoveredImage:
    """One image that the repository's own definitions make; paths are relative to the root, POSIX.

    ``measured`` is False for a variant that is only listed; ``why_not_measured`` then says why.
    """

    name: str
    dockerfile: str
    context: str
    source: DefinitionEvidence
    target: str = ""
    build_args: Pairs = ()
    platforms: tuple[str, ...] = ()
    """As CI ships them; empty where nothing says so: the runner's own."""
    build_contexts: Pairs = ()
    parents: tuple[tuple[str, str], ...] = ()
    """(name of an image of this discovery, the reference by which this image names it): to be built before it."""
    tags: tuple[str, ...] = ()
    unknown_args: Pairs = ()
    """Arguments whose value only CI knows, with the expression."""
    doubts: tuple[str, ...] = ()
    unbuildable: Unbuildable | None = None
    measured: bool = True
    why_not_measured: str = ""
    also: tuple[DefinitionEvidence, ...] = ()
    """Other places that build the very same image."""
    over_cap: bool = False
    """Not measured only because there are more images than are measured."""


@dataclass(frozen=True, slots=True)
class NotShipped:
    """A Dockerfile that is there and that nothing ships: not measured unless the configuration names it."""

    dockerfile: str
    reason: str


@dataclass(frozen=True, slots=True)
class Discovery:
    """What was found: the images, those to be built first coming first, and what was left out and why."""

    images: tuple[DiscoveredImage, ...] = ()
    not_shipped: tuple[NotShipped, ...] = ()
    notes: tuple[str, ...] = ()
    near_misses: tuple[str, ...] = ()
    """Where no image was found: files that look as if they could define one."""


class Variants(StrEnum):
    """Which variants of one Dockerfile and target are measured."""

    ONE = "one"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class BakeRequest:
    """What ``docker buildx bake --print`` is asked: files and targets as the step names them, in a folder of the tree.

    ``variables`` are those that the step sets; the port passes nothing else of its environment.
    """

    files: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    folder: str = "."
    variables: Pairs = ()


BakePrint = Callable[[BakeRequest], Mapping[str, object] | None]
"""The port: the JSON that bake prints, ``None`` where it cannot be had."""


def no_bake(_request: BakeRequest) -> None:
    """Stand in for a machine without buildx."""


@dataclass(frozen=True, slots=True)
class DiscoveryOptions:
    """What the configuration says about discovery, and what is known about the repository.

    ``discover`` are patterns that find Dockerfiles besides those that CI ships, and instead of those by usual names;
    what ``exclude`` matches is never measured. ``bake_files``, ``bake_targets`` and ``compose_files`` name definitions
    that no workflow has to mention.
    """

    repository: str = ""
    """``owner/name`` where it is known."""
    name: str = ""
    """The repository's name, as a last resort for naming its image."""
    discover: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    bake_files: tuple[str, ...] = ()
    bake_targets: tuple[str, ...] = ()
    compose_files: tuple[str, ...] = ()
    platform: Platform = field(default=Platform("linux", "amd64"))
    variants: Variants = Variants.ONE
    most_images: int = 30
    bake: BakePrint = no_bake
