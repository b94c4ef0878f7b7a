"""``${{ … }}``: GitHub's expressions, evaluated as far as they can be known, never further.

Total: whatever does not parse, nests too deep or asks for something that only a run has is ``UnknownValue``, and keeps
its own text so that the report can name it.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from bot.discovery.expression_values import (
    OPEN,
    Contexts,
    Result,
    UnknownValue,
    as_text,
    call,
    choose,
    compare,
    member,
    truth,
)
from bot.errors import CaughtError

_NO_OPENING = r"\$(?!\{\{)"  # an expression that is never closed ends where the next one begins: one pass over the text
_TEMPLATE = re.compile(rf"\$\{{\{{((?:[^}}'$]|{_NO_OPENING}|'(?:[^'$]|{_NO_OPENING})*'|\}}(?!\}}))*)\}}\}}")
_TOKEN = re.compile(
    r"\s*(?:(?P<string>'(?:[^']|'')*')|(?P<number>-?(?:0x[0-9a-fA-F]+|\d+(?:\.\d+)?))"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_-]*)|(?P<sign>\|\||&&|==|!=|<=|>=|[!<>().,\[\]*]))"
)
_DEEPEST: Final = 40
_LONGEST: Final = 4_000
_LONGEST_RESULT: Final = 60_000
_LITERALS: Final = {"true": True, "false": False, "null": None}


class _SyntaxError(CaughtError):
    pass


def fill(text: str, contexts: Contexts) -> str:
    """Replace every expression of a text by its value, by a marker where it is unknown."""
    if "${{" not in text:
        return text
    return _TEMPLATE.sub(lambda match: as_text(evaluate(match[1], contexts)), text)


def value_of(text: str, contexts: Contexts) -> Result:
    """Evaluate a text that is one expression to its value of any type; anything else is a string."""
    match = _TEMPLATE.fullmatch(text.strip())
    return evaluate(match[1], contexts) if match else fill(text, contexts)


def condition(text: str, contexts: Contexts) -> bool | None:
    """Evaluate an ``if:``, with or without braces; ``None`` where the answer is unknown."""
    match = _TEMPLATE.fullmatch(text.strip())
    return truth(evaluate(match[1] if match else text, contexts)) if match or "${{" not in text else None


def evaluate(expression: str, contexts: Contexts) -> Result:
    """Evaluate one expression without its braces."""
    text = expression.strip()
    if len(text) > _LONGEST:
        return UnknownValue(text[:80])
    try:
        result = _Parser(_tokens(text), contexts).parse()
    except _SyntaxError:
        return UnknownValue(text)
    too_long = isinstance(result, str) and len(result) > _LONGEST_RESULT
    if isinstance(result, UnknownValue) or too_long:
        return UnknownValue(text)
    return result


class _Token(NamedTuple):
    kind: str
    text: str


@lru_cache(maxsize=4096)
def _tokens(text: str) -> tuple[_Token, ...]:
    found, position = list[_Token](), 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            if not text[position:].strip():
                break
            raise _SyntaxError
        found.append(_Token(match.lastgroup or "", match[match.lastgroup or 0]))
        position = match.end()
    return tuple(found)


class _Place:
    """Where the parser stands, and how deep."""

    def __init__(self) -> None:
        self.index = 0
        self.depth = 0


class _Parser:
    """Parses and evaluates in one go, by precedence: or, and, equality, order, not, postfix."""

    def __init__(self, tokens: Sequence[_Token], contexts: Contexts) -> None:
        self._tokens = tokens
        self._contexts = contexts
        self._place = _Place()

    def parse(self) -> Result:
        value = self._either()
        if self._place.index != len(self._tokens):
            raise _SyntaxError
        return value

    def _peek(self) -> str:
        index = self._place.index
        if index < len(self._tokens) and self._tokens[index].kind == "sign":
            return self._tokens[index].text
        return ""

    def _accept(self, *signs: str) -> str:
        sign = self._peek()
        if sign in signs:
            self._place.index += 1
            return sign
        return ""

    def _either(self) -> Result:
        self._place.depth += 1
        if self._place.depth > _DEEPEST:
            raise _SyntaxError
        value = self._both()
        while self._accept("||"):
            value = choose(value, self._both(), when=False)
        self._place.depth -= 1
        return value

    def _both(self) -> Result:
        value = self._equality()
        while self._accept("&&"):
            value = choose(value, self._equality(), when=True)
        return value

    def _equality(self) -> Result:
        value = self._negation()
        while sign := self._accept("==", "!=", "<", ">", "<=", ">="):
            value = compare(sign, value, self._negation())
        return value

    def _negation(self) -> Result:
        denials = 0
        while self._accept("!"):
            denials += 1
        value = self._postfix()
        if not denials:
            return value
        known = truth(value)
        return UnknownValue("!") if known is None else known == (denials % 2 == 0)

    def _postfix(self) -> Result:
        start = self._place.index
        value = self._member_of(self._primary())
        if not isinstance(value, UnknownValue):
            return value
        return UnknownValue("".join(token.text for token in self._tokens[start : self._place.index]))

    def _member_of(self, value: Result) -> Result:
        while sign := self._accept(".", "["):
            if sign == ".":
                key: Result = OPEN if self._accept("*") else self._next("name").text
            else:
                key = OPEN if self._accept("*") else self._either()
                self._expect("]")
            value = member(value, key)
        return value

    def _next(self, *kinds: str) -> _Token:
        index = self._place.index
        if index >= len(self._tokens) or self._tokens[index].kind not in kinds:
            raise _SyntaxError
        self._place.index += 1
        return self._tokens[index]

    def _expect(self, sign: str) -> None:
        if not self._accept(sign):
            raise _SyntaxError

    def _primary(self) -> Result:
        if self._accept("("):
            value = self._either()
            self._expect(")")
            return value
        token = self._next("string", "number", "name")
        if token.kind == "string":
            return token.text[1:-1].replace("''", "'")
        if token.kind == "number":
            return float(int(token.text, 0)) if "x" in token.text else float(token.text)
        if self._accept("("):
            return call(token.text.lower(), self._arguments())
        if token.text in _LITERALS:
            return _LITERALS[token.text]
        return self._contexts.get(token.text.lower(), UnknownValue(token.text))

    def _arguments(self) -> list[Result]:
        found: list[Result] = []
        while not self._accept(")"):
            if found:
                self._expect(",")
            found.append(self._either())
        return found
