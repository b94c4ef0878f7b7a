"""``[ … ]`` and ``[[ … ]]`` in scripts: true, false, or left to a run."""

import fnmatch
from collections.abc import Iterable

from tree_sitter import Node

from bot.discovery.unknowns import is_known
from bot.discovery.words import WordExpander, command_words, source

_EQUAL = frozenset({"=", "==", "=~"})


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
    if not is_known(one) or not is_known(other) or sign not in _EQUAL | {"!="} or sign == "=~":
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
