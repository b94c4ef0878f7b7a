"""Words of a shell command → text, and conditions of scripts → true, false, or left to a run."""

import fnmatch
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from tree_sitter import Node

from bot.discovery.unknowns import is_known, unknown

Variables = Mapping[str, str | tuple[str, ...]]
Substitute = Callable[[Node], str | None]
"""Returns what a ``$(…)`` prints, ``None`` where that is unknown."""

_LONGEST: Final = 16_000
_NAMED: Final = re.compile(r"(\w+)(?:\[0\])?(.*)", re.DOTALL)
_LITERAL: Final[Mapping[str, Callable[[str], str]]] = {
    "raw_string": lambda text: text[1:-1],
    "ansi_c_string": lambda text: text[2:-1].replace("\\n", "\n").replace("\\t", "\t"),
    **dict.fromkeys(("arithmetic_expansion", "process_substitution", "brace_expression"), unknown),
}
_QUIET: Final = frozenset({"comment", "heredoc_redirect", "file_redirect", "herestring_redirect"})


def source(node: Node) -> str:
    """The text of a node."""
    return (node.text or b"").decode("utf-8", "replace")


class WordExpander:
    """Expands words against variables; what is not set is unknown, since a runner may have it."""

    def __init__(self, variables: Variables, substitute: Substitute) -> None:
        self._variables = variables
        self._substitute = substitute

    def words(self, node: Node) -> Iterator[str]:
        """The words that one word of the source becomes: none, one, or several where a value is split."""
        array = self._array(node)
        if array is not None:
            yield from array
        elif node.type in {"simple_expansion", "expansion", "command_substitution"}:
            yield from self.text(node).split()
        else:
            yield self.text(node)

    def text(self, node: Node) -> str:
        """The text of a word as if it stood in quotes."""
        return self._text(node)[:_LONGEST]

    def _text(self, node: Node) -> str:
        kind = node.type
        if kind in _LITERAL:
            return _LITERAL[kind](source(node))
        if kind in {"string", "concatenation", "heredoc_body", "array", "command_name"}:
            return self._parts(node, quoted=kind in {"string", "heredoc_body"})
        if kind == "variable_assignment":
            name, _, rest = source(node).partition("=")
            value = node.child_by_field_name("value")
            return f"{name}={self._text(value) if value is not None else rest}"
        if kind == "simple_expansion":
            return self._value(source(node)[1:])
        if kind == "expansion":
            return self._expansion(node)
        if kind == "command_substitution":
            printed = self._substitute(node)
            return unknown(source(node)) if printed is None else printed
        return _unescaped(source(node), quoted=False)

    def _parts(self, node: Node, *, quoted: bool) -> str:
        """Join what the children say with the text between them, which the grammar gives no node."""
        data, position, found = node.text or b"", node.start_byte, list[str]()
        for child in node.named_children:
            found.append(_between(data, position, child.start_byte, node, quoted=quoted))
            literal = child.type in {"string_content", "heredoc_content"}
            found.append(_unescaped(source(child), quoted=True) if literal else self._text(child))
            position = child.end_byte
        found.append(_between(data, position, node.end_byte, node, quoted=quoted))
        text = "".join(found)
        return text[1:-1] if node.type == "string" else text

    def _array(self, node: Node) -> tuple[str, ...] | None:
        inner = node.named_children[0] if node.type == "string" and len(node.named_children) == 1 else node
        if inner.type != "expansion":
            return None
        name, found, index = source(inner)[2:-1].partition("[")
        value = self._variables.get(name)
        return value if isinstance(value, tuple) and (not found or index in {"@]", "*]"}) else None

    def _value(self, name: str) -> str:
        value = self._variables.get(name)
        if isinstance(value, tuple):
            return value[0] if value else ""
        return unknown(f"${name}") if value is None else value

    def _expansion(self, node: Node) -> str:
        found = _NAMED.match(source(node)[2:-1])
        if found is None:
            return unknown(source(node))
        name, rest = found[1], found[2]
        value = self._value(name)
        return self._modified(node, name, value, rest) if rest else value

    def _modified(self, node: Node, name: str, value: str, rest: str) -> str:
        words = [one for one in node.named_children if one.type not in {"variable_name", "subscript"}]
        if rest.startswith((":-", "-", ":=", "=")):
            unset = name not in self._variables or (rest.startswith(":") and value == "")
            return "".join(self._text(one) for one in words) if unset else value
        if not is_known(value):
            return unknown(source(node))
        return _cut(value, rest, unknown(source(node)))


