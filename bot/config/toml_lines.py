"""TOML text → the line of every key and array element, in one pass.

tomli gives values without places. This reads only the outline of a text that tomli has accepted, so it needs to
know where strings, comments and brackets end (TOML v1.0.0, "Keys", "String", "Table", "Array of Tables"), not what
values are.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

import tomli

KeyPath = tuple[str | int, ...]
"""Keys and array indices from the root, such as ``("image", 0, "budget", "max-size")``."""

DEEPEST: Final = 8
"""Levels of arrays and inline tables whose inside is told apart; the configuration has fewer.

Reading an inside recurses, and every level has a longer path: without a bound, a text of brackets would end in a
``RecursionError``, or in paths that are as long together as the square of the text.
"""

# tomli has accepted the text, so of the alternatives that begin alike (three quotes, one quote) the first that matches
# is right. A string of three quotes may have up to two of its own before the three that end it: hence {3,5}.
_TOKEN: Final = re.compile(
    r"""(?P<skip>[ \t\r]+|\#[^\n]*)
      | (?P<newline>\n)
      | (?P<string>\"\"\"(?:\\.|[^\\])*?\"{3,5} | '''.*?'{3,5} | "(?:\\.|[^"\\\n])*" | '[^'\n]*')
      | (?P<mark>[\[\]{}=,.])
      | (?P<bare>[^\s\[\]{}=,.\#"']+)""",
    re.VERBOSE | re.DOTALL,
)


class _Token(NamedTuple):
    kind: str
    text: str
    line: int


_END: Final = _Token("end", "", 0)


def key_lines(text: str) -> dict[KeyPath, int]:
    """Return the first line (1-based) of each table, key and array element of a valid TOML text.

    What lies deeper than ``DEEPEST`` brackets is left out.
    """
    return _Outline(text).read()


class _Outline:
    """A pass over the tokens; ``_ahead`` is the next token that is not blank."""

    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._ahead = next(self._tokens, _END)
        self._table: KeyPath = ()
        self._arrays: dict[KeyPath, int] = {}
        self._lines: dict[KeyPath, int] = {}

    def read(self) -> dict[KeyPath, int]:
        while self._ahead is not _END:
            if self._ahead.kind == "newline":
                self._next()
            elif self._ahead.text == "[":
                self._header()
            else:
                self._pair(self._table, depth=0)
        return self._lines

    def _next(self) -> _Token:
        token, self._ahead = self._ahead, next(self._tokens, _END)
        return token

    def _skip_newlines(self) -> None:
        while self._ahead.kind == "newline":
            self._next()

    def _header(self) -> None:
        line = self._next().line
        is_array = self._ahead.text == "["
        if is_array:
            self._next()
        path = self._place(self._key(), line)
        for _ in range(1 + is_array):  # the closing brackets
            self._next()
        if is_array:
            index = self._arrays.get(path, -1) + 1
            self._arrays[path] = index
            path = self._note((*path, index), line)
        self._table = path

    def _place(self, key: list[str], line: int) -> KeyPath:
        """Resolve a header's key: below an array of tables it means the newest element.

        In ``[[image]]``, ``[image.budget]`` the second header is ``("image", 0, "budget")``; of the array that a header
        itself opens, only ``_header`` knows the next index.
        """
        path: KeyPath = ()
        for number, part in enumerate(key, start=1):
            # Also the parts of a dotted key get a line: a mistake in [image.budget] may be about image.
            path = self._note((*path, part), line)
            if number < len(key) and path in self._arrays:
                path = (*path, self._arrays[path])
        return path

    def _key(self) -> list[str]:
        parts = [_key_part(self._next())]
        while self._ahead.text == ".":
            self._next()
            parts.append(_key_part(self._next()))
        return parts

    def _pair(self, table: KeyPath, depth: int) -> None:
        line = self._ahead.line
        path = table
        for part in self._key():
            path = self._note((*path, part), line)
        self._next()
        self._value(path, depth)

    def _value(self, path: KeyPath, depth: int) -> None:
        if self._ahead.text == "[" and self._ahead.kind == "mark":
            self._inside(path, depth, closing="]")
        elif self._ahead.text == "{" and self._ahead.kind == "mark":
            self._inside(path, depth, closing="}")
        else:
            self._scalar()

    def _scalar(self) -> None:
        """Pass a string, or a number or date, whose dots are marks of their own."""
        while self._ahead.kind in {"string", "bare"} or self._ahead.text == ".":
            self._next()

    def _inside(self, path: KeyPath, depth: int, closing: str) -> None:
        if depth >= DEEPEST:
            self._pass_brackets()
            return
        self._next()
        index = 0
        while True:
            self._skip_newlines()
            if self._ahead.text == closing and self._ahead.kind == "mark":
                break
            if self._ahead.text == "," and self._ahead.kind == "mark":
                self._next()
                continue
            self._member(path, index, depth + 1, closing)
            index += 1
        self._next()

    def _member(self, path: KeyPath, index: int, depth: int, closing: str) -> None:
        if closing == "}":
            self._pair(path, depth)
        else:
            self._value(self._note((*path, index), self._ahead.line), depth)

    def _pass_brackets(self) -> None:
        depth = 0
        while True:
            token = self._next()
            if token.kind == "mark":
                depth += (token.text in "[{") - (token.text in "]}")
            if depth == 0:
                return

    def _note(self, path: KeyPath, line: int) -> KeyPath:
        # The first line wins: a table that dotted keys or sub-tables open is where it is first named.
        self._lines.setdefault(path, line)
        return path


def _tokens(text: str) -> Iterator[_Token]:
    line = 1
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if kind is not None and kind != "skip":
            yield _Token(kind, match[0], line)
        line += match[0].count("\n")


def _key_part(token: _Token) -> str:
    if token.kind != "string":
        return token.text
    return token.text[1:-1] if token.text[0] == "'" else str(tomli.loads(f"key = {token.text}")["key"])
