"""Two stacks of layers → which of them are the same layer, or the same step that made another one."""

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Final, NamedTuple

Key = str | None
"""What makes two layers alike in one respect; ``None`` is like nothing."""

_MOST_COMPARISONS: Final = 4_000_000
_MOST_RESEMBLANCES: Final = 10_000
_LEAST_RESEMBLANCE: Final = 0.5


class Keys(NamedTuple):
    """One respect in which layers of base and head may be alike, by position from the lowest up."""

    base: Sequence[Key]
    head: Sequence[Key]


class InstructionWords(NamedTuple):
    """What an instruction says: its keyword and its telling words; without any it is like nothing."""

    keyword: str
    words: frozenset[str]

    def resemblance(self, other: "InstructionWords") -> float:
        """Return the share of words that two instructions of one kind have in common (Sørensen-Dice), 0…1."""
        count = len(self.words) + len(other.words)
        return 2 * len(self.words & other.words) / count if count and self.keyword == other.keyword else 0.0


class Wordings(NamedTuple):
    """The wording of every layer's instruction by position."""

    base: Sequence[InstructionWords]
    head: Sequence[InstructionWords]


class LayerPairing(NamedTuple):
    """Positions in base and head that belong together; ``None`` where a layer has no counterpart."""

    base: int | None
    head: int | None


class _Gap(NamedTuple):
    """What lies between two matches: half-open ranges of positions."""

    base_start: int
    base_end: int
    head_start: int
    head_end: int


def align(identity: Keys, texts: Keys, wordings: Wordings) -> tuple[LayerPairing, ...]:
    """Pair layers by identity (diff ID), then between those by equal text, then between those by resemblance.

    Pairs by text and resemblance never cross another pair. A layer that merely moved is still the same layer: what is
    left with the same identity is paired wherever it stands. Every position comes once, in build order, what only the
    base has before what the head has in its place.
    """
    whole = _Gap(0, len(identity.base), 0, len(identity.head))
    pairs = {head: base for base, head in _alike(whole, identity)}
    for gap in _gaps(whole, pairs):
        pairs.update({head: base for base, head in _alike(gap, texts)})
    for gap in _gaps(whole, pairs):
        pairs.update({head: base for base, head in _resembling(gap, wordings)})
    pairs.update(_moved(identity, pairs))
    return tuple(_in_build_order(whole, pairs))


def _gaps(whole: _Gap, pairs: Mapping[int, int]) -> tuple[_Gap, ...]:
    """Return what lies between pairs (head to base) that do not cross, where both sides have something."""
    ends = [(-1, -1), *sorted(pairs.items()), (whole.head_end, whole.base_end)]
    gaps = (_Gap(base + 1, base_end, head + 1, head_end) for (head, base), (head_end, base_end) in pairwise(ends))
    return tuple(gap for gap in gaps if gap.base_start < gap.base_end and gap.head_start < gap.head_end)


def _alike(gap: _Gap, keys: Keys) -> list[tuple[int, int]]:
    """Return (base, head) of alike positions in order: the common prefix, then the longest common runs."""
    # A layer without a key gets one of its own: None == None would pair any two of them.
    base = [key or ("base", at) for at, key in enumerate(keys.base[gap.base_start : gap.base_end])]
    head = [key or ("head", at) for at, key in enumerate(keys.head[gap.head_start : gap.head_end])]
    # Most images differ only above a common beginning, which is paired in linear time and left out of the comparison.
    prefix = next((at for at, (one, other) in enumerate(zip(base, head, strict=False)) if one != other), None)
    prefix = min(len(base), len(head)) if prefix is None else prefix
    found = [(at, at) for at in range(prefix)]
    if (len(base) - prefix) * (len(head) - prefix) <= _MOST_COMPARISONS:
        # autojunk takes what is frequent for noise: a layer that an image has two hundred times is none.
        blocks = SequenceMatcher(None, base[prefix:], head[prefix:], autojunk=False).get_matching_blocks()
        found += [(prefix + b + at, prefix + h + at) for b, h, size in blocks for at in range(size)]
    return [(gap.base_start + base_at, gap.head_start + head_at) for base_at, head_at in found]


class _Best(NamedTuple):
    """The most that positions so far can resemble each other, and by which (base, head) pairs."""

    resemblance: float
    pairs: tuple[tuple[int, int], ...]


def _resembling(gap: _Gap, wordings: Wordings) -> Sequence[tuple[int, int]]:
    """Return (base, head) of the non-crossing pairs that resemble each other most, by half of their words at least."""
    bases, heads = range(gap.base_start, gap.base_end), range(gap.head_start, gap.head_end)
    if len(bases) * len(heads) > _MOST_RESEMBLANCES:
        return ()
    # The classic table of a longest common subsequence, weighted: of each row only the one above is still needed.
    above = [_Best(0.0, ())] * (len(heads) + 1)
    for base in bases:
        row = [_Best(0.0, ())]
        for at, head in enumerate(heads):
            choices = [row[at], above[at + 1]]
            resemblance = wordings.base[base].resemblance(wordings.head[head])
            if resemblance >= _LEAST_RESEMBLANCE:
                before = above[at]
                choices.append(_Best(before.resemblance + resemblance, (*before.pairs, (base, head))))
            row.append(max(choices, key=lambda one: one.resemblance))
        above = row
    return above[-1].pairs


def _moved(identity: Keys, pairs: Mapping[int, int]) -> Iterator[tuple[int, int]]:
    """Yield (head, base) of layers that both sides have, but in another order."""
    free = defaultdict[Key, deque[int]](deque)
    for at in sorted(set(range(len(identity.base))) - set(pairs.values())):
        free[identity.base[at]].append(at)
    for at, key in enumerate(identity.head):
        if at not in pairs and free[key]:
            yield at, free[key].popleft()


def _in_build_order(whole: _Gap, pairs: Mapping[int, int]) -> Iterator[LayerPairing]:
    paired = set(pairs.values())
    base_only = deque(at for at in range(whole.base_end) if at not in paired)
    upcoming = _upcoming(whole, pairs)
    for head in range(whole.head_end):
        while base_only and base_only[0] < upcoming[head]:
            yield LayerPairing(base_only.popleft(), None)
        yield LayerPairing(pairs.get(head), head)
    yield from (LayerPairing(at, None) for at in base_only)


def _upcoming(whole: _Gap, pairs: Mapping[int, int]) -> list[int]:
    """Return, for each head position, the base position of the first pair from there on, else the base's end."""
    bases = [whole.base_end]
    for head in reversed(range(whole.head_end)):
        bases.append(pairs.get(head, bases[-1]))
    return bases[:0:-1]
