"""sizes.jsonl: what is read of it, what is added to it, and what is kept when it grows."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import CancelledError, GitError, PublishError
from bot.model.config import Policy
from bot.model.history import History, Point, Tag
from bot.model.image import DownloadSize
from bot.model.plan import Comparison
from bot.model.report import ImageReport, ImageState, MissingSide, Report, SideReport
from bot.policy.bookkeeping import GRAINS, LARGEST_RECORD_BYTES, RecordEntry, brought_up_to_date, releases_of, thinned
from bot.policy.size_record import BRANCH, FILE, MISSING, line_of, read_history, recall, write_history
from tests.policy.world import policy

TODAY = date(2026, 11, 24)
AMD64, ARM64 = "linux/amd64", "linux/arm64"
MB = 1_000_000


def commit(number: int) -> str:
    """The object ID of the commit with a number."""
    return f"{number:040x}"


def point(number: int, size: int = 100 * MB, day: date = TODAY, **more: object) -> Point:
    """What api weighed at a commit."""
    fields: dict[str, object] = {"image": "api", "platform": AMD64, "download": DownloadSize(40 * MB, exact=False)}
    return Point(commit=commit(number), day=day, unpacked_bytes=size, layers=5, **(fields | more))


def image(name: str = "api", platform: str = AMD64, size: int | None = 100 * MB, **more: object) -> ImageReport:
    """What a report says of an image of the head."""
    head = MissingSide("it does not build") if size is None else SideReport(size, None, 5, "sha256:0")
    return ImageReport(name, platform, more.pop("state", ImageState.CHANGED), None, head, None, **more)


def unbuilt(name: str = "api") -> ImageReport:
    """What a report says of an image that no input of changed."""
    why = MissingSide("no input changed")
    return ImageReport(name, "", ImageState.UNCHANGED, why, why, None)


def report(number: int, *images: ImageReport) -> Report:
    """A report on a commit and the one before."""
    comparison = Comparison(commit(number - 1), commit(number), "commit before the push")
    return Report("0", comparison, images, verdict=None)


def recorded(*reports: Report, known: bytes | None = None, day: date = TODAY, **releases: str) -> History:
    """The record with some reports in it."""
    by_commit = {commit(int(name.removeprefix("at"))): tag for name, tag in releases.items()}
    return read_history(brought_up_to_date(known, RecordEntry(reports, day, by_commit)))


# --- reading ---


def test_line__says_everything_in_plain_words():
    """A line is one JSON object whose sizes are written as in report.json; it names a release only if there is one."""
    assert json.loads(line_of(point(1))) == {
        "day": "2026-11-24",
        "commit": commit(1),
        "image": "api",
        "platform": "linux/amd64",
        "unpacked_bytes": 100 * MB,
        "download_bytes": {"bytes": 40 * MB, "exact": False},
        "layers": 5,
    }
    assert json.loads(line_of(point(1, release="v1.0")))["release"] == "v1.0"


def test_record__is_where_the_manual_says(root: Path):
    """Branch and file have the names that the manual gives, by which others find them."""
    manual = (root / "docs/history.md").read_text(encoding="utf-8")

    assert read_history(b"").points == ()
    assert f"one file, `{FILE}`, on a branch of its own, `{BRANCH}`" in manual


@pytest.mark.parametrize("digits", [40, 64])
def test_line__is_of_a_commit_by_either_hash(digits: int):
    """A commit's object ID has forty digits, or sixty-four where the repository uses SHA-256; no other number is one."""
    one = replace(point(1), commit="a" * digits)

    assert read_history(line_of(one)).points == (one,)
    for other in (digits - 1, digits + 1, 65):
        assert read_history(line_of(replace(one, commit="a" * other))).points == ()
    assert read_history(line_of(replace(one, commit="a" * 40 + "g" * 24))).points == ()


NAMES = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=30)
POINTS = st.builds(
    Point,
    image=NAMES,
    platform=NAMES,
    commit=st.integers(0, 2**64).map(commit),
    day=st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    unpacked_bytes=st.integers(0, 2**53 - 1),
    download=st.none() | st.builds(DownloadSize, st.integers(0, 2**53 - 1), st.booleans()),
    layers=st.integers(0, 10_000),
    release=st.just("") | NAMES,
)


