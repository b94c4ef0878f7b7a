"""Advice, or a report that was written elsewhere → the few facts that budgets are held against."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from bot.model.advice import Advice
from bot.model.budget import BudgetKind, Judgement
from bot.model.build import BuildFailure, Departure, FailureKind
from bot.model.explain import Cause, CauseKind, Explanation, Measurement, Side, Unmeasured, is_absent
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

    ``missing_head`` and ``missing_base`` say why. Where only a report is at hand the trees are ``None``, and
    ``claims`` are its judgements: the only word there is of files and packages.
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


def facts_of_advice(advice: Advice) -> Facts:
    """Take the facts from an image that was measured here."""
    explanation = advice.explanation
    pair = explanation.difference.pair
    head, base = _measured(pair.head), _measured(pair.base)
    return Facts(
        name=pair.name,
        platform=pair.platform,
        head=_numbers(head),
        base=_numbers(base),
        growth=_growth(explanation, head, base),
        missing_head=NOT_BUILT if pair.unchanged else _missing(pair.head, NO_HEAD, NO_HEAD),
        missing_base=_missing(pair.base, NEW, NO_BASE) or NOT_COMPARED,
        base_failed=not pair.unchanged and isinstance(pair.base, Unmeasured) and not _absent(pair.base.failure),
        gone=not pair.unchanged and is_absent(pair.head) and not is_absent(pair.base),
        unchanged=pair.unchanged,
        head_tree=head,
        base_tree=base,
        departure=pair.departure,
    )


def _absent(failure: BuildFailure | None) -> bool:
    """Tell whether a side does not have the image at all; a build that fails is another matter."""
    return failure is not None and failure.kind is FailureKind.NO_DOCKERFILE


def _measured(side: Side | None) -> Measurement | None:
    return side if isinstance(side, Measurement) else None


def _numbers(side: Measurement | None) -> SideFacts | None:
    if side is None:
        return None
    image = side.image
    return SideFacts(image.unpacked_bytes, image.download, len(image.layers), side.tree.dead_bytes)


def _missing(side: Side | None, absent: str, unmeasured: str) -> str:
    """Say why a side has no numbers, in words of our own: why a build fails may be told in foreign ones."""
    match side:
        case None:
            return absent
        case Unmeasured(failure=failure):
            return absent if _absent(failure) else unmeasured
        case Measurement():
            return ""


def _growth(explanation: Explanation, head: Measurement | None, base: Measurement | None) -> Growth | None:
    difference = explanation.difference
    if difference.unpacked_bytes is None or difference.layers is None:
        return None
    own_download, is_whole = _own_download(explanation, _downloads(head) | _downloads(base))
    return Growth(
        own_bytes=_sum_of(explanation.causes, CauseKind.INSTRUCTION),
        base_image_bytes=_sum_of(explanation.causes, CauseKind.BASE_IMAGE),
        drift_bytes=_sum_of(explanation.causes, CauseKind.DRIFT),
        layers=difference.layers,
        own_download=own_download,
        own_download_is_whole=is_whole,
    )


def _sum_of(causes: Iterable[Cause], kind: CauseKind) -> int:
    return sum(cause.bytes for cause in causes if cause.kind is kind)


def _downloads(side: Measurement | None) -> dict[str, DownloadSize]:
    layers = side.image.layers if side else ()
    return {layer.diff_id: layer.download for layer in layers if layer.download is not None}


def _own_download(explanation: Explanation, downloads: Mapping[str, DownloadSize]) -> tuple[DownloadSize | None, bool]:
    """Take from the change of the download size what base image and drift made; tell whether that was not possible."""
    difference = explanation.difference
    if difference.download_bytes is None:
        return None, False
    whole = DownloadSize(difference.download_bytes, difference.download_exact)
    others = [_download_of(cause, downloads) for cause in explanation.causes if cause.kind is not CauseKind.INSTRUCTION]
    known = [size for size in others if size is not None]
    if len(known) < len(others):
        return whole, True
    exact = whole.exact and all(size.exact for size in known)
    return DownloadSize(whole.bytes - sum(size.bytes for size in known), exact), False


def _download_of(cause: Cause, downloads: Mapping[str, DownloadSize]) -> DownloadSize | None:
    """Give head − base of a cause; ``None`` where it is a base image of several layers, which have no one identity."""
    sides = ((cause.head_diff_id, cause.head_bytes, 1), (cause.base_diff_id, cause.base_bytes, -1))
    total, exact = 0, True
    for diff_id, unpacked_bytes, sign in sides:
        if diff_id is None and unpacked_bytes == 0:
            continue
        if diff_id is None or diff_id not in downloads:
            return None
        total, exact = total + sign * downloads[diff_id].bytes, exact and downloads[diff_id].exact
    return DownloadSize(total, exact)


def facts_of_report(report: ImageReport) -> Facts:
    """Take the facts from a report that was written elsewhere; files and packages are not in it."""
    unchanged = report.state is ImageState.UNCHANGED and not isinstance(report.head, SideReport)
    return Facts(
        name=report.name,
        platform=report.platform,
        head=_reported(report.head),
        base=_reported(report.base),
        growth=_reported_growth(report.delta),
        missing_head=NOT_BUILT if unchanged else _reported_missing(report.head, NO_HEAD, NO_HEAD),
        missing_base=_reported_missing(report.base, NEW, NO_BASE) or NOT_COMPARED,
        base_failed=not unchanged and isinstance(report.base, MissingSide) and not _absent(report.base.failure),
        gone=report.state is ImageState.REMOVED,
        unchanged=unchanged,
        claims=report.budgets,
        departure=_reported_departure(report.budgets),
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
            return absent if _absent(failure) else unmeasured
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
        own_download=delta.download,
        own_download_is_whole=(delta.base_image_bytes, delta.drift_bytes) != (0, 0),
    )
