"""What the readers found → packages with their bytes; every live path belongs to one package at most."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from bot.contents.packages.package_reader import Found, Precedence
from bot.model.image import EntryKind, Located, Package

_LONGEST_TEXT: Final = 200
_DIRECTORY: Final = EntryKind.DIRECTORY


def assign(live: Mapping[bytes, Located], found: Iterable[Found]) -> tuple[Package, ...]:
    """Give every claimed path to the package with the best claim (``Precedence``), and sum the stored bytes.

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
        """Give what is still free to the deepest claimed directory above it."""
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
