"""The verdict in one sentence with its numbers: first line of the comment, title of the check, line of the terminal."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from bot.model.budget import BudgetKind, Verdict
from bot.model.report import ImageReport, ImageState, Report
from bot.render import phrases, queries
from bot.render.phrases import Show, plural
from bot.render.queries import Side
from bot.units import format_bytes, format_change

_SMALL_BYTES: Final = 100_000
_WEIGHTY: Final = 10
"""A reason is told from a tenth of the change."""
_BAD: Final = frozenset({"❌", "🔴"})
_SIGNS: Final = {ImageState.NEW: "🆕", ImageState.REMOVED: "🗑️"}


class Headline(NamedTuple):
    """A sign, never the only carrier of the verdict, and the sentence."""

    icon: str
    sentence: str


def headline(report: Report, show: Show, *, longest: int = 0) -> Headline:
    """Say what this pull request does to the images; ``show`` makes image names safe for the medium.

    Above ``longest`` characters, where that is given, the reasons are left out.
    """
    told = _told(report, show)
    icon, sentence = told
    return _told(report, show, brief=True) if 0 < longest < len(f"{icon} {sentence}") else told


def _told(report: Report, show: Show, *, brief: bool = False) -> Headline:
    images = report.images
    if not images:
        lost = report.verdict is Verdict.NOT_MEASURED
        return Headline("❌", "nothing was measured") if lost else Headline("⚪", "no image to measure")
    if len(images) == 1:
        return Headline(_icon(images), _one(images[0], report, show, brief=brief))
    return Headline(_icon(images), _many(images, report, show, brief=brief))


def hedged(told: Headline, caveat: str) -> Headline:
    """Add a caveat to a verdict, which then is no good one any more."""
    if not caveat:
        return told
    icon, said = told
    return Headline(icon if icon in _BAD else "⚠️", f"{said}; {caveat}")


def _one(image: ImageReport, report: Report, show: Show, *, brief: bool) -> str:
    reasons = "" if brief else _reasons(image, show)
    return f"{_movement(image, report, phrases.name(image, report, show))}{_ending(image)}{reasons}"


def _reasons(image: ImageReport, show: Show) -> str:
    """Name the two reasons that a reader would not guess, where they weigh: a base image that moved, and dead bytes."""
    weighty = max(_SMALL_BYTES, abs(queries.change(image)) // _WEIGHTY)
    bumps = [f"{phrases.bump(one, show)}, {format_change(one.bytes)}" for one in image.causes if one.now]
    moved = bumps if any(one.now and abs(one.bytes) >= weighty for one in image.causes) else []
    wasted = [phrases.dead(one) for one in image.dead[:1] if one.bytes >= weighty]
    told = [*moved, *wasted]
    return f": {'; '.join(told)}" if told else ""


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
    before, after = (format_bytes(side.unpacked_bytes) if side else "" for side in (base, head))
    sizes = "" if not (base and head) else f" ({before} → {after})" if before != after else f" ({after})"
    return f"{name} {verb} by {format_bytes(abs(change))}{sizes}"


def _no_comparison(image: ImageReport, report: Report) -> str:
    return "" if queries.is_alone(image, report) else f"; no comparison, because {_why_uncompared(image)}"


def _why_uncompared(image: ImageReport) -> str:
    if queries.failure(image.base):
        return "the base does not build"
    return "the two sides are not alike" if queries.measured(image.base) else "there is no baseline"


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


def _many(images: Sequence[ImageReport], report: Report, show: Show, *, brief: bool) -> str:
    """Name the image where one is the news; else count by what became of them, and sum only what was compared."""
    loud = [image for image in images if not queries.is_quiet(image)]
    if not loud:
        return f"no change in {plural(len(images), 'image')}"
    if len(loud) == 1:
        return f"{_one(loud[0], report, show, brief=brief)}; {len(images) - 1} unchanged"
    asked = (_broken, _over, _moved, _added, _gone, _uncompared, _warned)
    parts = [part for part in (tell(loud) for tell in asked) if part]
    return f"{_of_all(parts[0], len(images))}{''.join(f'; {part}' for part in parts[1:])}{phrases.assurance(images)}"


def _of_all(part: str, count: int) -> str:
    """Say of the first group how many images there are: ``2 of 5 images over budget``."""
    number, _, rest = part.partition(" ")
    return f"{number} of {plural(count, 'image')} {rest}"


def _broken(images: Sequence[ImageReport]) -> str:
    count = sum(image.state is ImageState.NOT_MEASURED for image in images)
    return f"{count} not measured" if count else ""


def _over(images: Sequence[ImageReport]) -> str:
    count = sum(bool(queries.exceeded(image)) for image in images)
    return f"{count} over budget" if count else ""


def _moved(images: Sequence[ImageReport]) -> str:
    moved = [image for image in images if image.delta is not None and not queries.is_still(image)]
    return f"{len(moved)} changed, {format_change(queries.total_change(moved))} in total" if moved else ""


def _added(images: Sequence[ImageReport]) -> str:
    return _weighed("new", [image.head for image in images if image.state is ImageState.NEW])


def _gone(images: Sequence[ImageReport]) -> str:
    return _weighed("removed", [image.base for image in images if image.state is ImageState.REMOVED])


def _uncompared(images: Sequence[ImageReport]) -> str:
    alone = [image for image in images if image.state is ImageState.NOT_COMPARED]
    whys = {_why_uncompared(image) for image in alone}
    why = f", because {whys.pop()}" if len(whys) == 1 else ""
    return f"{_weighed('not compared', [image.head for image in alone])}{why}" if alone else ""


def _warned(images: Sequence[ImageReport]) -> str:
    told = [image for image in images if not queries.exceeded(image) and (queries.warned(image) or _is_told_off(image))]
    return f"{len(told)} with a warning" if told else ""


def _is_told_off(image: ImageReport) -> bool:
    """Tell whether an image that did not move is no pass for another reason than a budget of its own."""
    return queries.is_still(image) and image.verdict is not Verdict.PASS


def _weighed(word: str, sides: Sequence[Side]) -> str:
    """Count sides and say what they weigh: ``2 new (5 MB)``; no weight where one of them is not known."""
    known = [side.unpacked_bytes for side in map(queries.measured, sides) if side]
    weight = f" ({format_bytes(sum(known))})" if len(known) == len(sides) else ""
    return f"{len(sides)} {word}{weight}" if sides else ""


def _icon(images: Sequence[ImageReport]) -> str:
    verdicts = {image.verdict for image in images}
    if Verdict.NOT_MEASURED in verdicts:
        return "❌"
    if Verdict.FAIL in verdicts:
        return "🔴"
    if any(queries.accepted(image) for image in images):
        return "🟡"
    return "⚠️" if Verdict.WARN in verdicts or any(map(_lacks_its_base, images)) else _direction(images)


def _lacks_its_base(image: ImageReport) -> bool:
    return image.state is ImageState.NOT_COMPARED and image.base is not None


def _is_quiet(image: ImageReport) -> bool:
    return queries.is_still(image) or queries.is_noise(image)


def _direction(images: Sequence[ImageReport]) -> str:
    """Point where the compared images went; else say by a sign of its own what became of the others."""
    total = queries.total_change(images)
    if any(queries.is_noise(image) for image in images) and all(map(_is_quiet, images)):
        return "✅"
    if total:
        return "🔺" if total > 0 else "🟢"
    states = {image.state for image in images if not queries.is_still(image)}
    return _SIGNS.get(states.pop(), "⚪") if len(states) == 1 else "✅" if not states else "⚪"
