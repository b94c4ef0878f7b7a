"""Tokens of HCL: strings are parted into literal text and the tokens of what stands in ``${…}``."""

import re
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from bot.errors import CaughtError

_TOKEN: Final = re.compile(
    r"(?P<space>[ \t\r]+|(?:#|//)[^\n]*|/\*.*?\*/)|(?P<newline>\n)|(?P<heredoc><<-?(?P<mark>\w+)[^\n]*\n)"
    r"|(?P<number>\d+(?:\.\d+)?)|(?P<name>[A-Za-z_][\w-]*)|(?P<quote>\")"
    r"|(?P<sign>=>|==|!=|<=|>=|&&|\|\||\.\.\.|[{}()\[\],:?=.!<>+*/%-])",
    re.DOTALL,
)
DEEPEST: Final = 60


class HclError(CaughtError):
    """A text that is no HCL, or more of it than is read."""


class Token(NamedTuple):
    """A token; a string's ``value`` is the list of its literal and expression parts."""

    kind: str
    value: Any


@dataclass(frozen=True, slots=True)
class Inner:
    """What stands in a string's ``${…}``."""

    tokens: list[Token]


def tokens(text: str, depth: int) -> list[Token]:
    """Cut a text into tokens. Raises ``HclError``."""
    found, position = list[Token](), 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise HclError(f"It has {text[position]!r} where that means nothing.")
        position = match.end()
        if match["quote"]:
            end = _string_end(text, position)
            found.append(Token("string", parts_of(text[position:end], depth)))
            position = end + 1
        elif match["heredoc"]:
            last = re.compile(rf"^[ \t]*{match['mark']}[ \t]*$", re.MULTILINE).search(text, position)
            if last is None:
                raise HclError("A here-document does not end.")
            found.append(Token("string", parts_of(text[position : last.start()], depth)))
            position = last.end()
        elif not match["space"]:
            found.append(Token(match.lastgroup or "", match[0]))
    return found


def _string_end(text: str, position: int) -> int:
    """Find the closing quote; quotes within ``${…}`` belong to strings of their own."""
    depth = 0
    while position < len(text):
        if text[position] == "\\":
            position += 1
        elif text.startswith("${", position):
            depth, position = depth + 1, position + 1
        elif text[position] == "}" and depth:
            depth -= 1
        elif text[position] == '"':
            if not depth:
                return position
            position = _string_end(text, position + 1)
        position += 1
    raise HclError("A string does not end.")


def parts_of(text: str, depth: int) -> list[Any]:
    """Part a string into literal text and expressions."""
    if depth > DEEPEST:
        raise HclError("Its strings nest too deep.")
    found, position = list[Any](), 0
    while (start := text.find("${", position)) >= 0:
        if start and text[start - 1] == "$":
            found.append(_unescaped(text[position:start]) + "{")
            position = start + 2
            continue
        end = _template_end(text, start + 2)
        found += [_unescaped(text[position:start]), Inner(tokens(text[start + 2 : end], depth + 1))]
        position = end + 1
    return [*found, _unescaped(text[position:])]


def _template_end(text: str, position: int) -> int:
    depth = 0
    while position < len(text):
        if text[position] == '"':
            position = _string_end(text, position + 1)
        elif text[position] == "{":
            depth += 1
        elif text[position] == "}":
            if not depth:
                return position
            depth -= 1
        position += 1
    raise HclError("An expression in a string does not end.")


def _unescaped(text: str) -> str:
    if "%{" in text:
        raise HclError("It has template directives.")
    return re.sub(r"\\(.)", lambda match: {"n": "\n", "t": "\t"}.get(match[1], match[1]), text)
