"""Where the bytes of live files lie: the layer, and the name under which its tar holds them."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from bot.image.paths import ancestors
from bot.model.image import Entry, EntryKind, Layer

_HOLDS_BYTES = frozenset({EntryKind.FILE, EntryKind.HARD_LINK})


def locate(layers: Sequence[Layer], wanted: Collection[bytes]) -> Mapping[int, Mapping[bytes, bytes]]:
    """Give, by layer index, the name in that layer's tar of each wanted live regular file that there is."""
    places: defaultdict[int, dict[bytes, bytes]] = defaultdict(dict)
    missing = set(wanted)
    for index in range(len(layers) - 1, -1, -1):
        if not missing:
            break
        entries = layers[index].entries
        found = {entry.path: entry for entry in entries if entry.path in missing and entry.kind < EntryKind.WHITEOUT}
        for path, entry in found.items():
            if entry.kind in _HOLDS_BYTES:
                places[index][path] = entry.link if entry.kind is EntryKind.HARD_LINK else path
        missing -= found.keys()
        missing -= _hidden(entries, missing)
    return places


def _hidden(entries: Sequence[Entry], paths: Collection[bytes]) -> set[bytes]:
    """Give the paths that a layer hides from the layers below it."""
    folders: defaultdict[bytes, list[bytes]] = defaultdict(list)
    for path in paths:
        for folder in ancestors(path):
            folders[folder].append(path)
    hidden: set[bytes] = set()
    for entry in entries:
        if entry.kind is EntryKind.WHITEOUT and entry.path in paths:
            hidden.add(entry.path)
        if entry.kind is not EntryKind.DIRECTORY and entry.path in folders:
            hidden.update(folders[entry.path])
    return hidden
