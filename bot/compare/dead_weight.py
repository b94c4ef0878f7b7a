"""A measured image → the dead bytes that a change brought, by who added them and who replaced or deleted them."""

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from bot.model.bounds import MOST_DEAD
from bot.model.build import Origin, OriginKind
from bot.model.explain import DeadWeight, Measurement


class _Fate(NamedTuple):
    """The two instructions that dead bytes lie between, as they are written, and how it ended."""

    added_by: str
    killed_by: str
    deleted: bool


def brought(base: Measurement | None, head: Measurement | None) -> tuple[DeadWeight, ...]:
    """Return what is dead at the head and was not at the base, the most first; between layers of FROM nobody can help.

    The same two instructions at the base count against it: their dead bytes are old, whatever layers they are in now.
    """
    if head is None:
        return ()
    before, places = _dead_bytes(base, {}) if base else Counter[_Fate](), dict[_Fate, tuple[Origin, Origin]]()
    grown = _dead_bytes(head, places) - before
    return tuple(
        DeadWeight(count, fate.deleted, places[fate][1].file, places[fate][0].lines, places[fate][1].lines)
        for fate, count in sorted(grown.items(), key=lambda one: (-one[1], one[0]))[:MOST_DEAD]
    )


def _dead_bytes(side: Measurement, places: dict[_Fate, tuple[Origin, Origin]]) -> Counter[_Fate]:
    """Sum a side's dead bytes by fate, noting in ``places`` where each is written."""
    sums: Counter[tuple[int, int, bool]] = Counter()
    for dead in side.tree.dead:
        sums[dead.layer, dead.killed_by, dead.deleted] += dead.entry.stored_bytes
    return _by_fate(sums, side.origins, places)


def _by_fate(
    sums: Mapping[tuple[int, int, bool], int],
    origins: tuple[Origin, ...],
    places: dict[_Fate, tuple[Origin, Origin]],
) -> Counter[_Fate]:
    found: Counter[_Fate] = Counter()
    for (layer, killer, deleted), count in sums.items():
        added, killed = origins[layer], origins[killer]
        if count and killer > layer and killed.kind is OriginKind.INSTRUCTION:
            fate = _Fate(added.text, killed.text, deleted)
            places[fate] = added, killed
            found[fate] += count
    return found
