"""Makes lines of foreign logs plain: printable, short, and without the values that must not be shown."""

import re
from collections.abc import Sequence

LINE_CHARACTERS = 300

# ECMA-48 control sequences (CSI … final byte, OSC … terminator) and two-byte escapes.
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])")
_CUT_INPUT_CHARACTERS = 20_000


def plain(line: str, masked: Sequence[str] = ()) -> str:
    """Give a line as a terminal would leave it: colours gone, overwritten text gone, control characters blank.

    At most 300 characters; ``masked`` values become ``***`` before anything is cut, also where colours split them.
    """
    shown = _ESCAPES.sub("", _masked(line[:_CUT_INPUT_CHARACTERS], masked))
    shown = _masked(shown, masked).rstrip("\r").rpartition("\r")[2]
    printable = "".join(one if one.isprintable() else " " for one in shown).rstrip()
    return printable if len(printable) <= LINE_CHARACTERS else printable[: LINE_CHARACTERS - 1] + "…"


def _masked(text: str, values: Sequence[str]) -> str:
    for value in sorted(values, key=len, reverse=True):
        text = text.replace(value, "***")
    return text
