"""The images of a report, judged → its verdict, the waivers that it needed, and the exit code."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot.model import bounds
from bot.model.budget import Verdict, Waiver, worst
from bot.model.config import FailOn
from bot.model.report import ImageReport, ImageState, MissingSide, Report


def summed_up(report: Report, images: Sequence[ImageReport], fail_on: FailOn) -> Report:
    """Return the report with other entries for its images, and all that follows from them."""
    return replace(
        report,
        images=tuple(images),
        verdict=worst(image.verdict for image in images),
        waivers=waivers_of(images),
        exit_code=exit_code(images, fail_on),
    )


def exit_code(images: Sequence[ImageReport], fail_on: FailOn) -> int:
    """Return the exit code: 0 kept, 1 a budget is exceeded, 3 a number is missing; ``fail_on`` says what counts."""
    if fail_on is FailOn.NEVER:
        return 0
    grew = fail_on is FailOn.GROWTH and any(image.delta is not None and image.delta.own_bytes > 0 for image in images)
    if fail_on is not FailOn.ERROR and (grew or any(map(_exceeds, images))):
        return 1
    return 3 if any(image.verdict in {Verdict.NOT_MEASURED, Verdict.FAIL} and _lacks(image) for image in images) else 0


def _lacks(image: ImageReport) -> bool:
    """Tell whether the verdict is bad for want of a number, not for a budget."""
    return image.verdict is Verdict.NOT_MEASURED or not _exceeds(image)


def waivers_of(images: Iterable[ImageReport]) -> tuple[Waiver, ...]:
    """List the waivers that soften a judgement, each once."""
    return tuple(dict.fromkeys(one.waived_by for image in images for one in image.budgets if one.waived_by))


def _exceeds(image: ImageReport) -> bool:
    return any(judged.verdict is Verdict.FAIL for judged in image.budgets)


def not_arrived(name: str) -> ImageReport:
    """Describe an image of the plan whose measurement nobody has: it is not measured, never left out."""
    why = "its measurement did not arrive"
    return ImageReport(
        name=bounds.text(name),
        platform="",
        state=ImageState.NOT_MEASURED,
        base=None,
        head=MissingSide(why),
        delta=None,
        verdict=Verdict.NOT_MEASURED,
    )
