"""Package databases → packages with the bytes they own; one reader per ecosystem.

A new reader is one file here with ``LOOKS_FOR``, ``wanted`` and ``packages``, and one line in ``READERS``;
docs/explaining.md says how paths are divided among packages.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from bot.contents.ecosystems import (
    apk,
    cargo,
    composer,
    conda,
    dpkg,
    gem,
    golang,
    java,
    npm,
    nuget,
    opkg,
    pacman,
    python,
    rpm,
)
from bot.contents.packages.found import Found, Reader, Unreadable
from bot.contents.packages.index import Index, LooksFor
from bot.contents.packages.ownership import assign
from bot.contents.work_budget import LARGEST_FILE_BYTES, Work
from bot.errors import WorkError
from bot.model.image import Package, Tree

READERS: Final[tuple[Reader, ...]] = (
    dpkg,
    opkg,
    apk,
    rpm,
    pacman,
    conda,
    python,
    nuget,
    npm,
    gem,
    composer,
    cargo,
    golang,
    java,
)
_TOO_MUCH: Final = "Packages are incomplete: for those of {ecosystems} more {what} than the limit {limit} allows."

ReadFiles = Callable[[Collection[bytes]], Mapping[bytes, bytes]]
"""Gives the content of live files by path; a file larger than ``LARGEST_FILE_BYTES`` is absent."""


class Packages(NamedTuple):
    """What is installed in an image, largest first, and what could not be read."""

    packages: tuple[Package, ...]
    notes: tuple[str, ...]


def find_packages(tree: Tree, read_files: ReadFiles, work: Work | None = None) -> Packages:
    """Find the installed packages of an image; all files that any reader needs are read at once.

    Readers share ``work`` in their order; where it ends, what is known so far is given and a note says whose is not.
    """
    finding = _Finding(Index(tree, LooksFor.all_of(reader.LOOKS_FOR for reader in READERS), work or Work()))
    paths = {path for reader in READERS for path in finding.wanted(reader)}
    contents = read_files(paths) if paths else {}
    found = [one for reader in READERS for one in finding.packages(reader, contents)]
    del contents
    packages = sorted(assign(tree.live, found), key=lambda one: (-one.unpacked_bytes, one.ecosystem, one.name))
    return Packages(tuple(packages), tuple(dict.fromkeys((*finding.notes, *finding.cut_short()))))


class _Finding:
    """One image being looked at: what could not be read, and where the budget ended."""

    def __init__(self, index: Index) -> None:
        self.notes: list[str] = []
        self._index = index
        self._asked: set[bytes] = set()
        self._unread: dict[str, None] = {}
        self._unfinished: dict[str, None] = {}

    def wanted(self, reader: Reader) -> Iterator[bytes]:
        """Give the files that a reader wants and that may still be held."""
        try:
            for path in reader.wanted(self._index):
                size = self._index.file_bytes(path)
                if not size or size > LARGEST_FILE_BYTES or path in self._asked:
                    continue
                if self._index.work.hold(size):
                    self._asked.add(path)
                    yield path
                else:
                    self._unread[_name(reader)] = None
        except WorkError:
            self._unfinished[_name(reader)] = None

    def packages(self, reader: Reader, contents: Mapping[bytes, bytes]) -> Iterator[Found]:
        """Give what a reader finds, as far as the budget goes."""
        try:
            for one in reader.packages(self._index, contents):
                self._index.work.spend(1)
                if isinstance(one, Unreadable):
                    self.notes.append(one.sentence)
                else:
                    yield one._replace(paths=self._claimed(reader, one.paths))
        except WorkError:
            self._unfinished[_name(reader)] = None

    def _claimed(self, reader: Reader, paths: Iterable[bytes]) -> Iterator[bytes]:
        """Give paths as long as there is work left: many readers only make them when they are asked for."""
        try:
            yield from paths
        except WorkError:
            self._unfinished[_name(reader)] = None

    def cut_short(self) -> Iterator[str]:
        """Say whose packages are incomplete, and which limit it is."""
        if self._unread:
            what = "bytes would be read"
            yield _TOO_MUCH.format(ecosystems=", ".join(self._unread), what=what, limit="read-bytes")
        if self._unfinished:
            what = "steps would be taken"
            yield _TOO_MUCH.format(ecosystems=", ".join(self._unfinished), what=what, limit="read-steps")


def _name(reader: Reader) -> str:
    return reader.__name__.rpartition(".")[2]
