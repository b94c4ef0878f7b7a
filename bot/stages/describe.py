"""Advice → ImageReport: what became of an image, its sides and sums, cut to what a report may hold; not yet judged."""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from bot.model import bounds
from bot.model.advice import Advice
from bot.model.build import Absent, Origin, OriginKind, Unbuilt
from bot.model.explain import (
    Cause,
    CauseKind,
    Difference,
    Explanation,
    Failed,
    MeasuredPair,
    Measurement,
    Side,
    measurement_of,
)
from bot.model.image import DownloadSize
from bot.model.plan import Comparison
from bot.model.report import Delta, ImageReport, ImageState, LayerRow, MissingSide, SideReport


def describe(advice: Advice, comparison: Comparison, most_contents: int) -> ImageReport:
    """Describe one image; what it consists of is told in at most ``most_contents`` rows.

    This is all that is judged, shown and published of it. Budgets are held against it in the next stage.
    """
    explanation = advice.explanation
    difference, pair = explanation.difference, explanation.difference.pair
    state = _state(difference, comparison)
    return ImageReport(
        name=bounds.text(pair.name),
        platform=bounds.text(pair.platform),
        state=state,
        base=_side(pair.base),
        head=_side(pair.head),
        delta=_delta(explanation, state),
        causes=tuple(map(bounds.cause, explanation.causes)),
        contents=bounds.contents(explanation.contents, most_contents),
        layers=tuple(_layers(difference)),
        findings=tuple(map(bounds.finding, advice.findings[: bounds.MOST_FINDINGS])),
        claimed_bytes=advice.claimed.total,
        notes=bounds.notes(_notes(advice)),
        paths_added=explanation.paths_added,
        paths_removed=explanation.paths_removed,
        paths_changed=explanation.paths_changed,
        verification=bounds.verification(advice.verification) if advice.verification else None,
        dead=tuple(map(bounds.dead, explanation.dead)),
        departure=pair.departure,
        plan=advice.plan,
    )


def _state(difference: Difference, comparison: Comparison) -> ImageState:
    match difference.pair.base, difference.pair.head:
        case (_, Unbuilt()):
            return ImageState.UNCHANGED
        case (base, Absent()) if not isinstance(base, Absent):
            return ImageState.REMOVED
        case (Absent(), Measurement()):
            return ImageState.NEW if comparison.base_sha else ImageState.NOT_COMPARED
        case (Measurement() as base, Measurement() as head) if difference.unpacked_bytes is not None:
            same = base.image.diff_ids == head.image.diff_ids
            return ImageState.UNCHANGED if same else ImageState.CHANGED
        case (_, Measurement()):
            return ImageState.NOT_COMPARED
        case _:
            return ImageState.NOT_MEASURED


def _side(side: Side) -> SideReport | MissingSide | None:
    match side:
        case Measurement(image=image, tree=tree, builder=builder):
            source = ", ".join(part for part in (image.reference.transport, builder) if part)
            download, layers = image.download, len(image.layers)
            return SideReport(
                image.unpacked_bytes, download, layers, bounds.text(image.digest), bounds.text(source), tree.dead_bytes
            )
        case Failed(why=why, failure=failure):
            return MissingSide(bounds.text(why), bounds.failure(failure) if failure else None)
        case Unbuilt(why=why):
            return MissingSide(bounds.text(why or "no input changed"))
        case Absent():
            return None


def _delta(explanation: Explanation, state: ImageState) -> Delta | None:
    difference = explanation.difference
    if difference.unpacked_bytes is None or state not in {ImageState.CHANGED, ImageState.UNCHANGED}:
        return None
    own_download, is_whole = _own_download(explanation, _downloads(difference.pair))
    return Delta(
        unpacked_bytes=difference.unpacked_bytes,
        download=_download(difference.download_bytes, exact=difference.download_exact),
        layers=difference.layers or 0,
        own_bytes=_sum(explanation, CauseKind.INSTRUCTION),
        base_image_bytes=_sum(explanation, CauseKind.BASE_IMAGE),
        drift_bytes=_sum(explanation, CauseKind.DRIFT),
        pull=_download(difference.pull_bytes, exact=_is_exact(difference.pair.head)),
        own_download=own_download,
        own_download_is_whole=is_whole,
    )


def _downloads(pair: MeasuredPair) -> dict[str, DownloadSize]:
    sides = [side for side in (pair.head, pair.base) if isinstance(side, Measurement)]
    layers = [layer for side in sides for layer in side.image.layers]
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
    """Return head − base of a cause; ``None`` for a base image of several layers, which have no one identity."""
    sides = ((cause.head_diff_id, cause.head_bytes, 1), (cause.base_diff_id, cause.base_bytes, -1))
    total, exact = 0, True
    for diff_id, unpacked_bytes, sign in sides:
        if diff_id is None and unpacked_bytes == 0:
            continue
        if diff_id is None or diff_id not in downloads:
            return None
        total, exact = total + sign * downloads[diff_id].bytes, exact and downloads[diff_id].exact
    return DownloadSize(total, exact)


def _sum(explanation: Explanation, kind: CauseKind) -> int:
    return sum(cause.bytes for cause in explanation.causes if cause.kind is kind)


def _is_exact(head: Side) -> bool:
    """Tell whether the download size of every layer of the head is exact, and so that of any of them."""
    download = head.image.download if isinstance(head, Measurement) else None
    return download is not None and download.exact


def _download(count: int | None, *, exact: bool) -> DownloadSize | None:
    return None if count is None else DownloadSize(count, exact)


def _layers(difference: Difference) -> Iterator[LayerRow]:
    base, head = measurement_of(difference.pair.base), measurement_of(difference.pair.head)
    for delta in difference.aligned[: bounds.MOST_LAYERS]:
        before, after = _layer(base, delta.base_layer), _layer(head, delta.head_layer)
        origin = (after or before or _NOWHERE).origin
        sizes = (before.bytes if before else None, after.bytes if after else None)
        yield LayerRow(bounds.text(origin.text), *sizes, bounds.file(origin.file), origin.lines)


class _Layer(NamedTuple):
    origin: Origin
    bytes: int


_NOWHERE: Final = _Layer(Origin(OriginKind.UNKNOWN, ""), 0)


def _layer(side: Measurement | None, index: int | None) -> _Layer | None:
    if side is None or index is None:
        return None
    return _Layer(side.origins[index], side.image.layers[index].unpacked_bytes)


def _notes(advice: Advice) -> Iterator[str]:
    difference = advice.explanation.difference
    if difference.pair.why and not difference.pair.unchanged:
        yield difference.pair.why
    yield from difference.pair.notes
    for side in (difference.pair.base, difference.pair.head):
        if isinstance(side, Measurement):
            yield from (*side.notes, *side.image.notes)
    yield from (*difference.notes, *advice.notes)
