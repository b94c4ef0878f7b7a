"""Budgets, waivers and verdicts, and what somebody accepted by label.

An acceptance is remembered in our own comment, so that it ends where an image grows further.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple
from urllib.parse import quote, unquote

from bot.model.effects import Marker


class Verdict(StrEnum):
    """Of one budget, one image, or the whole run; ordered by ``worst``."""

    PASS = "pass"  # noqa: S105
    WARN = "warn"
    FAIL = "fail"
    NOT_MEASURED = "not-measured"


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the worst of verdicts, ``PASS`` if there is none; a known violation is worse than a missing number."""
    return max(verdicts, key=_SEVERITY.index, default=Verdict.PASS)


_SEVERITY = (Verdict.PASS, Verdict.WARN, Verdict.NOT_MEASURED, Verdict.FAIL)


class BudgetKind(StrEnum):
    """What a budget bounds; names as in deadweight.toml."""

    MAX_SIZE = "max-size"
    MAX_GROWTH = "max-growth"
    DOWNLOAD_MAX_SIZE = "download-max-size"
    DOWNLOAD_MAX_GROWTH = "download-max-growth"
    MAX_LAYERS = "max-layers"
    MAX_NEW_LAYERS = "max-new-layers"
    MAX_DEAD = "max-dead"
    BASE_IMAGE_MAX_GROWTH = "base-image-max-growth"
    DRIFT_MAX_GROWTH = "drift-max-growth"
    DENY_PATHS = "deny-paths"
    DENY_PACKAGES = "deny-packages"
    PATHS = "paths"
    RATCHET = "ratchet"
    CREEP = "creep"
    REMOVAL = "removal"
    """Not one that can be set: it stands for all budgets of an image that would be rid of them."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A bound: bytes or a count in ``amount``, or ``percent`` of the base. Exactly one is set."""

    amount: int | None = None
    percent: Decimal | None = None
    text: str = ""
    """As the user wrote it."""


@dataclass(frozen=True, slots=True)
class Budget:
    """One rule of the policy for one image, with the place where it was written (``deadweight.toml:8``)."""

    kind: BudgetKind
    limit: Limit | None
    patterns: tuple[str, ...] = ()
    """Globs of ``deny-paths`` and ``deny-packages``, the prefix of ``paths``."""
    on_exceed: Verdict = Verdict.FAIL
    source: str = ""
    on_exceed_stated: bool = False
    """True where ``on-exceed`` stands at this very budget, so that no table's ``on-exceed`` replaces it."""
    since_days: int | None = None
    """creep: compare with the size recorded that many days ago; ``None``: with the last release."""

    @property
    def lifted(self) -> bool:
        """True for ``false`` in the configuration: it bounds nothing and lifts what a more general table bounds."""
        denies = self.kind in {BudgetKind.DENY_PATHS, BudgetKind.DENY_PACKAGES}
        return not self.patterns if denies else self.limit is None


