"""The files of an image that have bytes, indexed so that each of sixty rules looks without reading all of them."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from functools import cached_property, lru_cache
from operator import itemgetter
from typing import Final, NamedTuple

from bot.model.advice import Claim
from bot.model.build import Origin, OriginKind
from bot.model.explain import Measurement
from bot.model.image import Entry, EntryKind
from bot.path_globs import compile_glob, literal_head

# Position of Entry.stored_bytes: the loop over all files of an image is hot, and an index costs less than an attribute.
_STORED_BYTES: Final = 2
_PATH_AND_LAYER: Final = itemgetter(1, 0)


class ByteClass(Enum):
    """Where bytes are: in the merged filesystem, dead under later layers, or in the base image's layers."""

    LIVE = "live"
    DEAD = "dead"
    BASE_IMAGE = "base-image"


class IndexedFile(NamedTuple):
    """An entry that has bytes; ``killed_by`` is the layer that shadows or deletes it (−1 if it is live)."""

    layer: int
    path: bytes
    bytes: int
    kind: ByteClass
    entry: Entry
    killed_by: int = -1
    deleted: bool = False

    @property
    def claim(self) -> Claim:
        """Its key."""
        return Claim(self.layer, self.path)

    @property
    def is_live(self) -> bool:
        """True where the running container sees it, also if it comes from the base image."""
        return self.killed_by < 0


class FileIndex:
    """Every file with bytes of all layers of an image, sorted by path, with the look-ups that rules need."""

    def __init__(self, everything: Iterable[IndexedFile], names: Mapping[bytes, Sequence[bytes]]) -> None:
        """Index files; ``names`` are the other living names of hard-linked files, by the path that has the bytes."""
        self._names = names
        self.all: Sequence[IndexedFile] = sorted(everything, key=_PATH_AND_LAYER)
        self._paths = [one.path for one in self.all]

    @cached_property
    def _by_component(self) -> Mapping[bytes, Sequence[int]]:
        return _index_components(self._paths)

    @cached_property
    def _by_key(self) -> Mapping[tuple[int, bytes], IndexedFile]:
        return {(one.layer, one.path): one for one in self.all}

    @cached_property
    def _by_content(self) -> Mapping[tuple[int, int], Sequence[IndexedFile]]:
        index: defaultdict[tuple[int, int], list[IndexedFile]] = defaultdict(list)
        for one in self.all:
            if one.entry.content is not None:
                index[one.entry.content, one.bytes].append(one)
        return index

    @cached_property
    def bytes_by_path(self) -> Mapping[bytes, int]:
        """Stored bytes of each path over all layers."""
        sums: dict[bytes, int] = {}
        for one in self.all:
            sums[one.path] = sums.get(one.path, 0) + one.bytes
        return sums

    def matching(self, *globs: str) -> tuple[IndexedFile, ...]:
        """Find what matches any glob, once each, by path.

        A hard-linked file counts only where all of its names match: removing some of them frees nothing.
        """
        positions = sorted({position for glob in globs for position in self._matching_one(glob)})
        found = (self.all[position] for position in positions)
        return tuple(one for one in found if self._matches_by_every_name(one, globs))

    def _matches_by_every_name(self, one: IndexedFile, globs: Sequence[str]) -> bool:
        names = self._names.get(one.path)
        return not names or all(any(compile_glob(glob).fullmatch(name) for glob in globs) for name in names)

    def is_linked(self, one: IndexedFile) -> bool:
        """Tell whether a living hard link leads to the bytes of a file."""
        return bool(self._names.get(one.path))

    def with_content(self, content: int | None, size: int) -> Sequence[IndexedFile]:
        """Return every file of the same content; an unknown content is like nothing."""
        return () if content is None else self._by_content.get((content, size), ())

    def at(self, claim: Claim) -> IndexedFile | None:
        """Return the file of a layer and path; ``None`` if it has no bytes."""
        return self._by_key.get(claim)

    def _matching_one(self, glob: str) -> Iterator[int]:
        matches = compile_glob(glob).fullmatch
        return (position for position in self._candidates(glob) if matches(self._paths[position]))

    def _candidates(self, glob: str) -> Sequence[int]:
        """Return the fewest positions that a match can be at: below the literal head, or with a literal component."""
        head = literal_head(glob)
        ranges: list[Sequence[int]] = [self._range(head)]
        ranges += [self._by_component.get(component, ()) for component in _literals(glob)]
        return min(ranges, key=len)

    def _range(self, head: bytes) -> Sequence[int]:
        if not head:
            return range(len(self.all))
        # Paths are sorted, so those below a head are neighbours; no name that is worth a rule begins with four 0xff.
        return range(bisect_left(self._paths, head), bisect_left(self._paths, head + b"\xff\xff\xff\xff"))


