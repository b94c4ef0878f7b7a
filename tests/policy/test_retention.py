"""How a record is thinned, grain by grain and to the byte."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.model.history import Point
from bot.policy.bookkeeping import LARGEST_RECORD_BYTES, thinned
from bot.policy.size_record import line_of

TODAY = date(2026, 11, 24)
DAYS = 400


def point(number: int, age: int, width: int = 0, **more: object) -> Point:
    """A commit some days ago, whose image has a name so long that its line has as many bytes as are wanted."""
    one = Point("a", "p", f"{number:040x}", TODAY - timedelta(days=age), 100, None, 5, **more)
    return replace(one, image="a" * (1 + width - len(line_of(one)))) if width else one


def two_a_day(width: int) -> list[Point]:
    """Two commits a day over four hundred days, the last of them today."""
    return [point(number, DAYS - 1 - number // 2, width) for number in range(2 * DAYS)]


def left(fresh_days: int, span_days: int) -> list[int]:
    """The ages of those that a grain leaves: all of the fresh days, and the last of each span before."""
    spans = {(TODAY.toordinal() - age) // span_days: age for age in range(DAYS - 1, fresh_days, -1)}
    return [*spans.values(), *(age for age in range(fresh_days, -1, -1) for _ in range(2))]


@pytest.mark.parametrize(("fresh_days", "span_days"), [(90, 1), (30, 1), (7, 1), (7, 7), (1, 7), (1, 30), (1, 365)])
def test_thinned__takes_the_first_grain_that_fits(fresh_days: int, span_days: int):
    """A record for which a grain leaves exactly as many bytes as may be keeps what that grain leaves, not a commit less."""
    ages = left(fresh_days, span_days)

    kept = thinned(two_a_day(LARGEST_RECORD_BYTES // len(ages)), TODAY)

    assert [(TODAY - one.day).days for one in kept] == ages


def test_thinned__fits_to_the_byte():
    """What has exactly as many bytes as may be is kept whole; with one more byte the oldest goes."""
    first, second = point(1, 0, LARGEST_RECORD_BYTES // 2), point(2, 0, LARGEST_RECORD_BYTES // 2)
    wider = replace(second, image=f"{second.image}a")

    assert sum(len(line_of(one)) for one in (first, second)) == 900_000
    assert thinned((first, second), TODAY) == (first, second)
    assert thinned((first, wider), TODAY) == (first,)


def test_thinned__cuts_what_is_no_landmark_from_the_oldest_on():
    """Where no grain fits, the smallest and the last release stay, and then as many as fit, the newest first."""
    width = LARGEST_RECORD_BYTES // 4
    points = [replace(point(number, 0, width), unpacked_bytes=100 - number % 2) for number in range(6)]
    points = [replace(one, image=points[0].image) for one in points]
    points[0] = replace(points[0], unpacked_bytes=1)
    points[1] = replace(points[1], release="v1.0", image=points[1].image[:-17])

    kept = thinned(points, TODAY)

    assert kept == (points[0], points[1], points[4], points[5])


def test_thinned__keeps_the_last_release_of_a_span():
    """Of two releases of a span the later stays, whatever comes after; the smallest of equals is the newest."""
    old = [point(1, 200, release="v1"), point(2, 200, release="v2"), point(3, 200), point(4, 200)]
    fresh = point(5, 0)

    assert thinned((*old, replace(fresh, release="v3")), TODAY) == (old[1], replace(fresh, release="v3"))


def test_thinned__keeps_but_the_last_release_as_a_landmark():
    """An early release of another day goes with the other commits of its span where the record is too large."""
    points = [point(number, 0, LARGEST_RECORD_BYTES // 3 - 20) for number in range(5)]
    points = [replace(one, release=f"v{at}") if at in {0, 1, 4} else one for at, one in enumerate(points)]

    assert thinned(points, TODAY) == tuple(points[2:])


def test_thinned__cuts_to_the_byte():
    """Where commits must go, those that stay may have exactly as many bytes as the whole may have."""
    points = [point(number, 0, LARGEST_RECORD_BYTES // 3) for number in range(4)]

    assert thinned(points, TODAY) == tuple(points[1:])
