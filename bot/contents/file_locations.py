"""Where the bytes of live files lie: the layer, and the name under which its tar holds them."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

from bot.layers.paths import parent
from bot.model.image import EntryKind, Layer

_HOLDS_BYTES = frozenset({EntryKind.FILE, EntryKind.HARD_LINK})


def locate(layers: Sequence[Layer], wanted: Collection[bytes]) -> Mapping[int, Mapping[bytes, bytes]]:
    """Give, by layer index, the name in that layer's tar of each wanted live regular file that there is."""
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
        """Give, and forget, the paths below a folder: sorted, they stand side by side."""
        start = bisect_left(self._paths, folder + b"/" if folder else b"")
        end = bisect_left(self._paths, folder + b"0") if folder else len(self._paths)
        hidden = self._paths[start:end]
        del self._paths[start:end]
        self.folders.discard(folder)
        return hidden


def _folders(paths: Collection[bytes]) -> Iterator[bytes]:
    """Give every folder above a path once; the root is above all."""
    seen = {b""}
    for path in paths:
        folder = parent(path)
        while folder not in seen:
            seen.add(folder)
            folder = parent(folder)
    yield from seen
