"""Package databases → packages with the bytes they own; every live path belongs to one package at most."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from bot.contents.ecosystems import DATABASES, READERS
from bot.contents.packages.index import Index, LooksFor
from bot.contents.packages.package_reader import Found, PackageReader, Precedence, Unreadable
from bot.contents.work_budget import LARGEST_FILE_BYTES, ReadFiles, Work
from bot.errors import WorkError
from bot.model.image import EntryKind, Located, Package, Tree

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
        """Yield the files that a reader wants and that may still be held."""
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
        """Yield what a reader finds, as far as the budget goes."""
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
        """Yield paths as long as there is work left: many readers only make them when they are asked for."""
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


_LONGEST_TEXT: Final = 200
_DIRECTORY: Final = EntryKind.DIRECTORY


def assign(live: Mapping[bytes, Located], found: Iterable[Found]) -> tuple[Package, ...]:
    """Assign every claimed path to the package with the best claim (``Precedence``), and sum the stored bytes.

    Directories hold no bytes and belong to nobody. A package of the distribution stays also without a file of its own
    (a metapackage); any other that owns nothing is somebody else's content and is left out.
    """
    ranked = sorted(found, key=lambda one: one.precedence)
    claims = _Claims(live)
    for precedence in Precedence:
        of_rank = [(at, one) for at, one in enumerate(ranked) if one.precedence is precedence]
        for at, one in of_rank:
            claims.take_paths(at, one.paths)
        claims.take_directories([(at, folder) for at, one in of_rank for folder in one.directories])
    paths = claims.paths_by_owner(len(ranked))
    return tuple(
        _package(live, one, owned)
        for one, owned in zip(ranked, paths, strict=True)
        if owned or one.precedence is Precedence.SYSTEM
    )


class _Claims:
    """Who owns which path so far, by position of the package."""

    def __init__(self, live: Mapping[bytes, Located]) -> None:
        self.live = live
        self.owner: dict[bytes, int] = {}
        self._free: Sequence[bytes] | None = None

    def take_paths(self, at: int, paths: Iterable[bytes]) -> None:
        for path in paths:
            located = self.live.get(path)
            if located is not None and located.entry.kind != _DIRECTORY and path not in self.owner:
                self._take(located, at)

    def _take(self, located: Located, at: int) -> None:
        """Take a path, and for a hard link the name that holds the bytes: they are needed for as long as any name is.

        Installers that link from a cache (uv, pnpm) make the cache's name the first one.
        """
        self.owner[located.entry.path] = at
        if located.entry.kind == EntryKind.HARD_LINK:
            first = self.live.get(located.entry.link)
            if first is not None and first.layer == located.layer and first.entry.kind == EntryKind.FILE:
                self.owner.setdefault(first.entry.path, at)

    def take_directories(self, claims: Sequence[tuple[int, bytes]]) -> None:
        """Assign what is still free to the deepest claimed directory above it."""
        if not claims:
            return
        nearest: dict[bytes, int | None] = {folder: at for at, folder in reversed(claims)}
        nearest.setdefault(b"", None)
        for path in self._free_paths():
            at = _nearest(path, nearest)
            if at is not None and path not in self.owner:
                self._take(self.live[path], at)

    def _free_paths(self) -> Sequence[bytes]:
        owner = self.owner
        if self._free is None:
            self._free = [path for path, (_, entry) in self.live.items() if entry.kind != _DIRECTORY]
        self._free = [path for path in self._free if path not in owner]
        return self._free

    def paths_by_owner(self, count: int) -> list[list[bytes]]:
        owned: list[list[bytes]] = [[] for _ in range(count)]
        for path, at in self.owner.items():
            owned[at].append(path)
        return owned


def _nearest(path: bytes, known: dict[bytes, int | None]) -> int | None:
    """Find the claim on the closest directory above a path, and remember it for the directories in between."""
    passed = list[bytes]()
    folder = path[: max(path.rfind(b"/"), 0)]
    while folder not in known:
        passed.append(folder)
        folder = folder[: max(folder.rfind(b"/"), 0)]
    at = known[folder]
    known.update(dict.fromkeys(passed, at))
    return at


def _package(live: Mapping[bytes, Located], found: Found, owned: Sequence[bytes]) -> Package:
    return Package(
        ecosystem=found.ecosystem,
        name=_bounded(found.name),
        version=_bounded(found.version),
        unpacked_bytes=sum(live[path].entry.stored_bytes for path in owned),
        paths=tuple(owned),
        dev=found.dev,
        section=_bounded(found.section),
        distribution=found.precedence is Precedence.SYSTEM,
    )


def _bounded(text: str) -> str:
    """Cut foreign text, and make sure that it can be written as UTF-8."""
    return text[:_LONGEST_TEXT].encode("utf-8", "backslashreplace").decode()