@given(st.lists(POINTS, max_size=20, unique_by=lambda one: (one.image, one.platform, one.commit)))
def test_history__is_read_back(points: list[Point]):
    """Whatever is written is read again, oldest day first."""
    history = read_history(write_history(points))

    assert history.notes == ()
    assert sorted(points, key=lambda one: one.day) == list(history.points)


GOOD = line_of(point(1))


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b"\xff\xfe",
        b"[" * 100_000,
        b"[" * 3_999,
        b"9" * 3_999,
        GOOD.replace(b'"api"', b'""'),
        GOOD.replace(b'"api"', b"7"),
        GOOD.replace(b'"api"', b'"\\u001b[31mred"'),
        GOOD.replace(b'"api"', b'"\\ud800"'),
        GOOD.replace(b'"api"', b'"' + b"a" * 4_000 + b'"'),
        GOOD.replace(b'"linux/amd64"', b"null"),
        GOOD.replace(b'"day":"2026-11-24",', b""),
        GOOD.replace(b"2026-11-24", b"2026-11-31"),
        GOOD.replace(b"2026-11-24", b"1926-11-24"),
        GOOD.replace(commit(1).encode(), b"main"),
        GOOD.replace(b"100000000", b"-1"),
        GOOD.replace(b"100000000", b"true"),
        GOOD.replace(b"100000000", b"1e8"),
        GOOD.replace(b"100000000", b"NaN"),
        GOOD.replace(b"100000000", b"9" * 20),
        GOOD.replace(b'{"bytes":40000000,"exact":false}', b"40000000"),
        GOOD.replace(b'"layers":5', b'"layers":10001'),
        GOOD.replace(b'"layers":5', b'"layers":5,"release":""'),
    ],
)
def test_history__leaves_out_what_we_do_not_write(line: bytes):
    """A line that is broken, hostile or half-right is left out and counted; the others hold."""
    history = read_history(line.rstrip(b"\n") + b"\n" + line_of(point(2)))

    assert history.points == (point(2),)
    assert history.notes == ("A line of the recorded history is not readable and left out.",)


def test_history__reads_lines_up_to_their_limit_and_no_further():
    """A line of 4,000 bytes is read, one of a byte more is not even parsed."""
    longest = GOOD.rstrip(b"\n").removesuffix(b"}") + b',"later":"'
    padded = longest + b"a" * (4_000 - len(longest) - 2) + b'"}'

    assert len(padded) == 4_000
    assert read_history(padded).points == (point(1),)
    assert read_history(padded.replace(b"aa", b"aaa", 1)).points == ()


def test_history__reads_names_up_to_their_limit_and_no_further():
    """A name has at most 1,000 characters."""
    longest = replace(point(1), image="a" * 1_000)

    assert read_history(line_of(longest)).points == (longest,)
    assert read_history(line_of(replace(longest, image="a" * 1_001))).points == ()


def test_history__lines_without_anything_are_no_lines():
    """A blank line is nothing that could be left out."""
    assert read_history(b"\n  \n" + GOOD + b"\t\n").notes == ()


def test_line__has_no_byte_too_many():
    """The record grows with every commit, so its lines have no blanks."""
    assert b" " not in line_of(point(1))


def test_history__counts_two_lines():
    """Two lines are more than one."""
    assert read_history(b"{\n{\n").notes == ("2 lines of the recorded history are not readable and left out.",)


def test_history__counts_what_it_leaves_out():
    """Several lines that cannot be read are told in one sentence."""
    history = read_history(b"<<<<<<< ours\n" + GOOD + b"=======\n>>>>>>> theirs\n")

    assert history.notes == ("3 lines of the recorded history are not readable and left out.",)


@given(st.binary(max_size=300))
def test_history__of_anything_is_never_a_failure(content: bytes):
    """No content of the file stops a run."""
    assert read_history(content).points == ()


def test_history__keys_to_come_are_no_trouble():
    """A line that a later version wrote with more in it is read all the same."""
    assert read_history(GOOD.replace(b'{"day"', b'{"digest":"sha256:0","day"')).points == (point(1),)


