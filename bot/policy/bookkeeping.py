"""Reports on commits of the default branch → the record of what images weigh, brought up to date.

It never outgrows what a provider hands over in one answer: the older, the fewer points are kept.
"""

import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final, NamedTuple

from bot.model.history import Point, Tag
from bot.model.report import ImageReport, ImageState, MissingSide, Report, SideReport
from bot.policy.size_record import in_order, is_name, key_of, line_of, read_history, write_history

# The text in front of a version ends in a sign: "api-v1.2.0", "api/1.2", but not "rc1".
_RELEASE: Final = re.compile(r"(?:.*[^0-9A-Za-z])?[vV]?[0-9]+(?:\.[0-9]+)+", re.ASCII)


@dataclass(frozen=True, slots=True)
class RecordEntry:
    """What is to be written down: reports, the day, and the known releases by commit."""

    reports: tuple[Report, ...]
    day: date
    releases: Mapping[str, str] = field(default_factory=dict)


def brought_up_to_date(content: bytes | None, entry: RecordEntry) -> bytes:
    """Add an entry to the record, ``None`` if there is none yet; doing it twice is doing it once.

    A commit that is on record already keeps its day. Releases that were tagged since are marked.
    """
    known = read_history(content or b"").points
    for report in entry.reports:
        known = _joined(known, points_of(report, known, entry.day))
    marked = [replace(point, release=entry.releases.get(point.commit, point.release)) for point in known]
    return write_history(thinned(marked, entry.day))


def _joined(known: Sequence[Point], added: Iterable[Point]) -> tuple[Point, ...]:
    """Replace what is on record of the same commits, but not the day on which it came."""
    days = {key_of(point): point.day for point in known}
    return in_order((*known, *(replace(point, day=days.get(key_of(point), point.day)) for point in added)))


def releases_of(tags: Iterable[Tag]) -> dict[str, str]:
    """Find the releases among tags, by commit: those that end in a version such as ``v1.2.0`` or ``api/1.2``.

    A tag that moves (``v1``) and one before a release (``v1.2.0-rc1``) are none.
    """
    found: dict[str, str] = {}
    for tag in sorted(tags, key=lambda tag: (len(tag.name), tag.name)):
        if is_name(tag.name) and _RELEASE.fullmatch(tag.name):
            found.setdefault(tag.commit, tag.name)
    return found


def points_of(report: Report, known: Sequence[Point], day: date) -> Iterator[Point]:
    """Yield what a report measured, and what it knows to weigh what it weighed before.

    The base is the commit before on the same branch: where it is not on record, this is the chance to put it there.
    """
    comparison, on_record = report.comparison, {key_of(point) for point in known}
    for image in filter(lambda image: is_name(image.name), report.images):
        before = _measured(image, image.base, comparison.base_sha, day)
        yield from (point for point in before if key_of(point) not in on_record)
        yield from _measured(image, image.head, comparison.head_sha, day)
        if image.state is ImageState.UNCHANGED and not isinstance(image.head, SideReport):
            yield from _carried(image.name, report, known, day)


def _measured(image: ImageReport, side: SideReport | MissingSide | None, commit: str, day: date) -> Iterator[Point]:
    if isinstance(side, SideReport) and commit:
        yield Point(image.name, image.platform, commit, day, side.unpacked_bytes, side.download, side.layers)


def _carried(image: str, report: Report, known: Iterable[Point], day: date) -> Iterator[Point]:
    """Repeat the points of the commit before, where the image was not built: a release may be tagged at this one."""
    before, now = report.comparison.base_sha, report.comparison.head_sha
    for point in known:
        if (point.image, point.commit) == (image, before):
            yield replace(point, commit=now, day=day, release="")


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
    """Yield every fresh point, and of each span the last release or else the last point."""
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
