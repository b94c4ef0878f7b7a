"""Every text and number of a report has a form of its own: its edges are read, and what lies beyond them is refused."""

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from bot.errors import UsageError
from bot.model import bounds
from bot.model.report import ImageReport
from bot.render.report_json import decode, dump
from bot.render.report_json import decode_values as values
from bot.render.report_json.reader import MOST_BYTES, Node, load
from tests.render.everything import alone
from tests.render.reports import STORIES

GROWTH, ACCEPTED, BASE_FAILS, SHRINK = "a", "accepted", "e", "c"
SHA, SHA256 = "0123456789" * 4, "0123456789abcdef" * 4
COMMITS = [SHA, SHA256, ""]
NO_COMMITS = ["main", SHA[:-1], SHA + "0", SHA256[:-1], SHA256 + "0", SHA.replace("1", "A"), f"x{SHA}", f"{SHA}\n"]
DIFF_IDS = ["sha256:" + "0" * 32, "sha256:" + "f" * 128, "a:" + "0" * 64, "az09+._-" + "x" * 12 + ":" + "0" * 64]
NO_DIFF_IDS = ["", "sha256:", "0" * 64, ":" + "0" * 64, "sha256:" + "0" * 31, "sha256:" + "0" * 129, "x" * 21 + ":" + "0" * 64,
               "SHA:" + "0" * 64, "sha256:" + "A" * 64, "sha256:" + "g" * 64, "sha256:" + "0" * 64 + "\n"]  # fmt: skip
DAYS = ["2000-01-01", "2099-12-31", "2026-10-19", "2026-09-30", "2024-02-29", "2026-11-10"]
NO_DAYS = ["1999-01-01", "2100-01-01", "2026-13-01", "2026-00-01", "2026-1-01", "2026-01-1", "2026-01-32", "2026-01-00", "20260101",
           "2026-20-01", "2026-01-40", "2026-01-01T00:00", "2025-02-29", "202-01-01", "20261-01-01"]  # fmt: skip
