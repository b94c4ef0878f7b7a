"""Hostile JSON → values of the expected kind and size, each refusal naming the JSON path (docs/security.md T-J1)."""

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, TypeVar

from bot.errors import UsageError
from bot.render.text import plain
from bot.units import LARGEST_BYTES

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
"""What JSON can say."""

T = TypeVar("T")
E = TypeVar("E", bound=Enum)

MOST_BYTES: Final = 32_000_000
_MOST_DIGITS: Final = 16
_LONE_SURROGATE: Final = re.compile("[\ud800-\udc7f\udd00-\udfff]")


class _Unusable:
    """A number that JSON can write and a report cannot hold: NaN, infinities, endless integers."""

    def __init__(self, text: str) -> None:
        self.text = text


class _Repeating(dict[str, Any]):
    """An object in which a key comes twice; readers differ in which one they believe."""


@dataclass(frozen=True, slots=True)
class Node:
    """A value and where it stands."""

    value: Any
    path: str = "$"

    def refusal(self, problem: str) -> UsageError:
        """Make the error about this value."""
        return UsageError(
            f"The report cannot be used: {self.path} {problem}.",
            fix="Reports are written by deadweight; its docs/report.schema.json says what one looks like.",
        )

    def record(self, *keys: str) -> dict[str, "Node"]:
        """Read an object that has exactly these keys, each once."""
        if not isinstance(self.value, dict):
            raise self.refusal("is not an object")
        if isinstance(self.value, _Repeating):
            raise self.refusal("has a key twice")
        for key in keys:
            if key not in self.value:
                raise self.refusal(f"lacks the key {key!r}")
        for key in self.value:
            if key not in keys:
                raise self.refusal(f"has the unknown key {plain(key, 60)!r}")
        return {key: Node(self.value[key], f"{self.path}.{key}") for key in keys}

    def has(self, key: str) -> bool:
        """Tell whether this is an object with the key."""
        return isinstance(self.value, dict) and key in self.value

    def items(self, read: Callable[["Node"], T], most: int) -> tuple[T, ...]:
        """Read an array of at most ``most`` values."""
        if not isinstance(self.value, list):
            raise self.refusal("is not an array")
        if len(self.value) > most:
            raise self.refusal(f"has {len(self.value)} entries, more than {most}")
        return tuple(read(Node(value, f"{self.path}[{index}]")) for index, value in enumerate(self.value))

    def optional(self, read: Callable[["Node"], T]) -> T | None:
        """Read a value that may be null."""
        return None if self.value is None else read(self)

    def text(self, most: int) -> str:
        """Read a string; lone surrogates only as they stand for bytes that are no UTF-8."""
        if not isinstance(self.value, str):
            raise self.refusal("is not a string")
        if len(self.value) > most:
            raise self.refusal(f"has {len(self.value)} characters, more than {most}")
        if _LONE_SURROGATE.search(self.value):
            raise self.refusal("holds a surrogate that stands for nothing")
        return self.value

    def matching(self, pattern: re.Pattern[str]) -> str:
        """Read a string that matches a pattern whole."""
        if not isinstance(self.value, str) or not pattern.fullmatch(self.value):
            raise self.refusal(f"does not match {pattern.pattern}")
        return self.value

    def whole(self, least: int, most: int = LARGEST_BYTES) -> int:
        """Read an integer; a boolean is none."""
        if isinstance(self.value, _Unusable):
            raise self.refusal(f"is {self.value.text[:20]}, not a usable number")
        if not isinstance(self.value, int) or isinstance(self.value, bool):
            raise self.refusal("is not an integer")
        if not least <= self.value <= most:
            raise self.refusal(f"is {self.value}, not between {least} and {most}")
        return self.value

    def count(self) -> int:
        """Read a number of things or bytes: 0 ≤ n < 2⁵³."""
        return self.whole(0)

    def change(self) -> int:
        """Read a difference: −2⁵³ < n < 2⁵³."""
        return self.whole(-LARGEST_BYTES)

    def fraction(self) -> float:
        """Read a number between 0 and 1."""
        return self._number(1)

    def seconds(self) -> float:
        """Read a duration of at most a day."""
        return self._number(86_400)

    def _number(self, most: int) -> float:
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            raise self.refusal("is not a number")
        if not math.isfinite(self.value) or not 0 <= self.value <= most:
            raise self.refusal(f"is not between 0 and {most}")
        return float(self.value)

    def flag(self) -> bool:
        """Read true or false."""
        if not isinstance(self.value, bool):
            raise self.refusal("is neither true nor false")
        return self.value

    def choice(self, choices: type[E]) -> E:
        """Read one of an enumeration's values."""
        for choice in choices:
            if choice.value == self.value and isinstance(self.value, str):
                return choice
        raise self.refusal(f"is not one of {', '.join(str(choice.value) for choice in choices)}")


def load(content: bytes) -> Node:
    """Parse JSON of bounded size and depth without believing any of it. Raises ``UsageError``."""
    if len(content) > MOST_BYTES:
        raise Node(None).refusal(f"is a file of {len(content)} bytes, more than {MOST_BYTES}")
    try:
        value = json.loads(
            content.decode(),
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_constant=_Unusable,
        )
    except RecursionError:
        raise Node(None).refusal("is nested too deeply") from None
    except ValueError as error:
        raise Node(None).refusal(f"is not JSON: {plain(str(error), 200)}") from error
    return Node(value)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    return made if len(made) == len(pairs) else _Repeating(made)


def _integer(digits: str) -> int | _Unusable:
    return int(digits) if len(digits.lstrip("-")) <= _MOST_DIGITS else _Unusable(digits)
