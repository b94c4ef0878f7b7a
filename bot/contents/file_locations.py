"""Where the bytes of live files lie, and which folders to ask for where every request has its price."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from bot.layers.paths import ancestors, parent
from bot.model.image import Entry, EntryKind, Layer

_HOLDS_BYTES = frozenset({EntryKind.FILE, EntryKind.HARD_LINK})


def locate(layers: Sequence[Layer], wanted: Collection[bytes]) -> Mapping[int, Mapping[bytes, bytes]]:
    """Return, by layer index, the name in that layer's tar of each wanted live regular file that there is."""
    places: defaultdict[int, dict[bytes, bytes]] = defaultdict(dict)
    missing, below = set(wanted), _Below(wanted)
    for index in range(len(layers) - 1, -1, -1):
        if not missing:
            break
        entries = layers[index].entries
        found = {entry.path: entry for entry in entries if entry.path in missing and entry.kind < EntryKind.WHITEOUT}
        for path, entry in found.items():
            if entry.kind in _HOLDS_BYTES:
                places[index][path] = entry.link if entry.kind is EntryKind.HARD_LINK else path
        missing.difference_update(found)
        for entry in entries:
            if entry.kind is EntryKind.WHITEOUT:
                missing.discard(entry.path)
            if entry.kind is not EntryKind.DIRECTORY and entry.path in below.folders:
                missing.difference_update(below.hidden(entry.path))
    return places


class _Below:
    """Wanted paths by the folders above them, indexed once for all layers; what a layer hides is given once."""

    def __init__(self, paths: Collection[bytes]) -> None:
        self._paths = sorted(paths)
        self.folders = set(_folders(paths))

    def hidden(self, folder: bytes) -> Sequence[bytes]:
        """Return, and forget, the paths below a folder: sorted, they stand side by side."""
        start = bisect_left(self._paths, folder + b"/" if folder else b"")
        end = bisect_left(self._paths, folder + b"0") if folder else len(self._paths)
        hidden = self._paths[start:end]
        del self._paths[start:end]
        self.folders.discard(folder)
        return hidden


def _folders(paths: Collection[bytes]) -> Iterator[bytes]:
    """Yield every folder above a path once; the root is above all."""
    seen = {b""}
    for path in paths:
        folder = parent(path)
        while folder not in seen:
            seen.add(folder)
            folder = parent(folder)
    yield from seen


REQUEST_BYTES: Final = 8_000_000
"""A request to an engine takes as long as this many bytes more of an answer."""


def plan_requests(wanted: Collection[bytes], entries: Iterable[Entry]) -> Collection[bytes]:
    """Return files and folders that hold all wanted files, such that requests and bytes cost least together.

    ``entries`` are those of all layers: what is dead by now only makes a folder look dearer than it is.
    """
    inside = _inside(wanted)
    total = _bytes_by_folder(inside, entries)
    best = {path: _Choice(REQUEST_BYTES, (path,)) for path in wanted}
    for folder in sorted(inside, key=_depth, reverse=True):
        choices = [best.pop(path) for path in inside[folder]]
        total[parent(folder)] += total[folder] if folder else 0
        apart = _Choice(sum(choice.cost for choice in choices), tuple(path for c in choices for path in c.paths))
        whole = _Choice(REQUEST_BYTES + total[folder], (folder,))
        best[folder] = min(apart, whole) if folder else apart
    return best[b""].paths if wanted else ()


class _Choice(NamedTuple):
    """What to ask for, and what it costs in bytes."""

    cost: int
    paths: tuple[bytes, ...]


def _depth(path: bytes) -> int:
    return path.count(b"/") + bool(path)


def _inside(wanted: Collection[bytes]) -> dict[bytes, set[bytes]]:
    """Return each folder above a wanted file, and what in it is wanted or leads there."""
    folders: defaultdict[bytes, set[bytes]] = defaultdict(set)
    for path in wanted:
        below = path
        for folder in ancestors(path):
            if below in folders[folder]:
                break
            folders[folder].add(below)
            below = folder
    return folders


def _bytes_by_folder(folders: Collection[bytes], entries: Iterable[Entry]) -> defaultdict[bytes, int]:
    """Count the bytes that lie in each folder but in no deeper one of them."""
    total: defaultdict[bytes, int] = defaultdict(int)
    nearest: dict[bytes, bytes] = {}
    for entry in entries:
        folder = parent(entry.path)
        if folder not in nearest:
            _find_nearest(folder, folders, nearest)
        total[nearest[folder]] += entry.stored_bytes
    return total


def _find_nearest(folder: bytes, folders: Collection[bytes], nearest: dict[bytes, bytes]) -> None:
    """Find the closest of the folders at or above one, and remember it for those in between."""
    passed = list[bytes]()
    while folder and folder not in folders and folder not in nearest:
        passed.append(folder)
        folder = parent(folder)
    nearest.setdefault(folder, folder)
    nearest.update(dict.fromkeys(passed, nearest[folder]))
