"""What the sections of a Markdown page share: the report, its links, how much room there is, and how to refer."""

from dataclasses import dataclass
from typing import Final, NamedTuple

from bot.model.explain import Cause
from bot.model.report import ImageReport, Report
from bot.render import phrases
from bot.render.links import Links, links_of
from bot.render.text import INSTRUCTION_LIMIT, code, link


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
