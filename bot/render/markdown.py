"""A Markdown page: tables, folds, sections that fit themselves under a limit, and what all of them share."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final, NamedTuple

from bot.model.explain import Cause
from bot.model.report import ImageReport, Report
from bot.render import phrases
from bot.render.links import Links, links_of
from bot.render.text import INSTRUCTION_LIMIT, code, link

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


class RowLimits(NamedTuple):
    """How many rows a page shows above the fold and inside folds."""

    images: int
    causes: int
    folded: int


FEW_ROWS: Final = RowLimits(images=10, causes=5, folded=20)
MANY_ROWS: Final = RowLimits(images=100, causes=20, folded=200)


@dataclass(frozen=True, slots=True)
class Branding:
    """What the configuration says about how we speak: a title, a line for the footer, the label that accepts growth.

    ``caveat`` is what the first line says besides the verdict, where that is not all there is to say.
    """

    title: str = ""
    footer: str = ""
    override_label: str = ""
    caveat: str = ""
    label_sticky: bool = False
    noise_floor_bytes: int | None = None
    """Changes up to this are noise; ``None`` for the default."""


@dataclass(frozen=True, slots=True)
class Page:
    """One Markdown page about one report."""

    report: Report
    room: RowLimits
    voice: Branding
    links: Links

    def name(self, image: ImageReport) -> str:
        """Name an image."""
        return phrases.name(image, self.report, code)

    def place(self, file: str, lines: tuple[int, int] | None, side: str = "head", previous: str = "") -> str:
        """Refer to lines of a Dockerfile with a link; the file's name is left out where ``previous`` named it."""
        named = code(file) if file != previous or not lines else ""
        label = " ".join(part for part in (named, phrases.lines(lines)) if part)
        return link(label, self.links.lines(file, lines, side))

    def origin(self, cause: Cause, previous: str = "") -> str:
        """Refer to what a cause is: where it is written, and the instruction itself."""
        text = code(cause.text, INSTRUCTION_LIMIT)
        return f"{self.place(cause.file, cause.lines, cause.side, previous)} {text}" if cause.file else text

    @property
    def head_word(self) -> str:
        """The head's name in a table: the pull request, or simply the head."""
        return "This PR" if self.report.run.pull_number else "Head"

    @property
    def full_report(self) -> str:
        """Where everything is that this page leaves out."""
        return link("full report", self.links.artifacts)


def page_of(report: Report, room: RowLimits, voice: Branding) -> Page:
    """Set up a page."""
    return Page(report, room, voice, links_of(report))
