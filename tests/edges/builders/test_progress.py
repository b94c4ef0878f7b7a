"""What buildx says while it builds: events in both of its spellings, text after them, and logs made plain."""

import base64
import json

import pytest

from bot.edges.builders.build_log import plain
from bot.edges.builders.build_progress import BuildProgress, RawJson
from bot.edges.redactor import Redactor


def vertex(digest: str, name: str, **facts: object) -> dict[str, object]:
    """Return a vertex as an event carries it."""
    return {"digest": f"sha256:{digest}", "name": name} | facts


def log(digest: str, text: str) -> dict[str, object]:
    """Return a piece of a vertex's log as an event carries it."""
    return {"vertex": f"sha256:{digest}", "stream": 1, "data": base64.b64encode(text.encode()).decode()}


EVENTS: list[dict[str, object]] = [
    {"vertexes": [vertex("1", "[internal] load build definition from Dockerfile", started="t", completed="t")]},
    {"vertexes": [vertex("2", "[1/2] RUN make", started="t"), vertex("3", "[2/2] COPY a   b")]},
    {"logs": [log("2", "compiling\nli")], "statuses": [{"id": "x"}]},
    {"logs": [log("2", "nking\n")]},
    {"vertexes": [vertex("3", "[2/2] COPY a   b", started="t", error="boom")]},
    {"warnings": [{"short": base64.b64encode(b"JSONArgsRecommended").decode()}]},
]
TEXT = ["Dockerfile:3", "   3 | >>> COPY a   b", "", "ERROR: failed to solve: boom", '{"not": closed']


def stream(indent: int | None) -> bytes:
    """Spell the events and the text after them as a version of buildx does."""
    return "\n".join([*(json.dumps(event, indent=indent) for event in EVENTS), *TEXT]).encode()


@pytest.mark.parametrize("indent", [None, 1, 2], ids=["lines (0.29)", "indented (0.13)", "indented by two"])
@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_stream__is_cut_into_events_and_text(indent: int | None, size: int):
    """Both spellings give the same, in whatever pieces they arrive; what is no event is text."""
    events: list[dict[str, object]] = []
    lines: list[str] = []
    raw = RawJson(events.append, lines.append)

    data = stream(indent)
    for start in range(0, len(data), size):
        raw.feed(data[start : start + size])
    raw.close()

    assert events == EVENTS
    assert lines == TEXT


@pytest.mark.parametrize("data", [b"{\n", b"{}}\n", b"[1]\n", b'{"a": \xff}\n', b"{" * 100_000 + b"}\n"])
def test_stream__that_is_no_json_is_text(data: bytes):
    """Whatever looks like an event and is none is passed on as it is, and nothing raises."""
    events: list[dict[str, object]] = []
    lines: list[str] = []
    raw = RawJson(events.append, lines.append)

    raw.feed(data)
    raw.close()

    assert events == []
    assert "\n".join(lines) == data.decode("utf-8", "replace").rstrip("\n")


def heard(events: list[dict[str, object]], text: str = "") -> tuple[BuildProgress, list[str]]:
    """Let a progress hear events, and give it with what it showed."""
    shown: list[str] = []
    progress = BuildProgress(shown.append)
    progress.feed("".join(json.dumps(event) + "\n" for event in events).encode() + text.encode())
    progress.close()
    return progress, shown


def test_progress__shows_steps_and_their_logs_once():
    """A step is shown when it begins, its log line by line, a line in two pieces as one."""
    _, shown = heard(EVENTS)

    assert shown == [
        "[internal] load build definition from Dockerfile",
        "[1/2] RUN make",
        "compiling",
        "linking",
        "[2/2] COPY a   b",
    ]


def test_progress__knows_what_failed():
    """The failed step has its instruction on one line and its log; warnings and text are kept."""
    progress, _ = heard(EVENTS, "\n".join(TEXT))

    assert progress.failed is not None
    assert (progress.failed.instruction, progress.failed.error) == ("COPY a b", "boom")
    assert list(progress.warnings) == ["JSONArgsRecommended"]
    assert list(progress.text) == TEXT


