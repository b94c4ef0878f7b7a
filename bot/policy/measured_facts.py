"""An image of a report → the few facts that budgets are held against, whoever wrote the report, and its own claims."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

from bot.model.budget import Budget, BudgetKind, Judgement, Verdict
from bot.model.build import BuildFailure, Departure, FailureKind
from bot.model.explain import MeasuredPair, Measurement, measurement_of
from bot.model.image import DownloadSize
from bot.model.report import Delta, ImageReport, ImageState, MissingSide, SideReport

NOT_LISTED: Final = "the report does not list files and packages"
NO_BASE: Final = "the base could not be measured"
NO_HEAD: Final = "the head could not be measured"
NEW: Final = "the image is new, so there is nothing to compare it with"
NOT_COMPARED: Final = "the two sides cannot be compared"
NOT_BUILT: Final = "the image was not built, because nothing that its build can see differs"


@dataclass(frozen=True, slots=True)
class SideFacts:
    """The numbers of one side."""

    unpacked_bytes: int
    download: DownloadSize | None
    layers: int
    dead_bytes: int


@dataclass(frozen=True, slots=True)
class Growth:
    """Head − base by cause; the three byte counts sum to the change of the unpacked size."""

    own_bytes: int
    base_image_bytes: int
    drift_bytes: int
    layers: int
    own_download: DownloadSize | None
    own_download_is_whole: bool = False
    """True where base image and drift cannot be taken out of ``own_download``."""


@dataclass(frozen=True, slots=True)
class Facts:
    """One image on one platform. ``head``, ``base`` and ``growth`` are ``None`` where they are not known.

    ``missing_head`` and ``missing_base`` say why. ``head_tree`` and ``base_tree`` are ``None`` if only the report is at
    hand; then ``claims``, its judgements, are the only word there is of files and packages.
    """

    name: str
    platform: str
    head: SideFacts | None = None
    base: SideFacts | None = None
    growth: Growth | None = None
    missing_head: str = ""
    missing_base: str = ""
    base_failed: bool = False
    gone: bool = False
    """The image does not exist at the head."""
    unchanged: bool = False
    """Nothing that its build can see differs, so neither side was built."""
    head_tree: Measurement | None = None
    base_tree: Measurement | None = None
    claims: tuple[Judgement, ...] = ()
    departure: Departure | None = None


def facts_of(report: ImageReport, measured: MeasuredPair | None = None) -> Facts:
    """Take the facts from the report on an image; its files and packages only ``measured`` has, if it was made here."""
    unchanged = report.state is ImageState.UNCHANGED and not isinstance(report.head, SideReport)
    return Facts(
        name=report.name,
        platform=report.platform,
        head=_reported(report.head),
        base=_reported(report.base),
        growth=_reported_growth(report.delta),
        missing_head=NOT_BUILT if unchanged else _reported_missing(report.head, NO_HEAD, NO_HEAD),
        missing_base=_reported_missing(report.base, NEW, NO_BASE) or NOT_COMPARED,
        base_failed=not unchanged
        and isinstance(report.base, MissingSide)
        and not _has_no_dockerfile(report.base.failure),
        gone=report.state is ImageState.REMOVED,
        unchanged=unchanged,
        head_tree=measurement_of(measured.head) if measured else None,
        base_tree=measurement_of(measured.base) if measured else None,
        claims=report.budgets,
        departure=report.departure or _reported_departure(report.budgets),
    )


def _reported_departure(claims: Iterable[Judgement]) -> Departure | None:
    """Believe a report that speaks against itself."""
    said = any(claim.budget.kind is BudgetKind.REMOVAL for claim in claims)
    return Departure.REPORTED if said else None


def _reported(side: SideReport | MissingSide | None) -> SideFacts | None:
    if not isinstance(side, SideReport):
        return None
    return SideFacts(side.unpacked_bytes, side.download, side.layers, side.dead_bytes)


def _reported_missing(side: SideReport | MissingSide | None, absent: str, unmeasured: str) -> str:
    match side:
        case None:
            return absent
        case MissingSide(failure=failure):
            return absent if _has_no_dockerfile(failure) else unmeasured
        case SideReport():
            return ""


def _reported_growth(delta: Delta | None) -> Growth | None:
    if delta is None:
        return None
    return Growth(
        own_bytes=delta.own_bytes,
        base_image_bytes=delta.base_image_bytes,
        drift_bytes=delta.drift_bytes,
        layers=delta.layers,
        own_download=delta.own_download,
        own_download_is_whole=delta.own_download_is_whole,
    )


def _has_no_dockerfile(failure: BuildFailure | None) -> bool:
    """Tell whether a side does not have the image at all; a build that fails is another matter."""
    return failure is not None and failure.kind is FailureKind.NO_DOCKERFILE


Evidence = tuple[tuple[str, int], ...]


class ReportedNumber(NamedTuple):
    """A number as somebody else measured it; it may be believed as much as the sizes of the same report.

    ``is_old`` tells that it was mild on account of what the base has already.
    """

    number: int
    is_old: bool
    evidence: Evidence


def claim_on(budget: Budget, facts: Facts) -> ReportedNumber | None:
    """Find what the report says of a budget; ``None`` where it does not know it, or did not measure."""
    claim = next((claim for claim in facts.claims if _is_about(claim, budget)), None)
    if claim is None or claim.actual is None:
        return None
    return ReportedNumber(claim.actual, claim.verdict is Verdict.WARN and claim.waived_by is None, claim.evidence)


def _is_about(claim: Judgement, budget: Budget) -> bool:
    same_path = budget.kind is not BudgetKind.PATHS or claim.budget.patterns == budget.patterns
    return claim.budget.kind is budget.kind and same_path
