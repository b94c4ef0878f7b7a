"""Makes lines of foreign logs plain: printable, short, and without the values that must not be shown."""

import re

from bot.edges.redactor import Redactor

LINE_CHARACTERS = 300

# ECMA-48 control sequences (CSI … final byte, OSC … terminator) and two-byte escapes.
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])")
_CUT_INPUT_CHARACTERS = 20_000
_NOTHING_HIDDEN = Redactor()


def plain(line: str, redactor: Redactor = _NOTHING_HIDDEN) -> str:
    """Give a line as a terminal would leave it: colours gone, overwritten text gone, control characters blank.

    At most 300 characters; hidden values become ``***`` before anything is cut, since a cut would leave half of one.
    """
    shown = _ESCAPES.sub("", redactor.text(line)[:_CUT_INPUT_CHARACTERS]).rstrip("\r").rpartition("\r")[2]
    printable = "".join(one if one.isprintable() else " " for one in shown).rstrip()
    return printable if len(printable) <= LINE_CHARACTERS else printable[: LINE_CHARACTERS - 1] + "…"
