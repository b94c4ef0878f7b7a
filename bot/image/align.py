"""Two stacks of layers → which of them are the same layer, or the same step that made another one."""

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Final, NamedTuple

Key = str | None
"""What makes two layers alike in one respect; ``None`` is like nothing."""

_MOST_COMPARISONS: Final = 4_000_000


class Keys(NamedTuple):
    """One respect in which layers of base and head may be alike, by position from the lowest up."""

    base: Sequence[Key]
    head: Sequence[Key]


class Pairing(NamedTuple):
    """Positions in base and head that belong together; ``None`` where a layer has no counterpart."""

    base: int | None
    head: int | None


class _Gap(NamedTuple):
    """What lies between two matches: half-open ranges of positions."""

    base_start: int
    base_end: int
    head_start: int
    head_end: int


def align(identity: Keys, steps: Sequence[Keys]) -> tuple[Pairing, ...]:
    """Pair layers by identity (diff ID), then what is left between those pairs by each of ``steps`` in turn.

    Pairs by step never cross another pair. A layer that merely moved is still the same layer: what is left with the
    same identity is paired wherever it stands. Every position comes once, in build order, what only the base has
    before what the head has in its place.
    """
    whole = _Gap(0, len(identity.base), 0, len(identity.head))
    pairs = dict(_matches(whole, (identity, *steps)))
    pairs.update(_moved(identity, pairs))
    return tuple(_in_build_order(whole, pairs))


def _matches(gap: _Gap, respects: Sequence[Keys]) -> Iterator[tuple[int, int]]:
    """Give (head, base) of every match by the first respect, and between those by the following ones."""
    if not respects or gap.base_start == gap.base_end or gap.head_start == gap.head_end:
        return
    base, head = gap.base_start, gap.head_start
    for base_match, head_match in [*_alike(gap, respects[0]), (gap.base_end, gap.head_end)]:
        yield from _matches(_Gap(base, base_match, head, head_match), respects[1:])
        if head_match < gap.head_end:
            yield head_match, base_match
        base, head = base_match + 1, head_match + 1


def _alike(gap: _Gap, keys: Keys) -> list[tuple[int, int]]:
    """Give (base, head) of alike positions in order: the common prefix, then the longest common runs."""
    base = [key or ("base", at) for at, key in enumerate(keys.base[gap.base_start : gap.base_end])]
    head = [key or ("head", at) for at, key in enumerate(keys.head[gap.head_start : gap.head_end])]
    prefix = next((at for at, (one, other) in enumerate(zip(base, head, strict=False)) if one != other), None)
    prefix = min(len(base), len(head)) if prefix is None else prefix
    found = [(at, at) for at in range(prefix)]
    if (len(base) - prefix) * (len(head) - prefix) <= _MOST_COMPARISONS:
        blocks = SequenceMatcher(None, base[prefix:], head[prefix:], autojunk=False).get_matching_blocks()
        found += [(prefix + b + at, prefix + h + at) for b, h, size in blocks for at in range(size)]
    return [(gap.base_start + base_at, gap.head_start + head_at) for base_at, head_at in found]


def _moved(identity: Keys, pairs: Mapping[int, int]) -> Iterator[tuple[int, int]]:
    """Give (head, base) of layers that both sides have, but in another order."""
    free = defaultdict[Key, deque[int]](deque)
    for at in sorted(set(range(len(identity.base))) - set(pairs.values())):
        free[identity.base[at]].append(at)
    for at, key in enumerate(identity.head):
        if at not in pairs and free[key]:
            yield at, free[key].popleft()


def _in_build_order(whole: _Gap, pairs: Mapping[int, int]) -> Iterator[Pairing]:
    paired = set(pairs.values())
    base_only = deque(at for at in range(whole.base_end) if at not in paired)
    upcoming = _upcoming(whole, pairs)
    for head in range(whole.head_end):
        while base_only and base_only[0] < upcoming[head]:
            yield Pairing(base_only.popleft(), None)
        yield Pairing(pairs.get(head), head)
    yield from (Pairing(at, None) for at in base_only)


def _upcoming(whole: _Gap, pairs: Mapping[int, int]) -> list[int]:
    """Give, for each head position, the base position of the first pair from there on, else the base's end."""
    bases = [whole.base_end]
    for head in reversed(range(whole.head_end)):
        bases.append(pairs.get(head, bases[-1]))
    return bases[:0:-1]