def _index_components(paths: Sequence[bytes]) -> Mapping[bytes, Sequence[int]]:
    """Return the positions of the paths that have a component or, as ``*.suffix``, one that ends so.

    What is in one folder shares all components but the last, so they are looked at once for all of it.
    """
    index: defaultdict[bytes, list[int]] = defaultdict(list)
    folders: defaultdict[bytes, list[int]] = defaultdict(list)
    for position, path in enumerate(paths):
        folder, _, name = path.rpartition(b"/")
        folders[folder].append(position)
        for key in _keys(name):
            index[key].append(position)
    for folder, positions in folders.items():
        for key in {key for component in folder.split(b"/") for key in _keys(component)}:
            index[key] += positions
    return index


def _keys(component: bytes) -> tuple[bytes, ...]:
    suffix = component.rfind(b".")
    return (component,) if suffix < 0 else (component, b"*" + component[suffix:])


def index_files(measurement: Measurement) -> FileIndex:
    """Index what has bytes in a measured image: live and dead entries, each with its class."""
    return FileIndex((*_live(measurement), *_dead(measurement)), _other_names(measurement))


def stored_bytes_by_path(measurement: Measurement) -> Counter[bytes]:
    """Sum the stored bytes of each path over all layers, as ``FileIndex.bytes_by_path`` has them, without an index."""
    live = measurement.tree.live.items()
    sums = Counter({path: entry.stored_bytes for path, (_, entry) in live if entry.stored_bytes > 0})
    for _, entry, _, _ in measurement.tree.dead:
        if entry.stored_bytes > 0:
            sums[entry.path] += entry.stored_bytes
    return sums


def _other_names(measurement: Measurement) -> Mapping[bytes, Sequence[bytes]]:
    # The bytes of hard links stand at one path, to which the entries of the others link.
    names: defaultdict[bytes, list[bytes]] = defaultdict(list)
    for path, (_, entry) in measurement.tree.live.items():
        if entry.kind is EntryKind.HARD_LINK:
            names[entry.link].append(path)
    return names


def _live(measurement: Measurement) -> Iterator[IndexedFile]:
    count, origins = len(measurement.image.layers), measurement.origins
    kinds = [_class(origins, layer, ByteClass.LIVE) for layer in range(count)]
    # Past the named tuple's own constructor, a Python function that would be called for every file of the image.
    new = tuple.__new__
    for path, (layer, entry) in measurement.tree.live.items():
        if entry[_STORED_BYTES] > 0:
            yield new(IndexedFile, (layer, path, entry[_STORED_BYTES], kinds[layer], entry, -1, False))


def _dead(measurement: Measurement) -> Iterator[IndexedFile]:
    for layer, entry, killed_by, deleted in measurement.tree.dead:
        if entry.stored_bytes > 0:
            kind = _class(measurement.origins, layer, ByteClass.DEAD)
            yield IndexedFile(layer, entry.path, entry.stored_bytes, kind, entry, killed_by, deleted)


def _class(origins: Sequence[Origin], layer: int, otherwise: ByteClass) -> ByteClass:
    in_base_image = layer < len(origins) and origins[layer].kind is OriginKind.BASE_IMAGE
    return ByteClass.BASE_IMAGE if in_base_image else otherwise


@lru_cache(maxsize=4096)
def _literals(glob: str) -> tuple[bytes, ...]:
    """Find the components that every match has: plain names, and ``*.suffix`` as the index spells it."""
    return tuple(key for component in glob.encode().split(b"/") if (key := _literal(component)))


def _literal(component: bytes) -> bytes:
    """Return the key that every match of a component is indexed by; empty if there is none, as for ``**``."""
    if not set(b"*?") & set(component):
        return component
    suffix = component[component.rfind(b".") :]
    return b"*" + suffix if suffix[:1] == b"." and suffix[1:].isalnum() else b""