@dataclass(frozen=True, slots=True)
class Waiver:
    """A recorded permission to exceed one budget of one image, with its reason and last day."""

    image: str
    allows: str
    reason: str
    until: date | None
    source: str
    granted_by: str = ""
    """The user who set the label; empty for one from the configuration."""
    up_to: int | None = None
    """The waiver ends where the number in question exceeds this: what was seen when a label was set."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """One budget held against one image."""

    budget: Budget
    verdict: Verdict
    actual: int | None
    limit: int | None
    """``actual`` and ``limit`` in bytes or as a count; ``None`` where not measured or not a number."""
    reason: str = ""
    """One sentence with the numbers, no foreign text."""
    waived_by: Waiver | None = None
    evidence: tuple[tuple[str, int], ...] = ()
    """The largest offenders of ``deny-paths`` and ``deny-packages``: (path or package, bytes); foreign text."""


@dataclass(frozen=True, slots=True)
class RecordedSize:
    """What one image weighed at one commit of the default branch; ``release`` is the tag there, if any."""

    unpacked_bytes: int
    commit: str
    day: date
    release: str = ""


@dataclass(frozen=True, slots=True)
class Recorded:
    """Earlier sizes of one image on one platform, oldest first; empty without a history."""

    sizes: tuple[RecordedSize, ...] = ()

    @property
    def smallest(self) -> RecordedSize | None:
        """The smallest size on record, the newest of equals."""
        return min(reversed(self.sizes), key=lambda size: size.unpacked_bytes, default=None)

    @property
    def last_release(self) -> RecordedSize | None:
        """The newest size that carries a release tag."""
        return next((size for size in reversed(self.sizes) if size.release), None)

    def on(self, day: date) -> RecordedSize | None:
        """Return the size that held on a day; the oldest on record where the record starts later."""
        return next((size for size in reversed(self.sizes) if size.day <= day), self.sizes[0] if self.sizes else None)


LONGEST_LINE: Final = 5_000
"""Characters, so that line and comment stay below 65,536 together, which is the least that any provider takes."""

_TIME: Final = "%Y-%m-%dT%H:%M:%SZ"
_LINE: Final = re.compile(
    r"<!-- deadweight:accepted by=(?P<by>[A-Za-z0-9_.~%-]{1,600})"
    r" at=(?P<at>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)"
    r"(?: head=(?P<head>[0-9a-f]{40}(?:[0-9a-f]{24})?))?"
    r"(?P<amounts>(?: [A-Za-z0-9_.~%-]+,[A-Za-z0-9_.~%-]*,[A-Za-z0-9_.~%-]+,[0-9]{1,16})+) -->(?:\r?\n|\Z)",
    re.ASCII,
)


class Amount(NamedTuple):
    """What one budget of one image measured when that was accepted: bytes or a count."""

    image: str
    platform: str
    budget: str
    amount: int


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Who set the label, when, for which commit, and what was exceeded then.

    Without ``amounts`` nothing has been judged since, and whatever that commit exceeds is accepted.
    """

    login: str
    when: datetime
    amounts: tuple[Amount, ...] = ()
    head: str = ""

    @property
    def line(self) -> str:
        """One HTML comment, without line end, percent-encoded and never holding ``--``.

        Amounts beyond its length are left out: what is not remembered is not accepted.
        """
        when = self.when.astimezone(UTC).strftime(_TIME)
        head = f" head={self.head}" if self.head else ""
        start = f"<!-- deadweight:accepted by={_quoted(self.login)} at={when}{head}"
        return f"{start}{''.join(self._fitting(LONGEST_LINE - len(start) - len(_END)))}{_END}"

    def put_below_marker(self, body: str) -> str:
        """Put the line where ``parse`` looks for it."""
        marker, _, rest = body.partition("\n")
        return f"{marker}\n{self.line}\n{rest}"

    def _fitting(self, left: int) -> Iterator[str]:
        for one in self.amounts:
            text = f" {_quoted(one.image)},{_quoted(one.platform)},{_quoted(one.budget)},{one.amount}"
            left -= len(text)
            if left < 0:
                return
            yield text

    @classmethod
    def parse(cls, body: str) -> "Acceptance | None":
        """Read what our own comment remembers: directly below its marker, else nothing."""
        first, _, rest = body.partition("\n")
        match = _LINE.match(rest) if Marker.parse(f"{first}\n") is not None else None
        if match is None or len(match[0]) > LONGEST_LINE + 2:
            return None
        try:
            when = datetime.strptime(match["at"], _TIME).replace(tzinfo=UTC)
        except ValueError:
            return None
        return cls(unquote(match["by"]), when, tuple(map(_amount, match["amounts"].split())), match["head"] or "")


_END: Final = " -->"


def _quoted(text: str) -> str:
    return quote(text, safe="", errors="replace").replace("--", "-%2D")


def _amount(text: str) -> Amount:
    image, platform, budget, amount = text.split(",")
    return Amount(unquote(image), unquote(platform), unquote(budget), int(amount))
