"""Which commits are compared and why, and what is to be built."""

from dataclasses import dataclass

from bot.model.build import Departure, ImageSpec


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


@dataclass(frozen=True, slots=True)
class Plan:
    """What is compared and built."""

    comparison: Comparison
    images: tuple[ImagePlan, ...]
    notes: tuple[str, ...] = ()
