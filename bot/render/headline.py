"""The verdict in one sentence with its numbers: first line of the comment, title of the check, line of the terminal."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from bot.model.budget import BudgetKind, Verdict
from bot.model.report import ImageReport, ImageState, Report
from bot.render import phrases, queries
from bot.render.phrases import Show, plural
from bot.units import format_bytes, format_change

_BAD: Final = frozenset({"❌", "🔴"})


class Headline(NamedTuple):
    """A sign, never the only carrier of the verdict, and the sentence."""

    icon: str
    sentence: str


def headline(report: Report, show: Show) -> Headline:
    """Say what this pull request does to the images; ``show`` makes image names safe for the medium."""
    images = report.images
    if not images:
        lost = report.verdict is Verdict.NOT_MEASURED
        return Headline("❌", "nothing was measured") if lost else Headline("⚪", "no image to measure")
    if len(images) == 1:
        return Headline(_icon(images), _one(images[0], report, show))
    return Headline(_icon(images), _many(images))


def hedged(told: Headline, caveat: str) -> Headline:
    """Add a caveat to a verdict, which then is no good one any more."""
    if not caveat:
        return told
    icon, said = told
    return Headline(icon if icon in _BAD else "⚠️", f"{said}; {caveat}")


def _one(image: ImageReport, report: Report, show: Show) -> str:
    return f"{_movement(image, report, phrases.name(image, report, show))}{_ending(image)}"


def _movement(image: ImageReport, report: Report, name: str) -> str:
    match image.state:
        case ImageState.NOT_MEASURED if image.verdict is Verdict.PASS:
            return (
                f"{name} was not built; {plural(len(queries.open_findings(image)), 'finding')} suspected from its text"
            )
        case ImageState.NOT_MEASURED:
            return f"{name} does not build" if queries.failure(image.head) else f"{name} could not be measured"
        case ImageState.NEW:
            return f"{name} is new, {phrases.size(image.head)}"
        case ImageState.REMOVED:
            base = queries.measured(image.base)
            return f"{name} is removed ({format_bytes(base.unpacked_bytes)} less)" if base else f"{name} is removed"
        case ImageState.NOT_COMPARED:
            return f"{name} is {phrases.size(image.head)}{_no_comparison(image, report)}"
        case ImageState.UNCHANGED | ImageState.CHANGED:
            return _grew(image, name)


def _grew(image: ImageReport, name: str) -> str:
    base, head = queries.measured(image.base), queries.measured(image.head)
    change = queries.change(image)
    if not change:
        return f"no change ({name}{f' {format_bytes(head.unpacked_bytes)}' if head else ', not rebuilt'})"
    verb = "grew" if change > 0 else "shrank"
    sizes = f" ({format_bytes(base.unpacked_bytes)} → {format_bytes(head.unpacked_bytes)})" if base and head else ""
    return f"{name} {verb} by {format_bytes(abs(change))}{sizes}"


def _no_comparison(image: ImageReport, report: Report) -> str:
    if queries.is_alone(image, report):
        return ""
    if queries.failure(image.base):
        return "; no comparison, because the base does not build"
    if queries.measured(image.base):
        return "; no comparison, because the two sides are not alike"
    return "; no comparison, because there is no baseline"


def _ending(image: ImageReport) -> str:
    exceeded = queries.exceeded(image)
    if exceeded and all(judged.budget.kind is BudgetKind.REMOVAL for judged in exceeded):
        return ", and loses its budget"
    if exceeded:
        return ", over budget"
    if queries.accepted(image):
        return ", over budget, accepted"
    if queries.warned(image):
        return ", with a budget warning"
    return ""


def _many(images: Sequence[ImageReport]) -> str:
    moved = [image for image in images if not queries.is_still(image)]
    troubles = list(filter(None, [_broken(images), _over(images)]))
    if not moved and not troubles:
        return f"no change in {plural(len(images), 'image')}"
    start = ", ".join(troubles) or f"{len(moved)} of {plural(len(images), 'image')} changed"
    return f"{start}, {format_change(queries.total_change(images))} in total{phrases.assurance(images)}"


def _broken(images: Sequence[ImageReport]) -> str:
    count = sum(image.state is ImageState.NOT_MEASURED for image in images)
    return f"{count} of {plural(len(images), 'image')} not measured" if count else ""


def _over(images: Sequence[ImageReport]) -> str:
    count = sum(bool(queries.exceeded(image)) for image in images)
    return f"{count} of {plural(len(images), 'image')} over budget" if count else ""


def _icon(images: Sequence[ImageReport]) -> str:
    verdicts = {image.verdict for image in images}
    if Verdict.NOT_MEASURED in verdicts:
        return "❌"
    if Verdict.FAIL in verdicts:
        return "🔴"
    if any(queries.accepted(image) for image in images):
        return "🟡"
    return "⚠️" if Verdict.WARN in verdicts or _uncompared(images) else _direction(images)


def _uncompared(images: Sequence[ImageReport]) -> bool:
    return any(image.state is ImageState.NOT_COMPARED and image.base is not None for image in images)


def _direction(images: Sequence[ImageReport]) -> str:
    if len(images) == 1 and images[0].state is ImageState.NEW:
        return "🆕"
    if len(images) == 1 and images[0].state is ImageState.REMOVED:
        return "🗑️"
    if len(images) == 1 and images[0].delta is None:
        return "⚪"
    total = queries.total_change(images)
    return "🔺" if total > 0 else "🟢" if total < 0 else "✅"
