"""The log of one build, made plain: printable, short, and without the values that must not be shown."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.edges.redactor import Redactor

LINE_CHARACTERS = 300

# ECMA-48 control sequences (CSI … final byte, OSC … terminator) and two-byte escapes.
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])")
_CUT_INPUT_CHARACTERS = 20_000
_NOTHING_HIDDEN = Redactor()


@dataclass(frozen=True, slots=True)
class BuildLog:
    """Takes the log of one build line by line and shows it made plain; ``redactor`` knows what must not be told."""

    show: Callable[[str], None]
    redactor: Redactor = field(repr=False)

    def write(self, line: str) -> None:
        """Show one line of foreign text."""
        self.show(plain(line, self.redactor))


def plain(line: str, redactor: Redactor = _NOTHING_HIDDEN) -> str:
    """Return a line as a terminal would leave it: no colours, no overwritten text, control characters blank.

    At most 300 characters; hidden values become ``***`` before anything is cut, since a cut would leave half of one.
    """
    shown = _ESCAPES.sub("", redactor.text(line)[:_CUT_INPUT_CHARACTERS]).rstrip("\r").rpartition("\r")[2]
    printable = "".join(one if one.isprintable() else " " for one in shown).rstrip()
    return printable if len(printable) <= LINE_CHARACTERS else printable[: LINE_CHARACTERS - 1] + "…"
