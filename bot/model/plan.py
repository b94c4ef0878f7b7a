"""Which commits are compared and why, and what is to be built."""

from dataclasses import dataclass, field, replace
from typing import Final

from bot.model.build import Departure, ImageSpec

WORKING_TREE: Final = "working tree (uncommitted changes)"


@dataclass(frozen=True, slots=True)
class Skip:
    """Nothing to do, and why; the reason is shown, never swallowed."""

    reason: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """The two commits that are compared, and the reason for the base in one phrase. ``base_sha`` empty: no baseline."""

    base_sha: str
    head_sha: str
    why: str
    base_label: str = ""
    head_label: str = ""
    pull_head_sha: str = ""
    """The head commit of the pull request where ``head_sha`` is its merge commit: checks and links belong there."""
    uncommitted: bool = field(default=False, compare=False)
    """``head_sha`` is an object of ours that holds the working tree, which nobody else has: no report names it."""

    @property
    def as_reported(self) -> "Comparison":
        """What a report says of it: a commit that everybody has, or that it was the working tree."""
        return replace(self, head_sha="", head_label=WORKING_TREE) if self.uncommitted else self


@dataclass(frozen=True, slots=True)
class ImagePlan:
    """One image on both sides. A side is ``None`` where the image does not exist there.

    ``unchanged`` means that nothing its build can see differs between the commits: it is not built at all.
    """

    name: str
    base: ImageSpec | None
    head: ImageSpec | None
    unchanged: bool = False
    why: str = ""
    departure: Departure | None = None
    notes: tuple[str, ...] = ()
    """Where its definition comes from and what is in doubt, for its own part of the report."""
    bases: tuple[str, ...] = ()
    """The images that its stages start from and that are not made here: what is built on the same is built together."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is compared and built."""

    comparison: Comparison
    images: tuple[ImagePlan, ...]
    notes: tuple[str, ...] = ()
