"""One build as some file of the repository asks for it, before it is known which Dockerfile that is."""

from dataclasses import dataclass
from enum import IntEnum

from bot.discovery.nouns import DefinitionEvidence, Pairs


class Push(IntEnum):
    """How surely what is built is shipped."""

    ONLY_BUILT = 0
    NAMED_FOR_A_REGISTRY = 1
    PUSHED = 2


@dataclass(frozen=True, slots=True)
class Build:
    """A build as asked for. Text may have holes (``unknowns``); paths are as written, relative to ``folder``.

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


class Collected:
    """Builds of one unit (a job's row, a make target, a script), and what it pushes.

    ``weaker`` builds count only where there are no others, such as those of a workflow that nobody here calls.
    """

    def __init__(self) -> None:
        self.builds: list[Build] = []
        self.weaker: list[Build] = []
        self.pushed: set[str] = set()
        self.notes: list[str] = []
