"""report.json: what is written is read back, what the schema forbids is refused, hostile files are named and refused."""

import json
import pathlib
import re
from copy import deepcopy
from dataclasses import replace

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import UsageError
from bot.model import bounds
from bot.render.report_json import decode, dump, encode
from bot.render.report_json.reader import Node
from tests.render.reports import STORIES, growth
from tests.render.strategies import reports

relaxed = settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def schema(root: pathlib.Path) -> jsonschema.Draft202012Validator:
    """Return the published schema."""
    return jsonschema.Draft202012Validator(json.loads((root / "docs/report.schema.json").read_text(encoding="utf-8")))


def refusal(document: object) -> str:
    """Return the message with which a document is refused."""
    with pytest.raises(UsageError) as caught:
        decode(document if isinstance(document, bytes) else json.dumps(document).encode())
    return str(caught.value)


def places(value: object, path: tuple = ()) -> list[tuple]:
    """List the paths of every value in a JSON document."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, child in children for place in places(child, (*path, key)))]


def put(document: dict, path: tuple, value: object) -> dict:
    """Replace one value of a document."""
    changed = deepcopy(document)
    target = changed
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    return changed


@relaxed
@given(reports())
def test_decode__reads_back_what_was_written(report):
    """A report survives being written and read, whatever texts are in it, and fits the published schema."""
    document = json.loads(dump(report))

    assert decode(dump(report)) == report
    assert encode(report) == document


@relaxed
@given(reports())
def test_schema__fits_every_report(schema, report):
    """Every report that can be written fits the published schema."""
    assert [error.message for error in schema.iter_errors(json.loads(dump(report)))] == []


@pytest.mark.parametrize("story", STORIES)
def test_dump__gives_equal_bytes_for_equal_reports(story: str):
    """The same report gives the same bytes, in ASCII, ended by a line end."""
    first, second = dump(STORIES[story]()), dump(STORIES[story]())

    assert first == second
    assert first.isascii()
    assert first.endswith(b"}\n")


def test_dump__writes_a_byte_that_is_no_utf8():
    """A path with bytes that are no UTF-8 keeps them."""
    report = growth()
    name = b"/x/\xff\n".decode("utf-8", "surrogateescape")
    image = replace(report.images[0], notes=(name,))

    read = decode(dump(replace(report, images=(image,))))

    assert read.images[0].notes[0].encode("utf-8", "surrogateescape") == b"/x/\xff\n"


@relaxed
@given(reports(most_images=2, most_rows=2), st.data())
def test_decode__refuses_whatever_the_schema_refuses(schema, report, data):
    """A document in which one value is of another kind is refused by the reader wherever the schema refuses it."""
    document = json.loads(dump(report))
    path = data.draw(st.sampled_from(places(document)[1:]))
    value = data.draw(st.sampled_from([None, True, -1, 1.5, 2**53, "", "x" * 1001, [], {}, [1], "\ud800", "nan"]))
    broken = put(document, path, value)

    if schema.is_valid(broken):
        return

    assert "report cannot be used" in refusal(broken)


@pytest.mark.parametrize("story", STORIES)
def test_decode__refuses_unknown_and_missing_keys(story: str):
    """Every object refuses a key it does not know and the lack of one it does, naming the place."""
    document = json.loads(dump(STORIES[story]()))
    for path in places(document):
        value = document
        for key in path:
            value = value[key]
        if isinstance(value, dict):
            extra = put({"x": document}, ("x", *path), {**value, "surprise": 1})["x"]
            less = put({"x": document}, ("x", *path), dict(list(value.items())[1:]))["x"]

            assert "unknown key 'surprise'" in refusal(extra)
            assert "report cannot be used" in refusal(less)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "$ is not JSON"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"schema": "deadweight/report/2"}', "$.schema is not deadweight/report/1"),
        (b"\xff\xfe", "$ is not JSON"),
        (b"[]", "$ is not an object"),
        (b" " * 32_000_001, "more than 32000000"),
        (b"1" * 1_000_000, "$ is not an object"),
    ],
)
def test_decode__refuses_what_is_no_report(content: bytes, told: str):
    """Files that are empty, endless, deep, of another version or not JSON are refused in one sentence (T-J1)."""
    assert told in refusal(content)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "9" * 400, "1.0", "true", '"1"', "-1"])
def test_decode__refuses_numbers_that_are_none(number: str):
    """Numbers that JSON readers differ about are refused with their path, also as a size (T-J1)."""
    text = dump(growth()).decode().replace('"unpacked_bytes":859000000', f'"unpacked_bytes":{number}', 1)

    assert "$.images[0].head.unpacked_bytes" in refusal(text.encode())


def test_decode__refuses_a_key_that_comes_twice():
    """Readers differ in which of two equal keys they believe, so neither is (T-J1)."""
    text = dump(growth()).decode().replace('"verdict":"fail"', '"verdict":"fail","verdict":"pass"', 1)

    assert "$ has a key twice" in refusal(text.encode())


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        (
            ("images", 0, "head", "unpacked_bytes"),
            859_000_001,
            "has a delta of 855070000 bytes that is not its head less its base, 855070001",
        ),
        (("images", 0, "causes"), [], "are not the sum of its instruction causes"),
        (("images", 0, "contents"), [], "contents that sum to 0 bytes, not to 855070000"),
        (("images", 0, "causes", 0, "bytes"), 1, "$.images[0].causes[0] has bytes that are not"),
        (("images", 0, "contents", 0, "bytes"), 1, "$.images[0].contents[0] has bytes that are not"),
        (("images", 0, "findings", 0, "bytes"), 1, "not the sum of what it claims"),
        (("images", 0, "state"), "removed", "said to be removed"),
        (("images", 0, "state"), "new", "said to be new"),
        (("images", 0, "state"), "unchanged", "said to be unchanged"),
        (("images", 0, "state"), "not-compared", "said to be not-compared"),
        (("images", 0, "state"), "not-measured", "said to be not-measured"),
        (("images", 0, "delta"), None, "said to be changed"),
        (("images", 0, "causes", 0, "lines"), [4, 1], "is not a first and a last line"),
        (("run", "repository"), "o/r/../x", "$.run.repository does not match"),
        (("run", "server_url"), "https://github.com/)", "$.run.server_url does not match"),
        (("comparison", "head", "sha"), "main", "$.comparison.head.sha does not match"),
        (("images", 0, "budgets", 0, "limit_amount"), None, "needs either an amount or a percentage"),
        (("images", 0, "budgets", 0, "limit"), None, "needs its text where it has an amount or a percentage"),
        (("notes",), ["note"] * 101, "$.notes has 101 entries, more than 100"),
        (("notes",), ["x" * 1001], "$.notes[0] has 1001 characters, more than 1000"),
        (("notes",), ["\ud800"], "$.notes[0] holds a surrogate that stands for nothing"),
        (("notes",), "note", "$.notes is not an array"),
        (("images", 0, "findings", 0, "confidence"), True, "confidence is not a number"),
        (("images", 0, "findings", 0, "confidence"), 1.5, "confidence is not between 0 and 1"),
        (("images", 0, "findings", 0, "ladder"), "proven", "is not one of suspected, measured, built, verified"),
        (("images", 0, "findings", 0, "from_this_change"), 1, "is neither true nor false"),
        (("images", 0, "state"), ["changed"], "is not one of changed, unchanged"),
    ],
)
def test_decode__refuses_a_report_that_contradicts_itself(path: tuple, value: object, told: str):
    """A report whose parts do not add up is never shown."""
    assert told in refusal(put(json.loads(dump(growth())), path, value))


FILES = [
    (("images", 0, "causes", 0, "file"), "a"),
    (("images", 0, "findings", 0, "file"), "a"),
    (("images", 0, "layers", 6, "file"), "a"),
    (("images", 0, "causes", 1, "copied_from", 0, "file"), "c"),
    (("images", 0, "base", "failure", "file"), "e"),
]


@pytest.mark.parametrize("path", ["..", "../x", "a/../../x", "/etc/passwd", "a\\b", "a\nb", "a\x1bb", "a\u2028b"])
@pytest.mark.parametrize(("field", "story"), FILES)
def test_decode__refuses_a_path_that_leads_out_of_the_repository(schema, field: tuple, story: str, path: str):
    """Neither reader nor schema lets a file of a report be absolute, go up, or hold a control character."""
    document = put(json.loads(dump(STORIES[story]())), field, path)

    assert "is not a path inside the repository" in refusal(document)
    assert not schema.is_valid(document)


def test_dump__leaves_out_a_path_that_no_address_can_have():
    """A Dockerfile whose name has a backslash or a control character is measured, but named nowhere as a place."""
    one = growth().images[0]
    cause, finding = (replace(noun, file="a\\b\n") for noun in (one.causes[0], one.findings[0]))

    assert (bounds.cause(cause).file, bounds.finding(finding).file) == ("", "")


def test_decode__refuses_two_entries_for_one_image():
    """An image on a platform has one entry."""
    document = json.loads(dump(growth()))
    document["images"] *= 2

    assert "two entries for one image" in refusal(document)


def test_decode__refuses_a_day_that_does_not_exist():
    """A waiver ends on a day of the calendar."""
    document = json.loads(dump(STORIES["accepted"]()))
    document["policy"]["waivers"][0]["until"] = "2026-02-30"

    assert "not a day of the calendar" in refusal(document)


@pytest.mark.parametrize("largest", [2**53 - 1])
def test_node__counts_as_far_as_every_reader_of_json_can(largest: int):
    """A number of bytes is below 2⁵³, a difference on both sides of zero: beyond it other readers would round."""
    assert (Node(largest).count(), Node(0).count()) == (largest, 0)
    assert (Node(largest).change(), Node(-largest).change()) == (largest, -largest)
    for refused in (Node(largest + 1).count, Node(-1).count, Node(largest + 1).change, Node(-largest - 1).change):
        with pytest.raises(UsageError, match="not between"):
            refused()


def test_node__reads_texts_and_lists_up_to_their_limits():
    """A text of exactly as many characters, and a list of exactly as many values, as are allowed is read; one more is not."""
    assert Node("abc").text(3) == "abc"
    assert Node([1, 2]).items(Node.count, 2) == (1, 2)
    with pytest.raises(UsageError, match="has 4 characters, more than 3"):
        Node("abcd").text(3)
    with pytest.raises(UsageError, match="more than 2"):
        Node([1, 2, 3]).items(Node.count, 2)


def test_decode__refuses_a_new_image_with_a_base():
    """An image is new only if there is no base, and gone only if there is no head."""
    document = put(json.loads(dump(growth())), ("images", 0, "delta"), None)

    assert "said to be new" in refusal(put(document, ("images", 0, "state"), "new"))
    assert "said to be removed" in refusal(put(document, ("images", 0, "state"), "removed"))


@pytest.mark.parametrize("value", [5, None, True, ["a"], {"a": 1}])
def test_node__matches_nothing_but_texts(value: object):
    """What is no text is refused before it is matched with anything."""
    with pytest.raises(UsageError, match="does not match"):
        Node(value).matching(re.compile(".*"))