FORMS: list[tuple[str, str, list[object], list[object]]] = [
    (GROWTH, "comparison.base.sha", [SHA, SHA256], NO_COMMITS),
    (GROWTH, "comparison.head.sha", COMMITS, NO_COMMITS),
    (GROWTH, "comparison.head.pull_head_sha", COMMITS, NO_COMMITS),
    (GROWTH, "run.repository", ["", "o/r", "o" * 100 + "/" + "r" * 100, "A-_.0/z-_.9"],
     ["o", "o/", "/r", "o/r/x", "o" * 101 + "/r", "o/" + "r" * 101, "o r/x", "o/ü", "o/r\n"]),
    (GROWTH, "run.server_url", ["", "http://a", "https://A-z.9", "https://a:1", "https://a:65535", "https://" + "a" * 200],
     ["ftp://a", "https:/a", "https://", "https://a:", "https://a:123456", "https://a/", "https://a:x", "https://a_b",
      "https://" + "a" * 201, "xhttps://a", "https://a\n", "http"]),
    (GROWTH, "tool.version", ["1", "a" * 40, "0.1.0+b-C"], ["", "a" * 41, "1 0", "1_0", "1\n"]),
    (GROWTH, "run.pull_number", [None, 0, 1, 2**53 - 1], [-1, 2**53, "1", True]),
    (GROWTH, "run.run_id", [None, 0, 2**53 - 1], [-1, 2**53, 1.5]),
    (GROWTH, "run.run_attempt", [None, 0, 2**53 - 1], [-1, 2**53, []]),
    (GROWTH, "exit_code", [0, 1, 255], [-1, 256, None, True]),
    (GROWTH, "images.0.platform", ["", "linux", "linux/amd64", "linux/arm/v7", "a/b/c/d", "A-_.9/" + "b" * 40, "b" * 40],
     ["/", "linux/", "/amd64", "a/b/c/d/e", "b" * 41, "a/" + "b" * 41, "linux amd64", "linux/ü", "linux\n"]),
    (GROWTH, "images.0.causes.0.side", ["head"], ["", "Base", "both", "basehead", "base|head"]),
    (GROWTH, "images.0.causes.1.base_diff_id", [None, *DIFF_IDS], NO_DIFF_IDS),
    (GROWTH, "images.0.causes.1.head_diff_id", [None, *DIFF_IDS], NO_DIFF_IDS),
    (GROWTH, "images.0.contents.0.ecosystem", ["", "deb", "0", "a-9", "a" * 31], ["-a", "A", "a" * 32, "a_b", "deb\n"]),
    (GROWTH, "images.0.findings.0.rule", ["a", "0", "a-9", "a" * 64], ["", "-a", "A", "a" * 65, "a_b", "a\n"]),
    (GROWTH, "images.0.findings.0.confidence", [0, 1, 0.0, 1.0, 0.5], [-0.1, 1.1, 2, -1, None, "1", True]),
    (GROWTH, "images.0.findings.0.measured_after", [None, 8_030_000], [-1, 2**53]),
    (GROWTH, "images.0.verification.seconds", [0, 1.5, 86_400], [-1, 86_401, None, "1", True]),
    (GROWTH, "images.0.verification.found_at", COMMITS, NO_COMMITS),
    (GROWTH, "images.0.verification.best", [1], [-1, 2, 1.5, True, "1"]),
    (GROWTH, "images.0.verification.patch", ["", "x" * bounds.PATCH_LIMIT], ["x" * (bounds.PATCH_LIMIT + 1), None]),
    (GROWTH, "images.0.verification.attempts.0.rung", ["slim"], ["", "Slim", None, 1]),
    (GROWTH, "images.0.verification.attempts.1.mends.0.kind", ["package", "root"], ["", "Root", 1]),
    (GROWTH, "images.0.verification.attempts.0.layers", [None, 0, 2**53 - 1], [-1, 2**53]),
    (GROWTH, "images.0.verification.attempts.0.checks.0.name", ["a", "A-9", "CA certificates", "a" * 64], ["", "-a", " a", "a" * 65, "a_b", "a\n"]),
    (GROWTH, "images.0.verification.attempts.0.checks.0.state", ["passed", "failed", "not made"], ["not-made", "", 1]),
    (GROWTH, "images.0.findings.0.patch", ["", "x" * bounds.PATCH_LIMIT], ["x" * (bounds.PATCH_LIMIT + 1), None]),
    (GROWTH, "images.0.causes.0.lines", [None, [1, 1], [1, 2], [999_999, 1_000_000]],
     [[], [1], [0, 1], [2, 1], [1, 1_000_001], [1, 2, 3], [1, 2, 3, 4], ["1", "2"], 1, [True, True]]),
    (GROWTH, "images.0.causes.0.text", ["", "x" * bounds.TEXT_LIMIT], ["x" * (bounds.TEXT_LIMIT + 1), None, 1]),
    (GROWTH, "images.0.budgets.0.since_days", [None, 0, 1, 100_000], [-1, 100_001, "1"]),
    (GROWTH, "images.0.budgets.0.limit_amount", [0, 2**53 - 1], [-1, 2**53, None]),
    (GROWTH, "images.0.budgets.0.limit_percent", [None], ["5", "5.0001", "123456"]),
    (GROWTH, "images.0.budgets.0.limit", [""], [1]),
    (GROWTH, "images.0.budgets.0.actual", [None, -(2**53) + 1, 2**53 - 1], [-(2**53), 2**53]),
    (GROWTH, "images.0.budgets.0.allowed", [None, -(2**53) + 1, 2**53 - 1], [-(2**53), 2**53]),
    (GROWTH, "images.0.budgets.0.on_exceed_stated", [True, False], [0, None]),
    (GROWTH, "images.0.budgets.0.patterns", [[], ["*.map"] * bounds.MOST_PATTERNS], [["*"] * (bounds.MOST_PATTERNS + 1), [1], "*"]),
    (ACCEPTED, "policy.waivers.0.until", [None, *DAYS], NO_DAYS),
    (ACCEPTED, "policy.waivers.0.up_to", [None, 0, -(2**53) + 1, 2**53 - 1], [-(2**53), 2**53]),
    (BASE_FAILS, "images.0.base.failure.exit_code", [None, -9, 0, 255], [2**53, "1"]),
    (BASE_FAILS, "images.0.base.failure.lines", [None, [1, 1]], [[0, 1]]),
    (BASE_FAILS, "images.0.base.failure.log_tail", [[], ["x" * bounds.LOG_LINE_LIMIT] * bounds.MOST_LOG_LINES],
     [["x"] * (bounds.MOST_LOG_LINES + 1), ["x" * (bounds.LOG_LINE_LIMIT + 1)]]),
    (BASE_FAILS, "images.0.base.failure", [None], [[], 1]),
    (SHRINK, "images.0.causes.0.side", ["base", "head"], ["Base"]),
    (SHRINK, "images.0.causes.1.copied_from.0.lines", [None, [1, 1]], [[0, 1]]),
    (SHRINK, "images.0.causes.1.copied_from.0.exact", [True, False], [None, 1]),
]  # fmt: skip


