"""Findings: what a rule saw, the bytes it claims, how sure that is, and the way out."""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple

from bot.model.dockerfile import Edit
from bot.model.explain import Explanation
from bot.model.verify import Verification


class Ladder(IntEnum):
    """How far a finding has been proven; only from ``BUILT`` up may it say "saves"."""

    SUSPECTED = 0
    MEASURED = 1
    BUILT = 2
    VERIFIED = 3


class Claim(NamedTuple):
    """Bytes of one entry of one layer of the head image; a total is the union of claims, never a sum of findings."""

    layer: int
    path: bytes


@dataclass(frozen=True, slots=True)
class ClaimedBytes:
    """Claimed bytes by class: in the merged filesystem, dead under later layers, or in the base image's layers."""

    live: int = 0
    dead: int = 0
    base_image: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.live + self.dead + self.base_image


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule found in one image."""

    rule: str
    ladder: Ladder
    title: str
    """One sentence, no foreign text."""
    advice: str
    """What to do, in one or two sentences of our own; foreign text only in ``evidence``."""
    claimed: ClaimedBytes
    claims: frozenset[Claim] = field(default=frozenset(), repr=False)
    file: str = ""
    lines: tuple[int, int] | None = None
    evidence: tuple[tuple[str, int], ...] = ()
    """The largest claimed things: (path or package, bytes); foreign text."""
    edits: tuple[Edit, ...] = field(default=(), repr=False, compare=False)
    """The change of the Dockerfile that is proposed; in no report file, which has the patch."""
    ignores: tuple[str, ...] = field(default=(), compare=False)
    """Lines that are proposed for the ignore list of the build context; in no report file."""
    altered: tuple[str, ...] = field(default=(), compare=False)
    """What the proposal knowingly changes of the container, a phrase of our own each."""
    patch: str = ""
    """The unified diff of this proposal alone."""
    measured_after_bytes: int | None = None
    confidence: float = 1.0
    """0…1, used with the bytes to rank."""
    from_this_change: bool = True
    """True where the difference brought the claimed bytes."""
    suppressed: str = ""
    """The reason given in the Dockerfile or the configuration for ignoring it."""


class LeftOut(NamedTuple):
    """A rule whose proposal is not in a plan, and why, in words of our own."""

    rule: str
    why: str


@dataclass(frozen=True, slots=True)
class EditPlan:
    """What the proposals of one image's findings make together: a whole Dockerfile, and the one patch to it.

    ``ignore`` is the whole text of the ignore list, ``None`` where it stays as it is. ``taken`` are the rules whose
    proposals are in it, best first; ``altered`` is what these knowingly change of the container.
    """

    dockerfile: str = field(repr=False)
    ignore: str | None = field(default=None, repr=False)
    patch: str = field(default="", repr=False)
    taken: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    altered: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Advice:
    """An explanation with its findings, best first; ``claimed`` is the union of their claims."""

    explanation: Explanation
    findings: tuple[Finding, ...] = ()
    claimed: ClaimedBytes = ClaimedBytes()
    notes: tuple[str, ...] = ()
    verification: Verification | None = None
    """What became of the search for a smaller image; ``None`` where it was not asked for."""
    plan: EditPlan | None = None
    """The findings' proposals as one; ``None`` where none proposes anything."""