def test_history__gives_each_image_and_platform_its_own():
    """Budgets look at one image on one platform."""
    points = (point(1), point(1, 90 * MB, platform=ARM64), point(1, 7, image="web"), point(2, 80 * MB, release="v1.0"))

    sizes = History(points).of("api", AMD64).sizes

    assert [(one.unpacked_bytes, one.commit, one.release) for one in sizes] == [
        (100 * MB, commit(1), ""),
        (80 * MB, commit(2), "v1.0"),
    ]


# --- when it is read at all ---


def never() -> bytes:
    """A file that nobody should read."""
    raise AssertionError


@pytest.mark.parametrize("toml", ["", '[budget]\nmax-size = "1 MB"', "[budget]\nratchet = false\ncreep = false"])
def test_recall__fetches_nothing_where_no_budget_looks_back(toml: str):
    """Without a ratchet or creep, no branch is fetched and nothing is said."""
    assert recall(policy(toml), never) == History()


@pytest.mark.parametrize("toml", ["budget.ratchet = true", '[[image]]\nname = "a"\nbudget.creep = "1 MB"'])
def test_recall__reads_where_a_budget_looks_back(toml: str):
    """A ratchet or creep of any image makes the record worth reading."""
    assert recall(policy(toml), lambda: GOOD).points == (point(1),)


def missing() -> bytes:
    """A branch that is not there."""
    raise GitError("The revision 'deadweight-history' was not found.")


def unpublished() -> bytes:
    """A file that GitHub does not hand over."""
    raise PublishError("The file could not be read.")


@pytest.mark.parametrize("read", [missing, unpublished, lambda: None])
def test_recall__says_that_there_is_no_record(read):
    """A missing branch or file is no failure, but the report says what the budgets could not look at."""
    assert recall(policy("budget.ratchet = true"), read) == History(notes=(MISSING,))


def cancelled() -> bytes:
    """A run that is told to stop while it fetches."""
    raise CancelledError("stop")


def test_recall__being_cancelled_is_not_a_missing_record():
    """A run that is told to stop stops."""
    with pytest.raises(CancelledError):
        recall(policy("budget.ratchet = true"), cancelled)


def test_recall__needs_nothing_of_an_empty_policy():
    """No configuration, no history."""
    assert recall(Policy(), never) == History()


# --- bringing it up to date ---


def test_record__has_one_line_for_each_image_and_platform():
    """Each image that was measured is on record with its commit and day."""
    history = recorded(report(1, image(), image(platform=ARM64, size=90 * MB), image("web", size=7)))

    assert history.points == (
        point(1, download=None),
        point(1, 90 * MB, platform=ARM64, download=None),
        point(1, 7, image="web", download=None),
    )


def test_record__knows_no_size_of_what_was_not_measured():
    """An image that does not build or is gone has no size: never zero."""
    gone = replace(image("web"), state=ImageState.REMOVED, head=None)

    assert recorded(report(1, image(size=None, state=ImageState.NOT_MEASURED), gone)).points == ()


def test_record__starts_with_what_there_was():
    """What an image weighed before its first recorded change is on record too, as the older of the two."""
    before = SideReport(90 * MB, None, 4, "sha256:0")
    changed = replace(image(), base=before)

    history = recorded(report(2, changed), report(3, image("web"), changed))

    assert [(one.image, one.commit, one.unpacked_bytes) for one in history.points] == [
        ("api", commit(1), 90 * MB),
        ("api", commit(2), 100 * MB),
        ("web", commit(3), 100 * MB),
        ("api", commit(3), 100 * MB),
    ]


def test_record__of_a_base_that_is_there_already_is_left_alone():
    """What was recorded when a commit was new is not replaced by what its rebuild weighs later."""
    changed = replace(image(), base=SideReport(1, None, 4, "sha256:0"))

    history = recorded(report(2, changed), known=write_history([point(1)]))

    assert [one.unpacked_bytes for one in history.points] == [100 * MB, 100 * MB]


def test_record__done_twice_is_done_once():
    """A job that is run again changes nothing, not even the day."""
    once = brought_up_to_date(None, RecordEntry((report(1, image()),), TODAY))

    again = brought_up_to_date(once, RecordEntry((report(1, image()),), TODAY + timedelta(days=30)))

    assert once == again


