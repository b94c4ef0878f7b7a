"""Budgets, waivers and verdicts."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum


class Verdict(StrEnum):
    """Of one budget, one image, or the whole run; ordered by ``worst``."""

    PASS = "pass"  # noqa: S105
    WARN = "warn"
    FAIL = "fail"
    NOT_MEASURED = "not-measured"


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


@dataclass(frozen=True, slots=True)
class Judgement:
    """One budget held against one image."""

    budget: Budget
    verdict: Verdict
    actual: int | None
    limit: int | None
    """``actual`` and ``limit`` in bytes or as a count; ``None`` where not measured or not a number."""
    reason: str = ""
    waived_by: Waiver | None = None
