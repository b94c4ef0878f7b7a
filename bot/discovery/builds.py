"""One build of an image: as some file of the repository asks for it, and then as this tree has it."""

from dataclasses import dataclass
from enum import IntEnum

from bot.discovery.nouns import DefinitionEvidence, Pairs, Unbuildable
from bot.discovery.unknowns import is_known


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

    ``weaker`` builds count only where there are no others, such as those of a workflow that nobody here calls.
    """

    def __init__(self) -> None:
        self.builds: list[Build] = []
        self.weaker: list[Build] = []
        self.pushed: set[str] = set()
        self.notes: list[str] = []
