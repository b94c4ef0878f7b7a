"""Findings: what a rule saw, the bytes it claims, how sure that is, and the way out."""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple

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
    patch: str = ""
    measured_after_bytes: int | None = None
    confidence: float = 1.0
    """0…1, used with the bytes to rank."""
    from_this_change: bool = True
    """True where the difference brought the claimed bytes."""
    suppressed: str = ""
    """The reason given in the Dockerfile or the configuration for ignoring it."""


@dataclass(frozen=True, slots=True)
class Advice:
    """An explanation with its findings, best first; ``claimed`` is the union of their claims."""

    explanation: Explanation
    findings: tuple[Finding, ...] = ()
    claimed: ClaimedBytes = ClaimedBytes()
    notes: tuple[str, ...] = ()
    verification: Verification | None = None
    """What became of the search for a smaller image; ``None`` where it was not asked for."""
