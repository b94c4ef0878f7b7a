"""A record that never outgrows what a provider hands over in one answer: the older, the fewer points are kept."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from datetime import date
from typing import Final, NamedTuple

from bot.model.history import Point
from bot.policy.size_record import line_of

LARGEST_RECORD_BYTES: Final = 900_000
"""Providers give a file's content up to 1 MB, and git's edge reads as much."""


class Grain(NamedTuple):
    """Every commit of the last ``fresh_days`` is kept, and one point for each ``span_days`` before."""

    fresh_days: int
    span_days: int


GRAINS: Final = (Grain(90, 1), Grain(30, 1), Grain(7, 1), Grain(7, 7), Grain(1, 7), Grain(1, 30), Grain(1, 365))
"""From the usual one to what the record of many busy images needs; the first that fits is taken."""


def thinned(points: Sequence[Point], today: date) -> tuple[Point, ...]:
    """Keep as many points as fit, in their order.

    The smallest size of an image and its last release are what budgets look for, and stay longest.
    """
    landmarks = _landmarks(points)
    for grain in GRAINS:
        kept = landmarks.union(_grained(points, grain, today))
        if sum(len(line_of(point)) for point in kept) <= LARGEST_RECORD_BYTES:
            return tuple(point for point in points if point in kept)
    first = [point for point in points if point in landmarks]
    fitting = set(_fitting([*first, *(point for point in reversed(points) if point not in landmarks)]))
    return tuple(point for point in points if point in fitting)


def _grained(points: Iterable[Point], grain: Grain, today: date) -> Iterator[Point]:
    """Give every fresh point, and of each span the last release or else the last point."""
    spans: dict[Hashable, Point] = {}
    for point in points:
        if (today - point.day).days <= grain.fresh_days:
            yield point
            continue
        span = (point.image, point.platform, point.day.toordinal() // grain.span_days)
        if point.release or not (span in spans and spans[span].release):
            spans[span] = point
    yield from spans.values()


def _landmarks(points: Iterable[Point]) -> frozenset[Point]:
    """Find the smallest point of each image and platform, the newest of equals, and its last release."""
    images: dict[Hashable, list[Point]] = defaultdict(list)
    for point in points:
        images[point.image, point.platform].append(point)
    smallest = (min(reversed(group), key=lambda point: point.unpacked_bytes) for group in images.values())
    releases = ([point for point in group if point.release][-1:] for group in images.values())
    return frozenset((*smallest, *(point for last in releases for point in last)))


def _fitting(points: Iterable[Point]) -> Iterator[Point]:
    left_bytes = LARGEST_RECORD_BYTES
    for point in points:
        left_bytes -= len(line_of(point))
        if left_bytes < 0:
            return
        yield point
