"""Package databases → packages with the bytes they own."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from bot.contents.ecosystems import DATABASES, READERS
from bot.contents.packages.index import Index, LooksFor
from bot.contents.packages.ownership import assign
from bot.contents.packages.package_reader import Found, PackageReader, Unreadable
from bot.contents.work_budget import LARGEST_FILE_BYTES, ReadFiles, Work
from bot.errors import WorkError
from bot.model.image import Package, Tree

_TOO_MUCH: Final = "Packages are incomplete: for those of {ecosystems} more {what} than the limit {limit} allows."


class Packages(NamedTuple):
    """What is installed in an image, largest first, and what could not be read."""

    packages: tuple[Package, ...]
    notes: tuple[str, ...]


def find_packages(tree: Tree, read_files: ReadFiles, work: Work | None = None) -> Packages:
    """Find the installed packages of an image; all files that any reader needs are read at once.

    Readers share ``work`` in their order; where it ends, what is known so far is given and a note says whose is not.
    """
    finding = _Finding(Index(tree, LooksFor.all_of(reader.looks_for for reader in READERS), DATABASES, work or Work()))
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

    def wanted(self, reader: PackageReader) -> Iterator[bytes]:
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
                    self._unread[reader.label] = None
        except WorkError:
            self._unfinished[reader.label] = None

    def packages(self, reader: PackageReader, contents: Mapping[bytes, bytes]) -> Iterator[Found]:
        """Give what a reader finds, as far as the budget goes."""
        try:
            for one in reader.packages(self._index, contents):
                self._index.work.spend(1)
                if isinstance(one, Unreadable):
                    self.notes.append(one.sentence)
                else:
                    yield one._replace(paths=self._claimed(reader, one.paths))
        except WorkError:
            self._unfinished[reader.label] = None

    def _claimed(self, reader: PackageReader, paths: Iterable[bytes]) -> Iterator[bytes]:
        """Give paths as long as there is work left: many readers only make them when they are asked for."""
        try:
            yield from paths
        except WorkError:
            self._unfinished[reader.label] = None

    def cut_short(self) -> Iterator[str]:
        """Say whose packages are incomplete, and which limit it is."""
        if self._unread:
            what = "bytes would be read"
            yield _TOO_MUCH.format(ecosystems=", ".join(self._unread), what=what, limit="read-bytes")
        if self._unfinished:
            what = "steps would be taken"
            yield _TOO_MUCH.format(ecosystems=", ".join(self._unfinished), what=what, limit="read-steps")
