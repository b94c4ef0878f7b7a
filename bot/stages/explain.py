"""Difference → Explanation: every byte of the change by cause and, again, by content."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from bot.compare.causes import Share, Sides, shares
from bot.compare.contents import Inventory, contents, find_changes, printable
from bot.compare.dead_weight import brought
from bot.compare.rollup import BRIEF, ROOT, roll_up
from bot.errors import BugError
from bot.model.build import Absent
from bot.model.explain import Cause, Content, Difference, Explanation, LayerDelta, Measurement, measurement_of

_MOST_LARGEST: Final = 5


def explain(difference: Difference) -> Explanation:
    """Decompose a difference by cause and by content.

    Both sum to the difference exactly; for a new image to the head's size, for one that is gone to minus the base's.
    Where there is nothing to subtract there is nothing to explain. Raises ``BugError`` where a sum is off: no report
    is better than a wrong one.
    """
    sides = _sides(difference)
    if sides is None:
        return Explanation(difference, (), ())
    base, head = Inventory(sides.base), Inventory(sides.head)
    causes = tuple(_causes(sides, (base, head), difference.aligned))
    changes = find_changes(base.live, head.live, by_content=_same_content_scheme(sides))
    rows = contents(base, head, changes.paths)
    _check(head.total_bytes - base.total_bytes, causes, rows)
    counts = changes.added, changes.removed, changes.changed
    return Explanation(difference, _largest_first(causes), rows, *counts, brought(sides.base, sides.head))


def _sides(difference: Difference) -> Sides | None:
    """Return what is to be explained, ``None`` if there are no two sides to subtract."""
    pair = difference.pair
    known = measurement_of(pair.base), measurement_of(pair.head)
    if known == (None, None):
        return None
    alone = isinstance(pair.base, Absent) or isinstance(pair.head, Absent)
    return Sides(*known) if alone or difference.unpacked_bytes is not None else None


def _same_content_scheme(sides: Sides) -> bool:
    return bool(sides.base and sides.head and sides.base.image.content_scheme == sides.head.image.content_scheme)


def _causes(sides: Sides, inventories: tuple[Inventory, Inventory], aligned: Sequence[LayerDelta]) -> Iterator[Cause]:
    for share in shares(sides, aligned):
        base, head = _bytes_of(sides.base, share.base_layers), _bytes_of(sides.head, share.head_layers)
        if base != head:
            yield Cause(
                kind=share.kind,
                bytes=head - base,
                text=share.origin.text,
                file=share.origin.file,
                lines=share.origin.lines,
                base_diff_id=_diff_id(sides.base, share.base_layers),
                head_diff_id=_diff_id(sides.head, share.head_layers),
                base_bytes=base,
                head_bytes=head,
                side=share.side,
                exact=share.origin.exact,
                copied_from=share.origin.copied_from,
                largest=_largest(share, *inventories),
                was=share.was,
                now=share.now,
            )


def _bytes_of(side: Measurement | None, layers: Iterable[int]) -> int:
    return sum(side.image.layers[layer].unpacked_bytes for layer in layers) if side else 0


def _diff_id(side: Measurement | None, layers: Sequence[int]) -> str | None:
    """Return the one layer of a cause; a base image's several layers have no one identity."""
    return side.image.layers[layers[0]].diff_id if side and len(layers) == 1 else None


def _largest(share: Share, base: Inventory, head: Inventory) -> tuple[tuple[str, int], ...]:
    """Return the packages and rolled-up paths that moved most in the layers of a cause."""
    paths_before, packages_before = base.of_layers(share.base_layers)
    paths_after, packages_after = head.of_layers(share.head_layers)
    changes = Counter(dict(packages_after))
    changes.subtract(packages_before)
    for row in roll_up(paths_before, paths_after, BRIEF):
        if row.path != ROOT:
            changes[printable(row.path)] += row.change
    moved = sorted(((name, count) for name, count in changes.items() if count), key=lambda one: (-abs(one[1]), one[0]))
    return tuple(moved[:_MOST_LARGEST])


def _largest_first(causes: Iterable[Cause]) -> tuple[Cause, ...]:
    return tuple(sorted(causes, key=lambda cause: -abs(cause.bytes)))


def _check(change: int, causes: Iterable[Cause], rows: Iterable[Content]) -> None:
    for what, total in (("cause", sum(one.bytes for one in causes)), ("content", sum(one.bytes for one in rows))):
        if total != change:
            raise BugError(
                f"The decomposition by {what} does not add up.",
                why=f"Its rows sum to {total} bytes, but the image changed by {change} bytes.",
                fix="This is a bug of Deadweight, please report it; no report is better than a wrong one.",
            )
