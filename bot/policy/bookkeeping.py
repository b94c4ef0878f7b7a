"""Reports on commits of the default branch → the record of what images weigh, brought up to date."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from bot.model.history import Point, Tag
from bot.model.report import ImageReport, ImageState, Report, SideReport
from bot.policy.history import in_order, is_name, key_of, read_history, write_history
from bot.policy.thinning import thinned

# The text in front of a version ends in a sign: "api-v1.2.0", "api/1.2", but not "rc1".
_RELEASE: Final = re.compile(r"(?:.*[^0-9A-Za-z])?[vV]?[0-9]+(?:\.[0-9]+)+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to be written down: reports, the day, and the known releases by commit."""

    reports: tuple[Report, ...]
    day: date
    releases: Mapping[str, str] = field(default_factory=dict)


def brought_up_to_date(content: bytes | None, entry: Entry) -> bytes:
    """Add an entry to the record, ``None`` where there is none yet; doing it twice is doing it once.

    A commit that is on record already keeps its day. Releases that were tagged since are marked.
    """
    known = read_history(content or b"").points
    days = {key_of(point): point.day for point in known}
    added = [point for report in entry.reports for point in points_of(report, known, entry.day)]
    joined = in_order((*known, *(replace(point, day=days.get(key_of(point), point.day)) for point in added)))
    marked = [replace(point, release=entry.releases.get(point.commit, point.release)) for point in joined]
    return write_history(thinned(marked, entry.day))


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
    """Give what a report measured of the head, and what it knows to weigh what it weighed before."""
    for image in report.images:
        if isinstance(image.head, SideReport) and is_name(image.name):
            yield _measured(image, image.head, report.comparison.head_sha, day)
        elif image.state is ImageState.UNCHANGED:
            yield from _carried(image.name, report, known, day)


def _measured(image: ImageReport, head: SideReport, commit: str, day: date) -> Point:
    return Point(image.name, image.platform, commit, day, head.unpacked_bytes, head.download, head.layers)


def _carried(image: str, report: Report, known: Iterable[Point], day: date) -> Iterator[Point]:
    """Repeat the points of the commit before, where the image was not built: a release may be tagged at this one."""
    before, now = report.comparison.base_sha, report.comparison.head_sha
    for point in known:
        if (point.image, point.commit) == (image, before):
            yield replace(point, commit=now, day=day, release="")
