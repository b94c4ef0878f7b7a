"""What an image says, without what differs from run to run anyway: times, random names, processes, addresses."""

import re
from collections.abc import Sequence
from typing import Final

_MOST_LINES: Final = 20_000
_LONGEST_LINE: Final = 4_096
_MONTH: Final = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}"
_DAY: Final = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6}"
_CLOCK: Final = r"\d{1,2}:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?: ?[AP]M\b)?(?: ?(?:Z\b|UTC\b|GMT\b|[+-]\d\d:?\d\d))?(?!\d)"

# In this order: what is found first is not looked at again.
_TIMES: Final = (
    (re.compile(r"\x1b\[[0-9;?]{0,32}[ -/]{0,4}[@-~]"), ""),
    (re.compile(rf"\b\d{{4}}[-/]\d\d?[-/]\d\d?(?:[T ,]{{1,2}}{_CLOCK})?"), "<time>"),
    (re.compile(rf"\b\d{{1,2}}[ /-]{_MONTH}[ /-]\d{{4}}(?:[: ,]{{1,2}}{_CLOCK})?"), "<time>"),
    (re.compile(rf"\b(?:{_DAY},? )?{_MONTH} {{1,2}}\d{{1,2}},? (?:\d{{4}},? )?(?:{_CLOCK}(?: \d{{4}})?)?"), "<time>"),
    (re.compile(rf"\b{_DAY},? <time>"), "<time>"),
    (re.compile(rf"\b{_CLOCK}"), "<time>"),
)
_MEASURES: Final = (
    (
        re.compile(
            r"\b\d{1,9}(?:\.\d{1,12})? ?(?:ns|us|µs|μs|ms|msec|s|secs?|seconds?|milliseconds?|minutes?|m\d{1,2}s)\b"
        ),
        "<duration>",
    ),
    (re.compile(r"\b(pid|PID|process|Process|worker|thread)([ =:#]{1,2}\[?)\d{1,7}\b"), r"\1\2<pid>"),
    (re.compile(r"\[\d{1,7}(?:#\d{1,7})?\]"), "[<pid>]"),
    (re.compile(r"\b\d{1,7}#\d{1,7}\b"), "<pid>"),
    (re.compile(r"\b((?:\d{1,3}\.){3}\d{1,3}|localhost|\]):(?:3[3-9]|[456]\d)\d{3}\b"), r"\1:<port>"),
)
_IDENTIFIERS: Final = (
    (re.compile(r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b"), "<uuid>"),
    (re.compile(r"(?<=/tmp/)[^\s'\":,;)\]]{1,255}"), "<name>"),
    (re.compile(r"\b0x[0-9a-fA-F]{4,16}\b"), "<hex>"),
    (re.compile(r"\b(?=[0-9a-f]{0,63}\d)(?=[0-9a-f]{0,63}[a-f])[0-9a-f]{8,64}\b"), "<hex>"),
    (re.compile(r"\b\d{10}(?:\.\d{1,9})?\b|\b\d{13}\b|\b\d{16}\b|\b\d{19}\b"), "<epoch>"),
)

_PROCESS_AT_THE_END: Final = re.compile(r"\(\d{1,7}\)$")

Lines = tuple[str, ...]


def normalised_together(one: bytes, other: bytes, mine: bytes) -> tuple[Lines, Lines, Lines]:
    """Normalise two outputs of the original, and a third one in the same way.

    Identifiers (UUIDs, hexadecimal numbers, epochs, names of temporary files) that are the same in both are no random
    ones, but something that the program computed, such as a check sum: then they stay.
    """
    for whole in (True, False):
        first, second = (normalised_lines(output, identifiers=whole) for output in (one, other))
        if set(first) == set(second):
            break
    return first, second, normalised_lines(mine, identifiers=whole)


def normalised_lines(output: bytes, *, identifiers: bool = False) -> Lines:
    """Return the lines of an output with what varies by nature replaced by its name; empty lines are left out.

    Identifiers stay where that is asked. Twenty thousand lines of four thousand characters are looked at; what a
    progress bar overwrote counts as lines.
    """
    patterns = (*_TIMES, *_MEASURES) if identifiers else (*_TIMES, *_IDENTIFIERS, *_MEASURES)
    text = output.decode("utf-8", "replace").replace("\r", "\n")
    lines = (_normalised(line[:_LONGEST_LINE], patterns) for line in text.split("\n")[:_MOST_LINES])
    return tuple(line for line in lines if line)


def _normalised(line: str, patterns: "Sequence[tuple[re.Pattern[str], str]]") -> str:
    for pattern, name in patterns:
        line = pattern.sub(name, line)
    # A number in brackets at the end of a line of a log is the process that wrote it.
    return _PROCESS_AT_THE_END.sub("(<pid>)", line.strip()) if "<time>" in line or "<pid>" in line else line.strip()


def shape(line: str) -> str:
    """Return a line without its numbers: what a counter and a random number look like in every run."""
    return re.sub(r"\d+", "#", line)


def tokens(line: str) -> Sequence[str]:
    """Cut a text into words and what stands between them."""
    return re.findall(r"[A-Za-z0-9_]+|[^A-Za-z0-9_]", line)
