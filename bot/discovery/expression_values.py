"""Values of GitHub's expressions: known or unknown, how they compare, and the functions that work on them."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from bot.discovery.unknowns import is_known, unknown


class UnknownValue(NamedTuple):
    """A value that only a run of the workflow has."""

    expression: str


Known = str | bool | float | None | Mapping[str, "Known"] | Sequence["Known"]
Result = Known | UnknownValue
Contexts = Mapping[str, Result]
"""Known contexts by lower-case name; a mapping with the key ``*`` is unknown in whatever it does not name."""

OPEN: Final = "*"


def truth(value: Result) -> bool | None:
    """Tell whether a value counts as true; ``None`` where it is unknown."""
    if isinstance(value, UnknownValue) or (isinstance(value, str) and not is_known(value)):
        return None
    return value not in (None, False, 0, "") or isinstance(value, Mapping | list | tuple)


def as_text(value: Result) -> str:
    """Write a value as the runner would put it into a string; an unknown one as its marker."""
    if isinstance(value, UnknownValue):
        return unknown(value.expression)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float | int):
        return f"{value:g}" if value != int(value) else str(int(value))
    if isinstance(value, str):
        return value
    return "Object" if isinstance(value, Mapping) else "Array"


def choose(left: Result, right: Result, *, when: bool) -> Result:
    """What ``&&`` (``when`` true) and ``||`` give: the right side where the left one counts as ``when``."""
    known = truth(left)
    if known is None:
        decided = truth(right)
        return right if decided is (not when) and isinstance(right, bool) else UnknownValue("…")
    return right if known is when else left


def compare(sign: str, left: Result, right: Result) -> Result:
    """Compare as the runner does: strings without regard to case, values of different types as numbers."""
    one, other = _comparable(left), _comparable(right)
    if isinstance(one, UnknownValue) or isinstance(other, UnknownValue):
        return UnknownValue(sign)
    if sign in {"==", "!="}:
        equal = one == other if type(one) is type(other) else _number(one) == _number(other)
        return equal is (sign == "==")
    low, high = (_number(one), _number(other)) if sign in {"<", "<="} else (_number(other), _number(one))
    return low < high or (sign in {"<=", ">="} and low == high)


def _comparable(value: Result) -> str | float | bool | UnknownValue | None:
    if isinstance(value, str):
        return value.lower() if is_known(value) else UnknownValue("…")
    return value if isinstance(value, UnknownValue | bool | float | int | None) else UnknownValue("…")


def _number(value: str | float | None) -> float:
    try:
        return float(value or 0)
    except ValueError:
        return float("nan")


def member(value: Result, key: Result) -> Result:
    """Look up a key or an index; what an open mapping does not name is unknown."""
    if isinstance(value, UnknownValue) or isinstance(key, UnknownValue):
        return UnknownValue("…")
    if isinstance(value, Mapping):
        return _field(value, key)
    if isinstance(value, list | tuple):
        if key == OPEN:
            return list(value)
        if isinstance(key, float) and 0 <= key < len(value):
            found: Result = value[int(key)]
            return found
        return [_field(one, key) for one in value if isinstance(one, Mapping)]
    return None


def _field(value: Mapping[str, Known], key: Result) -> Result:
    if key == OPEN:
        return UnknownValue(OPEN)
    wanted = as_text(key).lower()
    for name, found in value.items():
        if name.lower() == wanted:
            return found
    return UnknownValue("…") if OPEN in value else None


def call(name: str, arguments: Sequence[Result]) -> Result:
    """Call a function; one that is not known here, or gets an unknown argument, gives an unknown value."""
    function = _FUNCTIONS.get(name)
    if function is None or (name != "format" and any(_is_unsure(one) for one in arguments)):
        return UnknownValue(name)
    try:
        return function(*arguments)
    except (TypeError, ValueError, IndexError, RecursionError):
        return UnknownValue(name)


def _is_unsure(value: Result) -> bool:
    return isinstance(value, UnknownValue) or (isinstance(value, str) and not is_known(value))


def _format(template: Result, *values: Result) -> Result:
    text = as_text(template)
    for index, value in enumerate(values):
        text = text.replace(f"{{{index}}}", as_text(value))
    return text.replace("{{", "{").replace("}}", "}")


def _contains(where: Result, what: Result) -> Result:
    wanted = as_text(what).lower()
    if isinstance(where, list | tuple):
        return any(as_text(one).lower() == wanted for one in where)
    return wanted in as_text(where).lower()


def _join(values: Result, separator: Result = ",") -> Result:
    many = values if isinstance(values, list | tuple) else [values]
    return as_text(separator).join(as_text(one) for one in many)


def _from_json(text: Result) -> Result:
    found: Known = json.loads(as_text(text), parse_int=float)
    return found


_FUNCTIONS: Final[Mapping[str, Callable[..., Result]]] = {
    "format": _format,
    "contains": _contains,
    "join": _join,
    "fromjson": _from_json,
    "tojson": json.dumps,
    "startswith": lambda text, start: as_text(text).lower().startswith(as_text(start).lower()),
    "endswith": lambda text, end: as_text(text).lower().endswith(as_text(end).lower()),
    "always": lambda: True,
    "success": lambda: True,
    "failure": lambda: False,
    "cancelled": lambda: False,
}
