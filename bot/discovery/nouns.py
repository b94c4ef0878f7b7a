"""Nouns of discovery: what a repository says about its images and where it says so, and a build of one."""

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from bot.discovery.unknowns import is_known
from bot.model.config import Definitions
from bot.model.image import Platform
from bot.ports import BakePrint, no_bake

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
    reader: str = ""
    """Where the place names a bake file: who read that."""

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
    variant_of: str = ""
    """The variant of the same Dockerfile and target that is measured in its place."""
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


@dataclass(frozen=True, slots=True)
class DiscoveryOptions:
    """What the configuration says about discovery, and what is known about the repository.

    ``discover`` are patterns that find Dockerfiles besides those that CI ships, and instead of those by usual names;
    what ``exclude`` matches is never measured.
    """

    repository: str = ""
    """``owner/name`` where it is known."""
    name: str = ""
    """The repository's name, as a last resort for naming its image."""
    discover: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    definitions: Definitions = field(default_factory=Definitions)
    platform: Platform = field(default=Platform("linux", "amd64"))
    most_images: int = 30
    bake: BakePrint = no_bake


class Push(IntEnum):
    """How surely what is built is shipped."""

    ONLY_BUILT = 0
    NAMED_FOR_A_REGISTRY = 1
    PUSHED = 2


@dataclass(frozen=True, slots=True)
class Build:
    """A build as asked for: text may have holes (``unknowns``); paths are as written, relative to ``folder``.

    ``resolve`` makes of it a build of the tree: paths from the root, of what is there, and a target that is known.
    ``hints`` are names by which its author calls it, the best first; ``variant`` the matrix values of its row.
    """

    source: DefinitionEvidence
    dockerfile: str = ""
    context: str = "."
    folder: str = "."
    target: str = ""
    args: Pairs = ()
    platforms: tuple[str, ...] = ()
    contexts: Pairs = ()
    tags: tuple[str, ...] = ()
    push: Push = Push.ONLY_BUILT
    hints: tuple[str, ...] = ()
    variant: Pairs = ()
    doubts: tuple[str, ...] = ()
    inline: bool = False
    """The Dockerfile is no file: it is written where the build is, or comes from standard input."""
    file_beside_context: bool = False
    """The Dockerfile's path is relative to the context, as bake and compose have it, not to the folder."""
    linked: bool = False
    """Bake builds it only for another target: it is a base, and nothing that ships."""
    checkouts: tuple[tuple[str, bool], ...] = ()
    """(folder, whether it is this repository) of the checkouts that came before."""
    unbuildable: Unbuildable | None = None
    unsure_target: bool = False
    """Only a run knows the target, and the final stage stands for it."""
    also: tuple[DefinitionEvidence, ...] = ()
    """Other places that build the very same image."""

    @property
    def known_args(self) -> Pairs:
        """The arguments that can be passed, each name once."""
        return tuple(dict(pair for pair in self.args if is_known(pair[1])).items())

    @property
    def unknown_args(self) -> Pairs:
        """The arguments whose value only a run knows."""
        return tuple(pair for pair in dict(self.args).items() if not is_known(pair[1]))


class Collected:
    """Builds of one unit (a job's row, a make target, a script), and what it pushes.

    ``weaker`` builds count only if there are no others, such as those of a workflow that nobody here calls.
    """

    def __init__(self) -> None:
        self.builds: list[Build] = []
        self.weaker: list[Build] = []
        self.pushed: set[str] = set()
        self.notes: list[str] = []