def test_record__of_the_same_commit_is_replaced_where_it_differs():
    """The last measurement of a commit holds, on the day of the first."""
    first = write_history([point(1, day=TODAY - timedelta(days=3))])

    history = recorded(report(1, image(size=99 * MB)), known=first)

    assert [(one.unpacked_bytes, one.day) for one in history.points] == [(99 * MB, TODAY - timedelta(days=3))]


def test_record__repeats_what_was_not_built():
    """An image that no input of changed weighs what it weighed at the commit before, on every platform."""
    known = write_history([point(1), point(1, 90 * MB, platform=ARM64), point(1, 7, image="web")])

    history = recorded(report(2, unbuilt()), known=known)

    assert [one for one in history.points if one.commit == commit(2)] == [
        point(2),
        point(2, 90 * MB, platform=ARM64),
    ]


def test_record__repeats_nothing_of_what_was_built_or_failed_to_build():
    """Only an image that was not built for want of changes is taken to weigh what it did; one that was built is measured."""
    known = write_history([point(1)])
    built = replace(image(size=7), state=ImageState.UNCHANGED)

    (failed,) = recorded(report(2, image(size=None)), known=known).points
    (_, now) = recorded(report(2, built), known=known).points

    assert failed == point(1)
    assert (now.commit, now.unpacked_bytes) == (commit(2), 7)


def test_record__of_no_commit_is_not_kept():
    """A report that does not say which commit it measured puts nothing on record."""
    nowhere = replace(report(1, image()), comparison=Comparison("", "", "a folder"))

    assert brought_up_to_date(None, RecordEntry((nowhere,), TODAY)) == b""


def test_record__repeats_on_the_day_of_the_later_commit():
    """What was not built at a commit is on record with the day of that commit."""
    known = write_history([point(1, day=TODAY - timedelta(days=9))])

    assert recorded(report(2, unbuilt()), known=known).points[-1].day == TODAY


def test_record__repeats_nothing_across_a_gap():
    """Where the commit before is not on record, nobody knows what an image that was not built weighs."""
    history = recorded(report(3, unbuilt()), known=write_history([point(1)]))

    assert history.points == (point(1),)


def test_record__marks_releases_whenever_they_are_tagged():
    """A release that was tagged after its commit was recorded is marked by the next record."""
    known = write_history([point(1), point(2)])

    history = recorded(report(3, image()), known=known, at2="v1.0.0", at3="v1.1.0", at9="v9.0.0")

    assert [one.release for one in history.points] == ["", "v1.0.0", "v1.1.0"]


def test_record__keeps_a_release_whose_tag_is_gone():
    """What was released stays released."""
    history = recorded(report(2, image()), known=write_history([point(1, release="v1.0.0")]))

    assert [one.release for one in history.points] == ["v1.0.0", ""]


def test_record__does_not_repeat_a_release():
    """An image that was not built since the release is not released again."""
    history = recorded(report(2, unbuilt()), known=write_history([point(1, release="v1.0.0")]))

    assert [one.release for one in history.points] == ["v1.0.0", ""]


def test_record__loses_lines_that_nobody_can_read():
    """Writing anew drops what was left out in reading; git has it still."""
    content = brought_up_to_date(b"<<<<<<<\n" + GOOD, RecordEntry((report(2, image()),), TODAY))

    assert read_history(content).notes == ()
    assert len(read_history(content).points) == 2


def test_record__of_an_image_with_a_name_that_cannot_be_seen_is_left_out():
    """A folder may be called anything; what could not be read again is not written."""
    assert recorded(report(1, image("a\nb"), image())).points == (point(1, download=None),)


