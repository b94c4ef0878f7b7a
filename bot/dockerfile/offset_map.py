"""The offset map: from an instruction as BuildKit joins it back to the characters of the file."""

import re
from typing import NamedTuple

from e2b_dockerfile_utils import is_space

_LINE = re.compile(r"[^\n]*\n|[^\n]+\Z")


class Line(NamedTuple):
    """A physical line with its ending, and where it starts in the text."""

    text: str
    start: int

    @property
    def bare(self) -> str:
        """The line without its ending."""
        return self.text.rstrip("\r\n")

    @property
    def end(self) -> int:
        """Where its ending starts in the text."""
        return self.start + len(self.bare)

    @property
    def is_comment(self) -> bool:
        """True for a comment line."""
        return self.bare.lstrip().startswith("#")


class Joined(NamedTuple):
    """An instruction on one line, the place of every character, and how many physical lines it took."""

    text: str
    offsets: tuple[int, ...]
    line_count: int


def split_lines(text: str) -> tuple[Line, ...]:
    """Split at line feeds only, as BuildKit does; a byte order mark belongs to no line."""
    start = 1 if text.startswith("\ufeff") else 0
    return tuple(Line(match[0], match.start()) for match in _LINE.finditer(text, start))


def join(lines: tuple[Line, ...], first: int, escape: str) -> Joined:
    """Join the instruction that starts at ``lines[first]`` (BuildKit ``parser.Parse``: trim, then continue).

    ``offsets`` has one entry more than the text has characters: the place just after the last one.
    """
    continuation = _continuation(escape)
    pieces: list[str] = []
    offsets: list[int] = []
    index = first
    ended = False
    while not ended and index < len(lines):
        line = lines[index]
        index += 1
        piece, start, ended = _piece(line, continuation, trim=index - 1 == first)
        pieces.append(piece)
        offsets.extend(range(start, start + len(piece)))
    return Joined("".join(pieces), (*offsets, _after(offsets, lines[index - 1])), index - first)


def _piece(line: Line, continuation: re.Pattern[str], *, trim: bool) -> tuple[str, int, bool]:
    bare = line.bare
    blank = not trim_left(bare)
    if not trim and (line.is_comment or blank):
        return "", line.start, False
    start = line.start + (len(bare) - len(trim_left(bare)) if trim else 0)
    bare = trim_left(bare) if trim else bare
    match = continuation.search(bare)
    return (bare[: match.start() + len(match[1] or "")], start, False) if match else (bare, start, True)


def trim_left(text: str) -> str:
    """Return text without leading space, of the kinds that Go's ``unicode.IsSpace`` knows."""
    return text[next((index for index, char in enumerate(text) if not is_space(char)), len(text)) :]


def _after(offsets: list[int], last: Line) -> int:
    return offsets[-1] + 1 if offsets else last.end


def _continuation(escape: str) -> re.Pattern[str]:
    token = re.escape(escape)
    return re.compile(f"([^{token}]){token}[ \\t]*$|^{token}[ \\t]*$")
