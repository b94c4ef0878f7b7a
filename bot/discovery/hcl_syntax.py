"""HCL as bake files have it: text → blocks and expressions, within bounds. Nothing is evaluated here."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from bot.discovery.hcl_tokens import HclError, Inner, Token, parts_of, tokens

_LARGEST: Final = 200_000
_OPERATORS: Final = (("||",), ("&&",), ("==", "!="), ("<", ">", "<=", ">="), ("+", "-"), ("*", "/", "%"))
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")


Expression = tuple[Any, ...]
"""A node: its kind, then its parts."""


@dataclass(frozen=True, slots=True)
class Block:
    """A block: its type, labels, attributes and blocks within, in order."""

    kind: str
    labels: tuple[str, ...] = ()
    attributes: dict[str, Expression] = field(default_factory=dict)
    blocks: "list[Block]" = field(default_factory=list)


def parse_hcl(text: str) -> Block:
    """Read a file. Raises ``HclError``."""
    if len(text) > _LARGEST:
        raise HclError("It is too long.")
    try:
        return _Parser(tokens(text, 0)).body(Block("file"), "")
    except RecursionError:
        raise HclError("It nests too deep.") from None


def parse_template(text: str) -> Expression:
    """Read the inside of a quoted string, as JSON files have it."""
    return _template(parts_of(text, 0))


def _template(parts: Sequence[Any]) -> Expression:
    kept: list[Any] = [_Parser(one.tokens).whole() if isinstance(one, Inner) else one for one in parts if one != ""]
    if all(isinstance(one, str) for one in kept):
        return ("literal", "".join(kept))
    return kept[0] if len(kept) == 1 else ("template", kept)


class _Parser:
    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens
        self._index = 0
        self._brackets = 0

    def whole(self) -> Expression:
        """Read one expression and nothing after it."""
        self._brackets += 1
        value = self._expression()
        self._skip_lines()
        if self._index != len(self._tokens):
            raise HclError("An expression goes on after its end.")
        return value

    def body(self, block: Block, end: str) -> Block:
        """Read attributes and blocks up to the closing brace, or the end of the file."""
        while True:
            self._skip_lines()
            if self._index >= len(self._tokens) and not end:
                return block
            if end and self._accept(end):
                return block
            name = self._next("name", "string")
            if self._accept("="):
                block.attributes[_label(name)] = self._expression()
            else:
                block.blocks.append(self._block(_label(name)))

    def _block(self, kind: str) -> Block:
        labels = []
        while not self._accept("{"):
            labels.append(_label(self._next("name", "string")))
        outer, self._brackets = self._brackets, 0
        block = self.body(Block(kind, tuple(labels)), "}")
        self._brackets = outer
        return block

    def _skip_lines(self) -> None:
        while self._index < len(self._tokens) and self._tokens[self._index].kind == "newline":
            self._index += 1

    def _peek(self) -> Token:
        if self._brackets:
            self._skip_lines()
        return self._tokens[self._index] if self._index < len(self._tokens) else Token("end", "")

    def _accept(self, *signs: str) -> str:
        token = self._peek()
        if token.kind == "sign" and token.value in signs:
            self._index += 1
            self._brackets += (token.value in _OPENING) - (token.value in _CLOSING and self._brackets > 0)
            return str(token.value)
        return ""

    def _expect(self, sign: str) -> None:
        if not self._accept(sign):
            raise HclError(f"{sign} is missing.")

    def _next(self, *kinds: str) -> Token:
        token = self._peek()
        if token.kind not in kinds:
            raise HclError(f"{token.value!r} is not expected.")
        self._index += 1
        return token

    def _expression(self) -> Expression:
        value = self._binary(0)
        if not self._accept("?"):
            return value
        self._brackets += 1
        then = self._expression()
        self._expect(":")
        otherwise = self._expression()
        self._brackets -= 1
        return ("if", value, then, otherwise)

    def _binary(self, level: int) -> Expression:
        if level == len(_OPERATORS):
            return self._unary()
        value = self._binary(level + 1)
        while sign := self._accept(*_OPERATORS[level]):
            value = ("binary", sign, value, self._binary(level + 1))
        return value

    def _unary(self) -> Expression:
        sign = self._accept("!", "-")
        if sign:
            return ("unary", sign, self._unary())
        value = self._primary()
        while sign := self._accept(".", "["):
            if sign == ".":
                value = ("index", value, ("literal", str(self._next("name", "number").value)))
            else:
                value = ("index", value, self._expression())
                self._expect("]")
        return value

    def _primary(self) -> Expression:
        if self._accept("("):
            value = self._expression()
            self._expect(")")
            return value
        if self._accept("["):
            return self._collection("]")
        if self._accept("{"):
            return self._collection("}")
        token = self._next("string", "number", "name")
        if token.kind == "string":
            return _template(token.value)
        if token.kind == "number":
            return ("literal", float(token.value) if "." in token.value else int(token.value))
        if self._accept("("):
            return ("call", token.value, self._items(")"))
        return ("name", token.value)

    def _collection(self, end: str) -> Expression:
        token = self._peek()
        if token.kind == "name" and token.value == "for":
            return self._for(end)
        if end == "]":
            return ("list", self._items(end))
        pairs = []
        while not self._accept(end):
            key = self._key()
            if not self._accept("=", ":"):
                raise HclError("A value is missing.")
            pairs.append((key, self._expression()))
            self._accept(",")
        return ("object", pairs)

    def _key(self) -> Expression:
        if self._accept("("):
            value = self._expression()
            self._expect(")")
            return value
        token = self._next("name", "string", "number")
        return ("literal", str(token.value)) if token.kind != "string" else _template(token.value)

    def _items(self, end: str) -> list[Expression]:
        found = []
        while not self._accept(end):
            found.append(self._expression())
            if self._accept("..."):
                raise HclError("It spreads a list over arguments.")
            if not self._accept(",") and self._peek().value != end:
                raise HclError(f"{end} is missing.")
        return found

    def _for(self, end: str) -> Expression:
        self._next("name")
        names = [str(self._next("name").value)]
        if self._accept(","):
            names.append(str(self._next("name").value))
        self._next("name")  # in
        over = self._expression()
        self._expect(":")
        first = self._expression()
        second = self._expression() if self._accept("=>") else None
        condition = None
        if self._peek().kind == "name" and self._peek().value == "if":
            self._next("name")
            condition = self._expression()
        self._expect(end)
        return ("for", names, over, first, second, condition)


def _label(token: Token) -> str:
    return str(token.value) if token.kind == "name" else "".join(one for one in token.value if isinstance(one, str))