def put(name: str, place: str, value: object) -> bytes:
    """A story's report with another value in one place."""
    document = json.loads(dump(alone() if name == "busy" else STORIES[name]()))
    *above, last = (int(key) if key.isdecimal() else key for key in place.split("."))
    target: Any = document
    for key in above:
        target = target[key]
    target[last] = value
    return json.dumps(document).encode()


def cases(which: int) -> list[Any]:
    """One case for each value of a form."""
    return list(_cases(which))


def _cases(which: int) -> Iterator[Any]:
    for form in FORMS:
        for value in form[which]:
            yield pytest.param(form[0], form[1], value, id=f"{form[1]}-{str(value)[:50]!r}-{len(str(value))}")


@pytest.mark.parametrize(("name", "place", "value"), cases(2))
def test_decode__reads_a_form_to_its_edges(name: str, place: str, value: object):
    """What a form just allows is read, and written again as it was."""
    content = put(name, place, value)

    assert json.loads(dump(decode(content))) == json.loads(content)


@pytest.mark.parametrize(("name", "place", "value"), cases(3))
def test_decode__refuses_what_lies_beyond_a_form(name: str, place: str, value: object):
    """What a form does not allow any more is refused, and the refusal says in which place it is."""
    parent = place.partition(".limit_")[0]
    named = re.escape("$." + re.sub(r"\.(\d+)", r"[\1]", parent))

    with pytest.raises(UsageError, match=f"{named}[^0-9a-z]"):
        decode(put(name, place, value))


PERCENTAGES = ["0", "5", "123456", "0.5", "123456.1234", "5.0001"]
NO_PERCENTAGES = ["", ".5", "5.", "1234567", "5.00001", "-1", "1e3", "NaN", "٣", "5 %", "5\n"]


@pytest.mark.parametrize("text", PERCENTAGES)
def test_percent__is_a_short_decimal_number(text: str):
    """A percentage is read as the decimal number that it is."""
    assert str(values.percent(Node(text))) == text


@pytest.mark.parametrize("text", NO_PERCENTAGES)
def test_percent__is_nothing_else(text: str):
    """What is no short decimal number is no percentage."""
    with pytest.raises(UsageError, match="does not match"):
        values.percent(Node(text))


