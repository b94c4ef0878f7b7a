"""How a mistake is worded: what stands there, why it cannot be meant, and what to write instead."""

import difflib
from collections.abc import Iterable
from typing import Final

_LONGEST_SHOWN: Final = 60


class Mistake(ValueError):  # noqa: N818 - it is one, and never leaves this package
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
    """Give ``; did you mean "…"?`` for the known word that is closest to a text, or nothing."""
    words = sorted(known)
    close = difflib.get_close_matches(text[:_LONGEST_SHOWN].lower().replace("_", "-"), words, n=1, cutoff=0.6)
    return f'; did you mean "{close[0]}"?' if close else ""


def one_of(words: Iterable[str]) -> str:
    """Join words for a sentence: ``budget, growth, error or never``."""
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last
