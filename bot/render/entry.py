"""One judged image → its entry in the report: states, sides, sums and notes, cut to what a report may hold."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from bot.model.budget import Verdict, worst
from bot.model.build import Origin, OriginKind
from bot.model.explain import (
    CauseKind,
    Difference,
    Explanation,
    MeasuredPair,
    Measurement,
    Side,
    Unmeasured,
    is_absent,
)
from bot.model.image import DownloadSize
from bot.model.plan import Comparison
from bot.model.report import Delta, ImageReport, ImageState, LayerRow, MissingSide, SideReport
from bot.model.verdict import Judged
from bot.render import bounds


def image_entry(judged: Judged, comparison: Comparison, most_contents: int) -> ImageReport:
    """Make the entry of one image; what it consists of is told in at most ``most_contents`` rows."""
    explanation = judged.advice.explanation
    difference, pair = explanation.difference, explanation.difference.pair
    state = _state(difference, comparison)
    return ImageReport(
        name=bounds.text(pair.name),
        platform=bounds.text(_platform(pair)),
        state=state,
        base=_side(pair.base, pair),
        head=_side(pair.head, pair),
        delta=_delta(explanation, state),
        causes=tuple(map(bounds.cause, explanation.causes)),
        contents=bounds.contents(explanation.contents, most_contents),
        layers=tuple(_layers(difference)),
        findings=tuple(map(bounds.finding, judged.advice.findings[: bounds.MOST_FINDINGS])),
        claimed_bytes=judged.advice.claimed.total,
        budgets=tuple(map(bounds.judgement, judged.judgements[: bounds.MOST_BUDGETS])),
        verdict=_verdict(judged.verdict, state),
        notes=bounds.notes(_notes(judged)),
        paths_added=explanation.paths_added,
        paths_removed=explanation.paths_removed,
        paths_changed=explanation.paths_changed,
    )


def _verdict(verdict: Verdict, state: ImageState) -> Verdict:
    """Never call an image kept that has no numbers."""
    return worst((verdict, Verdict.NOT_MEASURED)) if state is ImageState.NOT_MEASURED else verdict


def _state(difference: Difference, comparison: Comparison) -> ImageState:
    pair = difference.pair
    if pair.unchanged:
        return ImageState.UNCHANGED
    if is_absent(pair.head) and not is_absent(pair.base):
        return ImageState.REMOVED
    if not isinstance(pair.head, Measurement):
        return ImageState.NOT_MEASURED
    if is_absent(pair.base):
        return ImageState.NEW if comparison.base_sha else ImageState.NOT_COMPARED
    if not isinstance(pair.base, Measurement) or difference.unpacked_bytes is None:
        return ImageState.NOT_COMPARED
    same = pair.base.image.diff_ids == pair.head.image.diff_ids
    return ImageState.UNCHANGED if same else ImageState.CHANGED


def _side(side: Side | None, pair: MeasuredPair) -> SideReport | MissingSide | None:
    match side:
        case Measurement(image=image, tree=tree, builder=builder):
            source = ", ".join(part for part in (image.reference.transport, builder) if part)
            download, layers = image.download, len(image.layers)
            return SideReport(
                image.unpacked_bytes, download, layers, bounds.text(image.digest), bounds.text(source), tree.dead_bytes
            )
        case Unmeasured(why=why, failure=failure):
            return MissingSide(bounds.text(why), bounds.failure(failure) if failure else None)
        case None:
            return MissingSide(bounds.text(pair.why or "no input changed")) if pair.unchanged else None


def _delta(explanation: Explanation, state: ImageState) -> Delta | None:
    difference = explanation.difference
    if difference.unpacked_bytes is None or state not in {ImageState.CHANGED, ImageState.UNCHANGED}:
        return None
    return Delta(
        unpacked_bytes=difference.unpacked_bytes,
        download=_download(difference.download_bytes, exact=difference.download_exact),
        layers=difference.layers or 0,
        own_bytes=_sum(explanation, CauseKind.INSTRUCTION),
        base_image_bytes=_sum(explanation, CauseKind.BASE_IMAGE),
        drift_bytes=_sum(explanation, CauseKind.DRIFT),
        pull=_download(difference.pull_bytes, exact=_is_exact(difference.pair.head)),
    )


def _sum(explanation: Explanation, kind: CauseKind) -> int:
    return sum(cause.bytes for cause in explanation.causes if cause.kind is kind)


def _is_exact(head: Side | None) -> bool:
    """Tell whether the download size of every layer of the head is exact, and so that of any of them."""
    download = head.image.download if isinstance(head, Measurement) else None
    return download is not None and download.exact


def _download(count: int | None, *, exact: bool) -> DownloadSize | None:
    return None if count is None else DownloadSize(count, exact)


def _layers(difference: Difference) -> Iterator[LayerRow]:
    base, head = _measured(difference.pair.base), _measured(difference.pair.head)
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


def _measured(side: Side | None) -> Measurement | None:
    return side if isinstance(side, Measurement) else None


def _platform(pair: MeasuredPair) -> str:
    for side in (pair.head, pair.base):
        if isinstance(side, Measurement):
            return str(side.image.platform)
    return ""


def _notes(judged: Judged) -> Iterator[str]:
    difference = judged.advice.explanation.difference
    if difference.pair.why and not difference.pair.unchanged:
        yield difference.pair.why
    for side in (difference.pair.base, difference.pair.head):
        if isinstance(side, Measurement):
            yield from (*side.notes, *side.image.notes)
    yield from (*difference.notes, *judged.advice.notes)
