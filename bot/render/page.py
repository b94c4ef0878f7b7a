"""What the sections of a Markdown page share: the report, its links, how much room there is, and how to refer."""

from dataclasses import dataclass
from typing import Final, NamedTuple

from bot.model.explain import Cause
from bot.model.report import ImageReport, Report
from bot.render import phrases
from bot.render.links import Links, links_of
from bot.render.markdown import COMMENT_LIMIT_BYTES
from bot.render.text import INSTRUCTION_LIMIT, code, link


class PageLimits(NamedTuple):
    """How many rows a page shows above the fold and inside folds, and how long it may be."""

    images: int
    causes: int
    folded: int
    limit_bytes: int


COMMENT: Final = PageLimits(images=10, causes=5, folded=20, limit_bytes=COMMENT_LIMIT_BYTES)
SUMMARY: Final = PageLimits(images=100, causes=20, folded=200, limit_bytes=1_000_000)
CHECK: Final = PageLimits(images=10, causes=5, folded=20, limit_bytes=COMMENT_LIMIT_BYTES)
"""GitHub: comment 65,536 · summary 1 MiB, past which nothing is shown · check summary 65,535."""


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
    room: PageLimits
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


def page_of(report: Report, room: PageLimits, voice: Branding) -> Page:
    """Set up a page."""
    return Page(report, room, voice, links_of(report))