def test_decode__reads_a_percentage_or_an_amount():
    """A limit is an amount or a percentage, never both; without its words it is no limit at all."""
    document = json.loads(dump(STORIES["d"]()))
    held = next(budget for image in document["images"] for budget in image["budgets"] if budget["limit_percent"])
    read = decode(json.dumps(document).encode())
    (limit,) = [
        one.budget.limit
        for image in read.images
        for one in image.budgets
        if one.budget.limit and one.budget.limit.percent
    ]

    assert (str(limit.percent), limit.amount, limit.text) == ("5", None, "5 %")
    for field, value, told in [
        ("limit_amount", 5, "needs either"),
        ("limit_amount", None, ""),
        ("limit", None, "needs its text"),
    ]:
        held[field] = value
        if told:
            with pytest.raises(UsageError, match=told):
                decode(json.dumps(document).encode())


KINDS = [
    (GROWTH, "images.0.paths", {"added": 0, "removed": 0}),
    (GROWTH, "images.0.delta.pull_bytes", {"bytes": -1, "exact": False}),
    (GROWTH, "images.0.head.download_bytes", {"bytes": -1, "exact": False}),
    (GROWTH, "images.0.causes.0.largest", [{"name": "x", "bytes": 1}] * (bounds.MOST_THINGS + 1)),
    (GROWTH, "images.0.findings.0.evidence", [{"name": "x", "bytes": 1}] * (bounds.MOST_THINGS + 1)),
    (GROWTH, "images.0.findings.0.evidence", [{"name": "x", "bytes": -1}]),
    (GROWTH, "images.0.findings", [{}] * (bounds.MOST_FINDINGS + 1)),
    (GROWTH, "images.0.causes", [{}] * (bounds.MOST_CAUSES + 1)),
    (GROWTH, "images.0.contents", [{}] * (bounds.MOST_CONTENTS + 1)),
    (GROWTH, "images.0.layers", [{}] * (bounds.MOST_LAYERS + 1)),
    (GROWTH, "images.0.budgets", [{}] * (bounds.MOST_BUDGETS + 1)),
    (GROWTH, "images.0.notes", ["x"] * (bounds.MOST_NOTES + 1)),
    (GROWTH, "images", [{}] * (bounds.MOST_IMAGES + 1)),
    (GROWTH, "policy.waivers", [{}] * (bounds.MOST_BUDGETS + 1)),
    (SHRINK, "images.0.causes.1.copied_from", [{}] * (bounds.MOST_ORIGINS + 1)),
]


@pytest.mark.parametrize(("name", "place", "value"), KINDS, ids=lambda value: str(value)[:50])
def test_decode__refuses_lists_and_records_beyond_their_bounds(name: str, place: str, value: object):
    """A list that is one too long and a record that lacks a key or holds a negative size are refused by their place."""
    with pytest.raises(UsageError, match=re.escape("$." + re.sub(r"\.(\d+)", r"[\1]", place))):
        decode(put(name, place, value))


def test_decode__names_the_step_of_a_ladder_it_does_not_know():
    """The refusal of a step of the ladder lists the steps there are."""
    with pytest.raises(UsageError, match="ladder is not one of suspected, measured, built, verified"):
        decode(put(GROWTH, "images.0.findings.0.ladder", "VERIFIED"))


def test_decode__refuses_another_schema_before_anything_else():
    """A report of another version is refused for that, whatever else is strange about it."""
    with pytest.raises(UsageError, match=re.escape("$.schema is not ")):
        decode(json.dumps({"schema": "x", "more": 1}).encode())
    with pytest.raises(UsageError, match="lacks the key 'schema'"):
        decode(b"{}")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("9" * 16, 10**16 - 1),
        ("-" + "9" * 16, 1 - 10**16),
        ("0", 0),
    ],
)
def test_load__reads_integers_of_sixteen_digits(text: str, told: int):
    """An integer of as many digits as a size can have is one; the sign does not count."""
    assert load(text.encode()).value == told


@pytest.mark.parametrize("digits", ["1" * 17, "-" + "1" * 17, "1" * 30, "NaN", "-Infinity"])
def test_load__refuses_endless_integers_when_they_are_asked_for(digits: str):
    """A longer one is refused where a number is wanted, with no more than its first twenty characters."""
    with pytest.raises(UsageError) as caught:
        load(digits.encode()).count()

    assert f"$ is {digits[:20]}, not a usable number." in str(caught.value)