@pytest.mark.parametrize(
    ("tag", "is_release"),
    [
        ("v1.2.0", True),
        ("1.2", True),
        ("V2.0.0", True),
        ("api/v1.2.0", True),
        ("api-1.2.0", True),
        ("release_2026.11.24", True),
        ("v1", False),
        ("latest", False),
        ("v1.2.0-rc1", False),
        ("v1.2.0-beta", False),
        ("rc1.2", False),
        ("x1.2", False),
        ("api-x1.2", False),
        ("v1.2.", False),
        ("1.2.3.4", True),
        ("\x1b-v1.2", False),
        ("v1.2.0\x1b", False),
        ("", False),
    ],
)
def test_release__is_a_tag_that_ends_in_a_version(tag: str, is_release: bool):
    """Tags that move and those before a release are none."""
    assert releases_of([Tag(tag, commit(1))]) == ({commit(1): tag} if is_release else {})


def test_release__of_a_commit_with_several_has_the_shortest_name():
    """Which of several tags is shown does not depend on their order."""
    tags = [Tag("api-v1.0.0", commit(1)), Tag("v1.0.0", commit(1)), Tag("web-v1.0.0", commit(1))]

    assert releases_of(tags) == releases_of(tags[::-1]) == {commit(1): "v1.0.0"}


# --- keeping it small ---


def daily(days: int, per_day: int, size: int = 100 * MB) -> Iterator[Point]:
    """Several commits a day, up to today."""
    for number in range(days * per_day):
        yield point(number + 1, size + number, day=TODAY - timedelta(days=days - 1 - number // per_day))


def test_thinned__keeps_every_commit_of_ninety_days_and_one_a_day_before():
    """Beyond ninety days the last commit of each day stands for the day."""
    kept = thinned(list(daily(days=100, per_day=3)), TODAY)

    per_day = [sum(one.day == TODAY - timedelta(days=age) for one in kept) for age in range(100)]
    assert per_day == [3] * 91 + [1] * 8 + [2]
    assert kept[-1] == list(daily(days=100, per_day=3))[-1]


def test_thinned__keeps_the_smallest_and_the_release_of_a_day():
    """A ratchet never loosens and a release is never lost because a later commit of that day took their place."""
    old = TODAY - timedelta(days=200)
    small, released, last = point(1, 1, day=old), point(2, day=old, release="v1.0.0"), point(3, day=old)
    other = point(4, day=old - timedelta(days=1))

    assert thinned([other, small, released, last], TODAY) == (other, small, released)


def test_thinned__keeps_images_and_platforms_apart():
    """Each has its own point of a day."""
    old = TODAY - timedelta(days=200)
    points = [point(1, day=old), point(1, day=old, platform=ARM64), point(1, day=old, image="web")]

    assert thinned(points, TODAY) == tuple(points)


def test_thinned__always_fits():
    """However busy a repository is, the record stays below what is handed over in one answer, with what matters."""
    points = [
        replace(one, image=f"image-{number}", unpacked_bytes=1 if one.commit == commit(1) else one.unpacked_bytes)
        for number in range(40)
        for one in daily(days=150, per_day=4)
    ]
    assert len(write_history(points)) > 5 * LARGEST_RECORD_BYTES

    kept = thinned(points, TODAY)

    assert len(write_history(kept)) <= LARGEST_RECORD_BYTES
    for number in range(40):
        own = History(kept).of(f"image-{number}", AMD64)
        assert (own.smallest.unpacked_bytes, own.sizes[-1].day) == (1, TODAY)


def test_thinned__cuts_the_oldest_where_nothing_else_helps():
    """Even of thousands of images the newest are kept, and the file still fits."""
    points = [point(1, image=f"image-{number:05}", day=TODAY) for number in range(6_000)]

    kept = thinned(points, TODAY)

    assert len(write_history(kept)) <= LARGEST_RECORD_BYTES
    assert len(kept) > 4_000


def test_grains__become_coarser():
    """Each step keeps fewer fresh days or longer spans than the one before."""
    assert list(GRAINS) == sorted(GRAINS, key=lambda grain: (-grain.fresh_days, grain.span_days))


@given(st.lists(POINTS, max_size=30, unique_by=lambda one: (one.image, one.platform, one.commit)))
def test_thinned__is_stable(points: list[Point]):
    """Thinning what is thinned changes nothing, and nothing is made up."""
    ordered = sorted(points, key=lambda one: one.day)

    kept = thinned(ordered, TODAY)

    assert thinned(kept, TODAY) == kept
    assert set(kept) <= set(points)
