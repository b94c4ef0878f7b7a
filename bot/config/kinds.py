"""What the value of a key may be: how it is read, how JSON Schema says it, and how a mistake in it is worded."""

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final, Generic, TypeVar

from bot.config.toml_lines import KeyPath
from bot.errors import UsageError

T = TypeVar("T")
S = TypeVar("S")
T_co = TypeVar("T_co", covariant=True)
E = TypeVar("E", bound=StrEnum)

LONGEST_TEXT: Final = 1000
MOST_ELEMENTS: Final = 500
_LONGEST_SHOWN: Final = 60


class Mistake(UsageError):  # noqa: N818 - it is one, and never leaves this package
    """A value that cannot be meant; the text follows the name of its key or input in the message."""


def shown(value: object) -> str:
    """Show a foreign value on one line: texts quoted, invisible characters escaped, long ones cut."""
    text = value if isinstance(value, str) else _plain(value)
    visible = "".join(_visible(character) for character in text[: _LONGEST_SHOWN + 1])
    cut = visible[:_LONGEST_SHOWN] + "…" if len(visible) > _LONGEST_SHOWN else visible
    return f'"{cut}"' if isinstance(value, str) else cut


def is_visible(text: str) -> bool:
    """Tell whether every character of a text can be seen; spaces and no-break spaces can."""
    return text.replace("\u00a0", " ").isprintable()


def _visible(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    return character if character.isprintable() else f"\\u{ord(character):04X}"


_ESCAPES: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\"}


def _plain(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case dict():
            return "a table"
        case list():
            return "an array"
        case _:
            return str(value)


def did_you_mean(text: str, known: Iterable[str]) -> str:
    """Suggest the known word that is closest to a text: ``; did you mean "…"?``, or nothing."""
    words = sorted(known)
    close = difflib.get_close_matches(text[:_LONGEST_SHOWN].lower().replace("_", "-"), words, n=1, cutoff=0.6)
    return f'; did you mean "{close[0]}"?' if close else ""


def one_of(words: Iterable[str]) -> str:
    """Join words for a sentence: ``budget, growth, error or never``."""
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last


@dataclass(frozen=True, slots=True)
class Kind(Generic[T_co]):
    """``read`` gives the value or raises ``Mistake``; ``schema`` is JSON Schema (draft 2020-12)."""

    word: str
    read: Callable[[object], T_co] = field(repr=False)
    schema: Mapping[str, object] = field(repr=False)


class Mistakes(UsageError):  # noqa: N818 - they are, and never leave this package
    """Mistakes inside a value: the path from it, and the text of each."""

    def __init__(self, found: list[tuple[KeyPath, str]]) -> None:
        super().__init__("\n".join(text for _, text in found))
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


def choice(words: Mapping[str, T]) -> Callable[[object], T]:
    """Accept one of some words."""

    def read(value: object) -> T:
        if not isinstance(value, str) or value not in words:
            close = did_you_mean(value, words) if isinstance(value, str) else ""
            raise Mistake(f"{shown(value)} is not one of {one_of(words)}{close}")
        return words[value]

    return read


def words_of(enum: type[E]) -> dict[str, E]:
    """The words of an enumeration, each with its member."""
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
