"""Markdown's larger parts: tables, folds, and documents of sections that fit themselves under a limit."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

_ALIGNMENT: Final = {"<": ":--", ">": "--:"}


def table(head: Sequence[str], alignment: str, rows: Iterable[Sequence[str]]) -> str:
    """Lay out a table; ``alignment`` has one ``<`` or ``>`` for each column."""
    lines = [row(head), "|" + "|".join(_ALIGNMENT[side] for side in alignment) + "|"]
    return "\n".join([*lines, *map(row, rows)])


def row(cells: Sequence[str]) -> str:
    r"""Lay out one row. A pipe is written ``\|``, also inside code: a table is cut into cells before all else."""
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def fold(summary: str, body: str) -> str:
    """Fold ``body`` under a line of HTML (Markdown is not read in it)."""
    return f"<details><summary>{summary}</summary>\n\n{body}\n</details>"


class Priority(IntEnum):
    """What gives way first where a document grows too long: the smallest."""

    EXTRA = 1
    DETAIL = 2
    ADVICE = 3
    CAUSE = 4
    ESSENTIAL = 5


@dataclass(frozen=True, slots=True)
class PageSection:
    """A part of a document in forms from the fullest to the shortest; the last may be empty: left out.

    ``what`` names the section in the line that says what was left out.
    """

    what: str
    priority: Priority
    forms: tuple[str, ...] = field(repr=False)


def fit(sections: Sequence[PageSection], limit_bytes: int, farewell: Callable[[Sequence[str]], str]) -> str:
    """Join the sections in the fullest forms that stay within ``limit_bytes`` of UTF-8, the least important ones cut.

    ``farewell`` makes the last paragraph from the names of what was shortened or left out.
    """
    chosen = [0] * len(sections)
    while True:
        text = _join(sections, chosen, farewell)
        weakest = _weakest(sections, chosen)
        if weakest is None or len(text.encode()) <= limit_bytes:
            return text
        chosen[weakest] += 1


def _join(sections: Sequence[PageSection], chosen: Sequence[int], farewell: Callable[[Sequence[str]], str]) -> str:
    shown = [section.forms[form] for section, form in zip(sections, chosen, strict=True)]
    cut = [section.what for section, form in zip(sections, chosen, strict=True) if form]
    return "\n\n".join(part for part in [*shown, farewell(cut)] if part) + "\n"


def _weakest(sections: Sequence[PageSection], chosen: Sequence[int]) -> int | None:
    """Find the section to shorten next: of the lowest priority, and there the one that is longest now."""
    shrinkable = [index for index, section in enumerate(sections) if chosen[index] + 1 < len(section.forms)]
    return min(shrinkable, key=lambda index: _rank(sections[index], chosen[index]), default=None)


def _rank(section: PageSection, form: int) -> tuple[int, int]:
    return section.priority, -len(section.forms[form])
