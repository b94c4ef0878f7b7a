"""What the value of a key may be: how it is read, how JSON Schema says it, and the word the documentation uses."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final, Generic, TypeVar

from bot.config.limit_texts import MOST_LAYERS, count_limit, growth_limit, size_limit
from bot.config.mistakes import Mistake, did_you_mean, is_visible, one_of, shown
from bot.config.toml_lines import KeyPath
from bot.model.budget import Limit

T = TypeVar("T")
S = TypeVar("S")
T_co = TypeVar("T_co", covariant=True)
E = TypeVar("E", bound=StrEnum)

LONGEST_TEXT: Final = 1000
MOST_ELEMENTS: Final = 500


@dataclass(frozen=True, slots=True)
class Kind(Generic[T_co]):
    """``read`` gives the value or raises ``Mistake``; ``schema`` is JSON Schema (draft 2020-12)."""

    word: str
    read: Callable[[object], T_co] = field(repr=False)
    schema: Mapping[str, object] = field(repr=False)


class Mistakes(Exception):  # noqa: N818 - they are
    """Mistakes inside a value: the path from it, and the text of each."""

    def __init__(self, found: list[tuple[KeyPath, str]]) -> None:
        super().__init__()
        self.found = tuple(found)


def text_value(value: object) -> str:
    """Accept a text of one line without invisible characters."""
    if not isinstance(value, str):
        raise Mistake(f"must be a text in quotes, not {shown(value)}")
    if not is_visible(value):
        raise Mistake(f"{shown(value)} holds characters that cannot be seen; write it on one line without them")
    if len(value) > LONGEST_TEXT:
        raise Mistake(f"{shown(value)} is longer than {LONGEST_TEXT:,} characters")
    return value


def stated_text(value: object) -> str:
    """Accept a text that is not empty."""
    text = text_value(value)
    if not text.strip():
        raise Mistake("must not be empty")
    return text


def day_value(value: object) -> date:
    """Accept a TOML local date."""
    if type(value) is not date:
        raise Mistake(f"must be a date without quotes, such as 2026-12-31, not {shown(value)}")
    return value


def flag_value(value: object) -> bool:
    """Accept ``true`` or ``false``."""
    if not isinstance(value, bool):
        raise Mistake(f"must be true or false without quotes, not {shown(value)}")
    return value


def size_value(value: object) -> Limit:
    """Accept a size in quotes."""
    return size_limit(_quoted(value, '"500 MB"'))


def growth_value(value: object) -> Limit:
    """Accept a size or a percentage in quotes."""
    return growth_limit(_quoted(value, '"10 MB" or "5 %"'))


def count_value(value: object) -> Limit:
    """Accept a whole number."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise Mistake(f"must be a whole number without quotes, such as 40, not {shown(value)}")
    if not 0 <= value <= MOST_LAYERS:
        raise Mistake(f"{shown(value)} is not a number of layers; write a whole number from 0 to {MOST_LAYERS:,}")
    return count_limit(str(value))


def _quoted(value: object, example: str) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        number = shown(value)
        raise Mistake(f'{number} has no unit; write "{number} B", "{number} kB" or "{number} MB"')
    if not isinstance(value, str):
        raise Mistake(f"must be in quotes and have a unit, such as {example}, not {shown(value)}")
    return value


def choice(words: Mapping[str, T]) -> Callable[[object], T]:
    """Accept one of some words."""

    def read(value: object) -> T:
        if not isinstance(value, str) or value not in words:
            close = did_you_mean(value, words) if isinstance(value, str) else ""
            raise Mistake(f"{shown(value)} is not one of {one_of(words)}{close}")
        return words[value]

    return read


def words_of(enum: type[E]) -> dict[str, E]:
    """Give the words of an enumeration."""
    return {member.value: member for member in enum}


def array(element: Callable[[object], T]) -> Callable[[object], tuple[T, ...]]:
    """Accept an array, with every mistaken element reported."""

    def read(value: object) -> tuple[T, ...]:
        if not isinstance(value, list):
            raise Mistake(f"must be an array, not {shown(value)}; put it in brackets: [{_example(value)}]")
        if len(value) > MOST_ELEMENTS:
            raise Mistake(f"has {len(value):,} elements; at most {MOST_ELEMENTS} make sense")
        return tuple(each_read({(index,): item for index, item in enumerate(value)}, element).values())

    return read


def mapping(key: Callable[[str], str], element: Callable[[object], T]) -> Callable[[object], dict[str, T]]:
    """Accept a table whose keys are free, with every mistaken key and value reported."""

    def read(value: object) -> dict[str, T]:
        if not isinstance(value, dict):
            raise Mistake(f"must be a table, not {shown(value)}")
        each_read({(name,): name for name in value}, lambda name: key(str(name)))
        return {
            str(path[-1]): item for path, item in each_read({(name,): value[name] for name in value}, element).items()
        }

    return read


def each_read(values: Mapping[KeyPath, S], read: Callable[[S], T]) -> dict[KeyPath, T]:
    """Read several values. Raises ``Mistakes`` with all that is wrong in any of them."""
    good: dict[KeyPath, T] = {}
    found: list[tuple[KeyPath, str]] = []
    for path, value in values.items():
        try:
            good[path] = read(value)
        except Mistake as mistake:
            found.append((path, str(mistake)))
    if found:
        raise Mistakes(found)
    return good


def _example(value: object) -> str:
    return shown(value) if isinstance(value, str) else "…"
