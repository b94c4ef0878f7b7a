"""What every renderer asks of a report: no text, only numbers, choices and orders."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from bot.model.advice import Finding, Ladder
from bot.model.budget import Judgement, Verdict
from bot.model.build import BuildFailure
from bot.model.explain import Cause, Content, ContentKind
from bot.model.report import ImageReport, ImageState, MissingSide, Report, SideReport

NOISE_BYTES: Final = 10_000
NOISE_PART: Final = 1_000
"""A change up to the larger of these bytes and this part of the image is noise, unless configured otherwise."""

_WORST_FIRST: Final = (Verdict.FAIL, Verdict.NOT_MEASURED, Verdict.WARN, Verdict.PASS)

Side = SideReport | MissingSide | None


class SharedCause(NamedTuple):
    """One layer or base image that several images gained (or lost) alike."""

    cause: Cause
    images: tuple[ImageReport, ...]


def measured(side: Side) -> SideReport | None:
    """Return the side if it has numbers."""
    return side if isinstance(side, SideReport) else None


def failure(side: Side) -> BuildFailure | None:
    """Return why the build of the side failed, if it did."""
    return side.failure if isinstance(side, MissingSide) else None


def change(image: ImageReport) -> int:
    """Return the change in bytes as it weighs in an order: a new image counts whole, an unknown change nothing."""
    if image.delta is not None:
        return image.delta.unpacked_bytes
    head = measured(image.head)
    return head.unpacked_bytes if image.state is ImageState.NEW and head else 0


def total_change(images: Iterable[ImageReport]) -> int:
    """Sum the known changes of images that exist on both sides."""
    return sum(image.delta.unpacked_bytes for image in images if image.delta is not None)


def is_still(image: ImageReport) -> bool:
    """Tell whether nothing about the image moved, as far as its size goes."""
    same = image.delta is not None and image.delta.unpacked_bytes == 0
    return image.state is ImageState.UNCHANGED or (image.state is ImageState.CHANGED and same)


def noise_floor_bytes(image: ImageReport, configured: int | None = None) -> int:
    """Return up to what a change is noise: as configured, else the larger of 10 kB and a thousandth of the image."""
    if configured is not None:
        return configured
    sizes = [side.unpacked_bytes for side in (measured(image.base), measured(image.head)) if side]
    return max(NOISE_BYTES, *(size // NOISE_PART for size in sizes), 0)


def is_noise(image: ImageReport, configured: int | None = None) -> bool:
    """Tell whether the image moved, but by no more than noise."""
    moved = image.delta.unpacked_bytes if image.delta else 0
    return 0 < abs(moved) <= noise_floor_bytes(image, configured)


def is_alone(image: ImageReport, report: Report) -> bool:
    """Tell whether nobody asked for a comparison: one image is looked at."""
    return image.state is ImageState.NOT_COMPARED and image.base is None and report.run.run_id is None


def is_quiet(image: ImageReport) -> bool:
    """Tell whether the image needs no word: nothing moved and no budget complains."""
    return is_still(image) and image.verdict is Verdict.PASS


def in_order(images: Iterable[ImageReport]) -> tuple[ImageReport, ...]:
    """Order by what a reader should see first: verdict, then the largest change, then name."""
    return tuple(
        sorted(
            images,
            key=lambda image: (_WORST_FIRST.index(image.verdict), -abs(change(image)), image.name, image.platform),
        )
    )


def exceeded(image: ImageReport) -> tuple[Judgement, ...]:
    """Return the budgets that fail the image."""
    return _judged(image, Verdict.FAIL)


def warned(image: ImageReport) -> tuple[Judgement, ...]:
    """Return the budgets that only warn, waived ones excluded."""
    return tuple(judged for judged in _judged(image, Verdict.WARN) if judged.waived_by is None)


def accepted(image: ImageReport) -> tuple[Judgement, ...]:
    """Return the budgets that are exceeded with a recorded permission."""
    return tuple(judged for judged in image.budgets if judged.waived_by is not None)


def causes_by_weight(image: ImageReport) -> tuple[Cause, ...]:
    """Order the causes that changed something by their share of the change."""
    moved = (cause for cause in image.causes if cause.bytes)
    return tuple(sorted(moved, key=lambda cause: (-abs(cause.bytes), cause.file, cause.text)))


def contents_by_weight(image: ImageReport, *kinds: ContentKind) -> tuple[Content, ...]:
    """Order the contents of these kinds by how much they moved."""
    chosen = [content for content in image.contents if content.kind in kinds]
    return tuple(sorted(chosen, key=lambda content: (-abs(content.bytes), content.name)))


def open_findings(image: ImageReport) -> tuple[Finding, ...]:
    """Return the findings that nobody has suppressed, best first."""
    return tuple(finding for finding in image.findings if not finding.suppressed)


def best_finding(image: ImageReport) -> Finding | None:
    """Return the first measured finding that this change brought: neither old weight nor a suspicion comes first."""
    found = (one for one in open_findings(image) if one.from_this_change and one.ladder >= Ladder.MEASURED)
    return next(found, None)


def shared_causes(images: Sequence[ImageReport]) -> tuple[SharedCause, ...]:
    """Find the causes that two or more images have alike: the same layer, or the same move of the same base image."""
    groups: dict[tuple[str, ...], list[tuple[Cause, ImageReport]]] = defaultdict(list)
    for image in images:
        for cause in image.causes:
            if cause.bytes and image.state is not ImageState.NOT_COMPARED:
                groups[shared_key(cause)].append((cause, image))
    shared = [SharedCause(group[0][0], _distinct(group)) for group in groups.values()]
    return tuple(
        sorted((one for one in shared if len(one.images) > 1), key=lambda one: -abs(one.cause.bytes) * len(one.images))
    )


def shared_key(cause: Cause) -> tuple[str, ...]:
    """Identify a cause across images: by its layers, and where it has none by what was written."""
    identity = (cause.base_diff_id or "", cause.head_diff_id or "")
    return (cause.kind, str(cause.bytes), *(identity if any(identity) else (cause.text, cause.file)))


def platforms(report: Report) -> tuple[str, ...]:
    """Return the platforms that were measured, each once."""
    return tuple(dict.fromkeys(image.platform for image in report.images if image.platform))


def head_commit(report: Report) -> str:
    """Return the commit that comments, checks and links belong to: the pull request's own head, not its merge."""
    return report.comparison.pull_head_sha or report.comparison.head_sha


def _distinct(group: Sequence[tuple[Cause, ImageReport]]) -> tuple[ImageReport, ...]:
    return tuple({(image.name, image.platform): image for _, image in group}.values())


def _judged(image: ImageReport, verdict: Verdict) -> tuple[Judgement, ...]:
    return tuple(judged for judged in image.budgets if judged.verdict is verdict)
