"""The runner's log is a command channel: pure text functions that write commands, and that disarm all others.

The runner (actions/runner 2.336.0, ``ActionCommand``) acts on ``::name key=value::data`` at the start of a line, white
space before it ignored, and on the older ``##[name key=value]data`` anywhere in a line, on standard output and error.
"""

import re
import unicodedata
from collections.abc import Mapping

LONGEST_LINE = 4_000
LONGEST_MESSAGE = 4_096
"""Characters of an annotation that the runner keeps."""

# CSI and OSC sequences, then any other escape sequence of two bytes.
_TERMINAL_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-_])")
_LINE_END = re.compile(r"\r\n|\r|\n")
# Controls, formats (zero width, change of direction), surrogates, line and paragraph separators.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_COMMAND_START = re.compile(r"^(\W*?)::")


def disarmed(text: str) -> str:
    """Text in which the runner finds no command and a terminal no control sequence, in lines of bounded length."""
    return "\n".join(_disarmed_line(line) for line in _LINE_END.split(_TERMINAL_SEQUENCE.sub("", text)))


def _disarmed_line(line: str) -> str:
    cut = len(line) - LONGEST_LINE
    shown = line if cut <= 0 else f"{line[:LONGEST_LINE]}… ({cut:,} more characters)"
    return _COMMAND_START.sub(r"\1: :", _visible(shown).replace("##[", "## ["))


def _visible(line: str) -> str:
    return line if line.isprintable() else "".join(_visible_character(character) for character in line)


def _visible_character(character: str) -> str:
    hidden = character != "\t" and unicodedata.category(character) in _UNSEEN
    return f"\\u{ord(character):04x}" if hidden else character


def command(name: str, data: str = "", properties: Mapping[str, str | int] | None = None) -> str:
    """One command as a line; properties that are empty or zero are left out."""
    stated = [f"{key}={_escaped_property(str(value))}" for key, value in (properties or {}).items() if value]
    return f"::{name}{' ' if stated else ''}{','.join(stated)}::{_escaped(data)}"


def _escaped(text: str) -> str:
    return _encodable(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escaped_property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")


def _encodable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()


def key_value(name: str, value: str, delimiter: str) -> str:
    """An entry of a file command; the delimiter must be one that nobody could foresee, and new for every value."""
    return f"{name}<<{delimiter}\n{_encodable(value)}\n{delimiter}\n"


def is_maskable(line: str) -> bool:
    """Whether the runner is to hide a line of a secret in the log: hiding ``1`` would hide everything."""
    return len(line.strip()) >= 4
