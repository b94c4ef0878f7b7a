"""What a package reader is asked for and what it gives."""

from collections.abc import Iterable, Iterator, Mapping
from enum import IntEnum
from typing import NamedTuple, Protocol

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


class Reader(Protocol):
    """One ecosystem. The modules of this folder are readers: a constant and two functions."""

    __name__: str
    LOOKS_FOR: LooksFor

    def wanted(self, index: Index) -> Iterable[bytes]:
        """Give the paths of the files whose content the reader needs."""

    def packages(self, index: Index, contents: Contents) -> Iterator[Found | Unreadable]:
        """Give what is installed. Input may be hostile: what makes no sense is passed over or called unreadable."""
