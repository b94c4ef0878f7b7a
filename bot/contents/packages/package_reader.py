"""What a package reader is: one ecosystem's name, where its packages are recorded, and how they are read."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, NamedTuple

from bot.contents.packages.index import Index, LooksFor

Contents = Mapping[bytes, bytes]
"""Content of the files that were asked for, by path; what is missing or too large is absent."""


class Precedence(IntEnum):
    """Who gets a path that two packages claim: the lower number, then the one that was found first.

    The list of a database that installed the file beats a directory that merely contains it, and whoever delivered a
    file beats what the file itself says it is: a jar inside a gem belongs to the gem.
    """

    SYSTEM = 0
    """Listed by the database of the distribution's package manager."""
    LISTED = 1
    """Listed by a language's installer."""
    DIRECTORY = 2
    """Below the directory of a package; the deepest such directory wins."""
    FILE = 3
    """One file that says by itself what it is."""


class Found(NamedTuple):
    """A package as its database tells: the paths it claims one by one, and the directories it claims whole."""

    precedence: Precedence
    ecosystem: str
    name: str
    version: str
    paths: Iterable[bytes] = ()
    directories: tuple[bytes, ...] = ()
    dev: bool = False
    section: str = ""


class Unreadable(NamedTuple):
    """A database that could not be read, in one sentence without foreign text."""

    sentence: str


_NO_PATHS: Final = LooksFor()


def _nothing(_: Index) -> tuple[bytes, ...]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageReader:
    """One ecosystem. Each module of ``bot.contents.ecosystems`` has one, and nobody else knows more of it than this.

    Input may be hostile: a reader passes over what makes no sense, or calls it ``Unreadable``, and raises nothing.
    """

    ecosystem: str
    """The word for it in budgets and in report.json."""
    label: str
    """The word for it in sentences."""
    precedence: Precedence
    """How well its packages' claims are founded. A ``SYSTEM`` reader is that of a distribution."""
    databases: tuple[bytes, ...]
    """Where packages are recorded: paths from the root for a distribution, else patterns of paths below any folder."""
    looks_for: LooksFor = _NO_PATHS
    """Which paths the index should keep for it."""
    wanted: Callable[[Index], Iterable[bytes]] = _nothing
    """Returns the paths of the files whose content it needs, as few as possible."""
    packages: Callable[[Index, Contents], Iterator[Found | Unreadable]]
    """Returns what is installed."""

    @property
    def distribution(self) -> bool:
        """True for the package manager of a distribution, whose packages nobody repairs file by file."""
        return self.precedence is Precedence.SYSTEM

    def found(self, name: str, version: str, paths: Iterable[bytes] = (), directories: tuple[bytes, ...] = ()) -> Found:
        """Return a package of this ecosystem."""
        return Found(self.precedence, self.ecosystem, name, version, paths, directories)