def test_progress__of_cancelled_steps():
    """Steps that were cancelled because another failed are not the one that failed."""
    progress, _ = heard(
        [
            {
                "vertexes": [
                    vertex("1", "[a 1/1] RUN x", started="t", error="process did not complete: exit code: 1"),
                    vertex("2", "[b 1/1] RUN y", started="t", error="context canceled: context canceled"),
                ]
            }
        ]
    )

    assert progress.failed is not None
    assert progress.failed.instruction == "RUN x"


@pytest.mark.parametrize(
    ("steps", "cached"),
    [
        ([("[internal] load context", False), ("[1/2] FROM a", False), ("[2/2] RUN x", True)], True),
        ([("[1/2] RUN x", True), ("[2/2] RUN y", False)], False),
        ([("[1/1] FROM a", False), ("exporting to image", False)], True),
    ],
)
def test_progress__is_cached_where_no_instruction_ran(steps: list[tuple[str, bool]], cached: bool):
    """What the builder does around the Dockerfile never counts as work."""
    vertexes = [vertex(str(index), name, cached=flag) for index, (name, flag) in enumerate(steps)]

    progress, _ = heard([{"vertexes": vertexes}])

    assert progress.cached is cached


def test_progress__knows_where_a_build_was():
    """The latest step is the one that began last, in whatever order the steps were announced."""
    progress, _ = heard(
        [
            {"vertexes": [vertex("2", "[2/2] RUN last"), vertex("1", "[1/2] RUN first")]},
            {"vertexes": [vertex("1", "[1/2] RUN first", started="t")]},
            {"vertexes": [vertex("2", "[2/2] RUN last", started="t")]},
            {"vertexes": [vertex("9", "exporting to image", started="t")]},
        ]
    )

    assert progress.latest is not None
    assert progress.latest.instruction == "RUN last"


def test_progress__takes_a_metadata_step_for_the_from_that_asks_for_it():
    """An image that cannot be resolved fails before its FROM; the instruction is known all the same."""
    name = "[internal] load metadata for docker.io/library/nothing:1"

    progress, _ = heard([{"vertexes": [vertex("1", name, started="t", error="no such host")]}])

    assert progress.failed is not None
    assert progress.failed.instruction == "FROM docker.io/library/nothing:1"


@pytest.mark.parametrize(
    "event",
    [
        {"vertexes": None},
        {"vertexes": [None, 3, {"digest": 5, "name": ["x"], "error": {}}]},
        {"logs": [{"vertex": "v", "data": "no base64!"}, {"data": None}]},
        {"warnings": [{"short": 3}]},
        {"unknown": []},
    ],
)
def test_progress__ignores_what_it_does_not_understand(event: dict[str, object]):
    """Odd events change nothing and raise nothing."""
    progress, _ = heard([event])

    assert progress.failed is None


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("as it is", "as it is"),
        ("\x1b[1;31mred\x1b[0m text", "red text"),
        ("\x1b]0;title\x07rest", "rest"),
        ("\x1b]8;;http://x\x1b\\link", "link"),
        ("10 %\r50 %\r100 %", "100 %"),
        ("windows\r", "windows"),
        ("bell\x07 nul\x00 bidi\u202e line\u2028", "bell  nul  bidi  line"),
        ("x" * 301, "x" * 299 + "…"),
        ("x" * 300, "x" * 300),
        ("the token is s3cr3t-token and s3cr3t", "the token is *** and ***"),
        ("s3c\x1b[0mr3t", "***"),
    ],
)
def test_plain__is_what_a_terminal_would_leave(line: str, shown: str):
    """Lines are printable, at most 300 characters, and without what must not be shown."""
    assert plain(line, Redactor().knowing(("s3cr3t", "s3cr3t-token"))) == shown


def test_plain__masks_before_it_cuts():
    """A secret at the cut does not leave its first half behind."""
    assert "s3c" not in plain("x" * 297 + "s3cr3t", Redactor().knowing(("s3cr3t",)))
