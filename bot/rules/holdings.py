"""What holds bytes in an image, indexed so that sixty rules can look without reading everything sixty times."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from bot.model.advice import Claim
from bot.model.build import Origin, OriginKind
from bot.model.explain import Measurement
from bot.model.image import Entry, EntryKind
from bot.rules.globs import compile_glob, literal_head


class ByteClass(Enum):
    """Where bytes are: in the merged filesystem, dead under later layers, or in the base image's layers."""

    LIVE = "live"
    DEAD = "dead"
    BASE_IMAGE = "base-image"


class Holding(NamedTuple):
    """An entry that holds bytes; ``killed_by`` is the layer that shadows or deletes it (−1 where it is live)."""

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


class Holdings:
    """Every holding of an image, sorted by path, with the look-ups that rules need."""

    def __init__(self, everything: Iterable[Holding], names: Mapping[bytes, Sequence[bytes]]) -> None:
        """Index the holdings; ``names`` are the other living names of hard-linked files, by the path that holds."""
        self._names = names
        self.all: Sequence[Holding] = sorted(everything, key=lambda one: (one.path, one.layer))
        self._paths = [one.path for one in self.all]
        self._by_component: Mapping[bytes, list[int]] = self._index_components()
        self._by_key = {one.claim: one for one in self.all}
        self._by_content: defaultdict[tuple[int, int], list[Holding]] = defaultdict(list)
        self.bytes_by_path: Counter[bytes] = Counter()
        """Stored bytes of each path over all layers."""
        for one in self.all:
            self.bytes_by_path[one.path] += one.bytes
            if one.entry.content is not None:
                self._by_content[one.entry.content, one.bytes].append(one)

    def matching(self, *globs: str) -> tuple[Holding, ...]:
        """Give what matches any glob, once each, by path.

        A hard-linked file counts only where all of its names match: removing some of them frees nothing.
        """
        positions = sorted({position for glob in globs for position in self._matching_one(glob)})
        found = (self.all[position] for position in positions)
        return tuple(one for one in found if self._matches_by_every_name(one, globs))

    def _matches_by_every_name(self, one: Holding, globs: Sequence[str]) -> bool:
        names = self._names.get(one.path)
        return not names or all(any(compile_glob(glob).fullmatch(name) for glob in globs) for name in names)

    def with_content(self, content: int | None, size: int) -> Sequence[Holding]:
        """Give every holding of the same content; an unknown content is like nothing."""
        return () if content is None else self._by_content.get((content, size), ())

    def of(self, claim: Claim) -> Holding | None:
        """Give the holding of a key; ``None`` where the key holds no bytes."""
        return self._by_key.get(claim)

    def _matching_one(self, glob: str) -> Iterator[int]:
        matches = compile_glob(glob).fullmatch
        return (position for position in self._candidates(glob) if matches(self._paths[position]))

    def _candidates(self, glob: str) -> Sequence[int]:
        """Give the fewest positions that a match can be at: below the literal head, or with a literal component."""
        head = literal_head(glob)
        ranges: list[Sequence[int]] = [self._range(head)]
        ranges += [self._by_component.get(component, ()) for component in _literals(glob)]
        return min(ranges, key=len)

    def _range(self, head: bytes) -> Sequence[int]:
        if not head:
            return range(len(self.all))
        return range(bisect_left(self._paths, head), bisect_left(self._paths, head + b"\xff\xff\xff\xff"))

    def _index_components(self) -> Mapping[bytes, list[int]]:
        index: dict[bytes, list[int]] = defaultdict(list)
        for position, path in enumerate(self._paths):
            for component in set(path.split(b"/")):
                index[component].append(position)
                suffix = component.rfind(b".")
                if suffix > 0:
                    index[b"*" + component[suffix:]].append(position)
        return index


def hold(measurement: Measurement) -> Holdings:
    """List what holds bytes in a measured image: live and dead entries, each with its class."""
    return Holdings((*_live(measurement), *_dead(measurement)), _other_names(measurement))


def weigh(measurement: Measurement) -> Counter[bytes]:
    """Sum the stored bytes of each path over all layers, as ``Holdings.bytes_by_path`` has them."""
    live = measurement.tree.live.items()
    weights = Counter({path: entry.stored_bytes for path, (_, entry) in live if entry.stored_bytes > 0})
    for _, entry, _, _ in measurement.tree.dead:
        if entry.stored_bytes > 0:
            weights[entry.path] += entry.stored_bytes
    return weights


def _other_names(measurement: Measurement) -> Mapping[bytes, Sequence[bytes]]:
    names: defaultdict[bytes, list[bytes]] = defaultdict(list)
    for path, (_, entry) in measurement.tree.live.items():
        if entry.kind is EntryKind.HARD_LINK:
            names[entry.link].append(path)
    return names


def _live(measurement: Measurement) -> Iterator[Holding]:
    for path, (layer, entry) in measurement.tree.live.items():
        if entry.stored_bytes > 0:
            yield Holding(layer, path, entry.stored_bytes, _class(measurement.origins, layer, ByteClass.LIVE), entry)


def _dead(measurement: Measurement) -> Iterator[Holding]:
    for layer, entry, killed_by, deleted in measurement.tree.dead:
        if entry.stored_bytes > 0:
            kind = _class(measurement.origins, layer, ByteClass.DEAD)
            yield Holding(layer, entry.path, entry.stored_bytes, kind, entry, killed_by, deleted)


def _class(origins: Sequence[Origin], layer: int, otherwise: ByteClass) -> ByteClass:
    in_base_image = layer < len(origins) and origins[layer].kind is OriginKind.BASE_IMAGE
    return ByteClass.BASE_IMAGE if in_base_image else otherwise


@lru_cache(maxsize=4096)
def _literals(glob: str) -> tuple[bytes, ...]:
    """Find the components that every match has: plain names, and ``*.suffix`` as the index spells it."""
    components = glob.encode().split(b"/")
    return tuple(
        one for one in components if one and (not set(b"*?") & set(one) or (one[:2] == b"*." and one[2:].isalnum()))
    )
