"""Expressions of bake files → values; what only a build could know raises ``UndecidedError``."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from bot.discovery.hcl_syntax import Block, Expression
from bot.errors import CaughtError

_MOST_WORK: Final = 100_000
_MOST_ITEMS: Final = 2_000
Scope = Mapping[str, Any]


class UndecidedError(CaughtError):
    """A value that cannot be told without running bake."""


class Evaluator:
    """Evaluates against variables that are looked up when they are needed, and the file's own functions."""

    def __init__(self, variables: Callable[[str], Any], functions: Mapping[str, Block]) -> None:
        self._variables = variables
        self._functions = functions
        self._work = 0
        self._nodes: Mapping[str, Callable[..., Any]] = {
            "literal": lambda _scope, value: value,
            "template": self._template,
            "name": self._name,
            "if": self._if,
            "binary": self._binary,
            "unary": self._unary,
            "index": self._index,
            "list": lambda scope, items: [self.value(one, scope) for one in items],
            "object": self._object,
            "call": self._call,
            "for": self._for,
        }

    def value(self, node: Expression, scope: Scope) -> Any:
        """The value of an expression. Raises ``UndecidedError``."""
        self._work += 1
        if self._work > _MOST_WORK:
            raise UndecidedError
        try:
            return self._nodes[node[0]](scope, *node[1:])
        except (TypeError, KeyError, IndexError, RecursionError, ZeroDivisionError, AttributeError):
            raise UndecidedError from None

    def _template(self, scope: Scope, parts: Sequence[Any]) -> str:
        text = "".join(one if isinstance(one, str) else as_string(self.value(one, scope)) for one in parts)
        if len(text) > _MOST_ITEMS * 10:
            raise UndecidedError
        return text

    def _name(self, scope: Scope, name: str) -> Any:
        if name in {"true", "false", "null"}:
            return {"true": True, "false": False, "null": None}[name]
        return scope[name] if name in scope else self._variables(name)

    def _if(self, scope: Scope, condition: Expression, then: Expression, otherwise: Expression) -> Any:
        return self.value(then if as_bool(self.value(condition, scope)) else otherwise, scope)

    def _binary(self, scope: Scope, sign: str, left: Expression, right: Expression) -> Any:
        one = self.value(left, scope)
        if sign in {"&&", "||"}:
            known = as_bool(one)
            return known if known is (sign == "||") else as_bool(self.value(right, scope))
        other = self.value(right, scope)
        if sign in {"==", "!="}:
            return (one == other) is (sign == "==")
        return _OPERATIONS[sign](one, other)

    def _unary(self, scope: Scope, sign: str, node: Expression) -> Any:
        value = self.value(node, scope)
        return not as_bool(value) if sign == "!" else -value

    def _index(self, scope: Scope, node: Expression, key: Expression) -> Any:
        where, what = self.value(node, scope), self.value(key, scope)
        return where[int(what)] if isinstance(where, list) else where[as_string(what)]

    def _object(self, scope: Scope, pairs: Sequence[tuple[Expression, Expression]]) -> dict[str, Any]:
        return {as_string(self.value(key, scope)): self.value(value, scope) for key, value in pairs}

    def _call(self, scope: Scope, name: str, arguments: Sequence[Expression]) -> Any:
        values = [self.value(one, scope) for one in arguments]
        own = self._functions.get(name)
        if own is not None:
            parameters = [one[1] for one in own.attributes["params"][1]]
            return self.value(own.attributes["result"], dict(zip(parameters, values, strict=True)))
        result = BUILT_IN[name](*values)
        if isinstance(result, list) and len(result) > _MOST_ITEMS:
            raise UndecidedError
        return result

    def _for(self, scope: Scope, names: Sequence[str], over: Expression, *parts: Any) -> Any:
        first, second, condition = parts
        found: list[Any] = []
        for inner in _bindings(names, self.value(over, scope)):
            here = {**scope, **inner}
            if condition is None or as_bool(self.value(condition, here)):
                value = self.value(first, here)
                found.append(value if second is None else (as_string(value), self.value(second, here)))
        return found if second is None else dict(found)


def as_string(value: Any) -> str:
    """Write a value as a string, as templates do."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return ""
    if isinstance(value, int | float | str):
        return f"{value:g}" if isinstance(value, float) else str(value)
    raise UndecidedError


def as_bool(value: Any) -> bool:
    """Read a condition."""
    if isinstance(value, bool):
        return value
    if value in {"true", "false"}:
        return bool(value == "true")
    raise UndecidedError


def _bindings(names: Sequence[str], values: Any) -> Iterator[dict[str, Any]]:
    pairs = list(values.items()) if isinstance(values, dict) else list(enumerate(values))
    for key, value in pairs[:_MOST_ITEMS]:
        yield {names[0]: key, names[1]: value} if len(names) == 2 else {names[0]: value}


def _flatten(values: Sequence[Any]) -> list[Any]:
    found: list[Any] = []
    for one in values:
        found += _flatten(one) if isinstance(one, list) else [one]
    return found


def _distinct(values: Sequence[Any]) -> list[Any]:
    return [one for index, one in enumerate(values[:_MOST_ITEMS]) if one not in values[:index]]


def _format(template: str, *values: Any) -> str:
    parts = template.replace("%d", "%s").split("%s")
    if len(parts) != len(values) + 1 or "%" in "".join(parts):
        raise UndecidedError
    return parts[0] + "".join(as_string(value) + rest for value, rest in zip(values, parts[1:], strict=True))


_OPERATIONS: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "<": lambda one, other: one < other,
    ">": lambda one, other: one > other,
    "<=": lambda one, other: one <= other,
    ">=": lambda one, other: one >= other,
    "+": lambda one, other: one + other,
    "-": lambda one, other: one - other,
    "%": lambda one, other: one % other,
}
BUILT_IN: Final[Mapping[str, Callable[..., Any]]] = {
    "and": lambda one, other: as_bool(one) and as_bool(other),
    "or": lambda one, other: as_bool(one) or as_bool(other),
    "not": lambda one: not as_bool(one),
    "equal": lambda one, other: one == other,
    "notequal": lambda one, other: one != other,
    "split": lambda separator, text: text.split(separator),
    "join": lambda separator, values: separator.join(as_string(one) for one in values),
    "replace": lambda text, old, new: text.replace(old, new),
    "lower": lambda text: text.lower(),
    "upper": lambda text: text.upper(),
    "trimspace": lambda text: text.strip(),
    "trimprefix": lambda text, prefix: text.removeprefix(prefix),
    "trimsuffix": lambda text, suffix: text.removesuffix(suffix),
    "substr": lambda text, start, length: text[start:] if length < 0 else text[start : start + length],
    "concat": lambda *lists: [one for values in lists for one in values],
    "flatten": _flatten,
    "distinct": _distinct,
    "compact": lambda values: [one for one in values if one not in {"", None}],
    "contains": lambda values, wanted: wanted in values,
    "length": len,
    "lookup": lambda where, key, default=None: where.get(as_string(key), default),
    "merge": lambda *many: {key: value for one in many for key, value in one.items()},
    "keys": sorted,
    "values": lambda where: [where[key] for key in sorted(where)],
    "element": lambda values, index: values[index % len(values)],
    "coalesce": lambda *values: next(one for one in values if one not in {"", None}),
    "tostring": as_string,
    "format": _format,
    "reverse": lambda values: values[::-1],
    "toset": lambda values: values,
    "tolist": lambda values: values,
}