def test_load__reads_a_file_of_just_the_size_that_is_allowed():
    """A file of exactly as many bytes as may be is read, one more is refused."""
    fits = b'"' + b"x" * (MOST_BYTES - 2) + b'"'

    assert len(load(fits).value) == MOST_BYTES - 2
    with pytest.raises(UsageError, match="is a file of 32000001 bytes, more than 32000000"):
        load(fits + b" ")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"[" * 100_000, "is nested too deeply"),
        (b"{", "is not JSON: "),
        (b"\xff", "is not JSON: "),
    ],
)
def test_load__says_why_it_is_no_report(content: bytes, told: str):
    """What is no JSON is refused in one line."""
    with pytest.raises(UsageError, match=rf"^The report cannot be used: \$ {told}"):
        load(content)


@pytest.mark.parametrize("point", [0xD800, 0xDC7F, 0xDD00, 0xDFFF])
def test_text__refuses_surrogates_that_are_no_bytes(point: int):
    """A surrogate outside those that stand for bytes is refused; those that do are kept."""
    with pytest.raises(UsageError, match="holds a surrogate that stands for nothing"):
        Node(f"a{chr(point)}b").text(9)
    assert Node("a\udc80\udcffb").text(9) == "a\udc80\udcffb"


@pytest.mark.parametrize("value", [[], "", None, 5])
def test_record__is_an_object(value: object):
    """What is no object has no keys."""
    assert not Node(value).has("a")
    with pytest.raises(UsageError, match="is not an object"):
        Node(value).record("a")


def test_refusal__says_where_and_what_to_do():
    """A refusal is one sentence with the place, and says what a report looks like."""
    error = Node(1, "$.a").refusal("is odd")

    assert str(error).startswith("The report cannot be used: $.a is odd.")
    assert "docs/report.schema.json" in str(error)


def test_record__names_a_key_that_it_does_not_know():
    """A key that nobody knows is named, cut to sixty characters."""
    with pytest.raises(UsageError) as caught:
        Node({"a": 1, "b" * 99: 1}).record("a")

    assert f"has the unknown key '{'b' * 40}…{'b' * 19}'" in str(caught.value)


def test_dump__never_writes_what_is_no_json():
    """A number that JSON cannot write makes no report at all."""
    report = STORIES[GROWTH]()
    (image,) = report.images
    odd = replace(image, findings=(replace(image.findings[0], confidence=float("nan")),))

    with pytest.raises(ValueError, match="JSON"):
        dump(replace(report, images=(odd,)))


def test_dump__is_ascii_on_one_line():
    """A report is one line of ASCII that ends in a line feed, whatever letters are in it."""
    content = dump(replace(STORIES[GROWTH](), notes=("größe\n",)))

    assert content.isascii()
    assert content.count(b"\n") == 1
    assert content.endswith(b"}\n")


@pytest.mark.parametrize("name", STORIES)
def test_decode__reads_every_story_whole(name: str):
    """Nothing of a report is lost between writing and reading, with every field set to something."""
    report = STORIES[name]()
    images = tuple(_marked(image) for image in report.images)
    report = replace(report, images=images)

    assert decode(dump(report)) == report


def _marked(image: ImageReport) -> ImageReport:
    """An image whose causes are not exact and whose findings are suppressed, as few stories have them."""
    return replace(
        image,
        causes=tuple(replace(one, exact=False) for one in image.causes),
        findings=tuple(replace(one, suppressed="by a comment", claimed=one.claimed) for one in image.findings),
        claimed_bytes=0,
    )


def test_decode__leaves_the_document_alone():
    """Two readings of the same bytes are equal reports."""
    content = put(GROWTH, "exit_code", 1)

    assert decode(content) == decode(deepcopy(content))