def _cut(value: str, rest: str, otherwise: str) -> str:
    """Apply ``#``, ``%``, ``/``, ``,,`` and ``^^`` where their pattern is literal."""
    if rest in {",,", "^^"}:
        return value.lower() if rest == ",," else value.upper()
    sign = next((one for one in ("##", "#", "%%", "%", "//", "/") if rest.startswith(one)), "")
    pattern = rest[len(sign) :]
    if not sign or set(pattern) & set("$`\"'["):
        return otherwise
    if sign.startswith("/"):
        old, _, new = pattern.partition("/")
        return otherwise if set(old) & set("*?\\") else value.replace(old, new, -1 if sign == "//" else 1)
    return _trimmed(value, sign, pattern)


def _trimmed(value: str, sign: str, pattern: str) -> str:
    front, ends = sign[0] == "#", range(min(len(value), 500) + 1)
    cuts = [
        index for index in ends if fnmatch.fnmatchcase(value[:index] if front else value[len(value) - index :], pattern)
    ]
    if not cuts:
        return value
    length = max(cuts) if len(sign) == 2 else min(cuts)
    return value[length:] if front else value[: len(value) - length]


def _between(data: bytes, start: int, end: int, node: Node, *, quoted: bool) -> str:
    text = data[start - node.start_byte : end - node.start_byte].decode("utf-8", "replace")
    return _unescaped(text, quoted=quoted)


def _unescaped(text: str, *, quoted: bool) -> str:
    if "\\" not in text:
        return text
    text = text.replace("\\\n", "")
    if quoted:
        return text.replace('\\"', '"').replace("\\$", "$").replace("\\\\", "\\")
    return "".join(part for index, part in enumerate(text.split("\\")) if part or not index)


def command_words(node: Node, expander: WordExpander) -> tuple[str, ...]:
    """The words of a command without assignments and redirections."""
    found: list[str] = []
    for child in node.named_children:
        if child.type in _QUIET or (child.type == "variable_assignment" and not found):
            continue
        inner = child.named_children[0] if child.type == "command_name" and child.named_children else child
        found.extend(expander.words(inner))
    return tuple(found)


def base_name(program: str) -> str:
    """A program's bare name."""
    return posixpath.basename(program)


def decide(node: Node | None, expander: WordExpander) -> bool | None:
    """Decide a condition; ``None`` where the tree does not say."""
    if node is None:
        return None
    if node.type == "test_command" and node.named_children:
        return _expression(node.named_children[0], expander)
    if node.type == "command":
        return _test(command_words(node, expander))
    if node.type == "negated_command" and node.named_children:
        inner = decide(node.named_children[0], expander)
        return None if inner is None else not inner
    if node.type == "list" and len(node.named_children) == 2:
        return _both(node, [decide(one, expander) for one in node.named_children])
    return None


def matches(text: str, patterns: Iterable[str]) -> bool | None:
    """Tell whether a word falls under one of the patterns of a ``case``."""
    if not is_known(text):
        return None
    return any(fnmatch.fnmatchcase(text, pattern) for pattern in patterns)


def _expression(node: Node, expander: WordExpander) -> bool | None:
    children = node.named_children
    if node.type == "parenthesized_expression" and children:
        return _expression(children[0], expander)
    if node.type == "unary_expression":
        return _unary(node, expander)
    if node.type != "binary_expression" or len(children) < 2:
        return None
    operator = node.child_by_field_name("operator")
    sign = source(operator) if operator is not None else ""
    if sign in {"&&", "||"}:
        return _combined(sign, [_expression(one, expander) for one in (children[0], children[-1])])
    return _compared(sign, expander.text(children[0]), expander.text(children[-1]))


def _unary(node: Node, expander: WordExpander) -> bool | None:
    operator = node.child_by_field_name("operator") or next(iter(node.children), None)
    sign, last = source(operator) if operator is not None else "", node.named_children[-1]
    if sign == "!":
        inner = _expression(last, expander)
        return None if inner is None else not inner
    return _emptiness(sign, expander.text(last))


def _emptiness(sign: str, text: str) -> bool | None:
    if not is_known(text) or sign not in {"-z", "-n"}:
        return None
    return (text == "") is (sign == "-z")


def _compared(sign: str, one: str, other: str) -> bool | None:
    if not is_known(one) or not is_known(other) or sign not in {"=", "==", "!="}:
        return None
    return fnmatch.fnmatchcase(one, other) is (sign != "!=")


def _test(words: tuple[str, ...]) -> bool | None:
    if words[:1] != ("test",):
        return {"true": True, "false": False}.get(" ".join(words))
    if len(words) == 3:
        return _emptiness(words[1], words[2])
    return _compared(words[2], words[1], words[3]) if len(words) == 4 else None


def _both(node: Node, answers: list[bool | None]) -> bool | None:
    operators = {source(one) for one in node.children if not one.is_named}
    return _combined("&&" if "&&" in operators else "||", answers)


def _combined(sign: str, answers: list[bool | None]) -> bool | None:
    decisive = sign == "||"
    if decisive in answers:
        return decisive
    return None if None in answers else not decisive
