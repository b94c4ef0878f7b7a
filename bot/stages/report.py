"""Judged images → Report → effects: everything that is known, bounded, and what is to be done with it, in order."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from bot import __version__
from bot.errors import UsageError
from bot.model.budget import Verdict, Waiver, worst
from bot.model.config import Config, FailOn, Settings
from bot.model.effects import Effect
from bot.model.plan import Comparison, Plan
from bot.model.report import ImageReport, ImageState, MissingSide, PublishOptions, Report, RunInfo
from bot.model.verdict import Judged
from bot.render import bounds, publication
from bot.render import queries as facts
from bot.render.entry import image_entry


def make_report(judged: Sequence[Judged], plan: Plan, run: RunInfo, config: Config, settings: Settings) -> Report:
    """Put the results of a run together. An image of the plan without a result is not measured, never left out."""
    most_contents = bounds.most_contents(len(judged))
    images = (*(image_entry(one, plan.comparison, most_contents) for one in judged), *_absent(judged, plan))
    return Report(
        tool_version=__version__,
        comparison=_bounded(plan.comparison),
        images=images,
        verdict=worst(image.verdict for image in images),
        run=run,
        policy_source=bounds.text(config.policy.source),
        waivers=_waivers(images),
        notes=bounds.notes((*config.notes, *plan.notes)),
        exit_code=exit_code(images, settings.fail_on),
    )


def effects(report: Report, options: PublishOptions) -> tuple[Effect, ...]:
    """Say what is to be done with a report, in order: files, outputs, summary, check or annotations, comment."""
    return publication.effects(report, options)


def merge(reports: Sequence[Report], expected: Iterable[str] = (), fail_on: FailOn = FailOn.BUDGET) -> Report:
    """Join the reports of one fan-out. An ``expected`` name or glob that no image has is not measured, never green.

    A name that is expected twice, on two platforms, needs two entries.
    Raises ``UsageError`` where there is nothing to join, or where the reports are about different commits.
    """
    if not reports:
        raise UsageError("There is no report to merge.", fix="Give the report.json files of the measuring jobs.")
    first = reports[0]
    _check_alike(reports)
    images = [image for report in reports for image in report.images]
    joined = (*_distinct(images), *(_lost(name) for name in _missing(expected, images)))
    notes = bounds.notes(note for report in reports for note in report.notes)
    return summed_up(replace(first, notes=notes), joined, fail_on)


def _missing(expected: Iterable[str], images: Sequence[ImageReport]) -> Iterator[str]:
    distinct = {(image.name, image.platform or str(index)) for index, image in enumerate(images)}
    for glob, wanted in Counter(expected).items():
        there = sum(name == glob or fnmatchcase(name, glob) for name, _ in distinct)
        yield from (glob,) * (wanted - there)


def summed_up(report: Report, images: Sequence[ImageReport], fail_on: FailOn) -> Report:
    """Give the report with other entries for its images, and all that follows from them."""
    return replace(
        report,
        images=tuple(images),
        verdict=worst(image.verdict for image in images),
        waivers=_waivers(images),
        exit_code=exit_code(images, fail_on),
    )


def exit_code(images: Sequence[ImageReport], fail_on: FailOn) -> int:
    """Give the exit code: 0 kept, 1 a budget is exceeded, 3 a number could not be had; ``fail_on`` says what counts."""
    if fail_on is FailOn.NEVER:
        return 0
    grew = fail_on is FailOn.GROWTH and any(image.delta is not None and image.delta.own_bytes > 0 for image in images)
    if fail_on is not FailOn.ERROR and (grew or any(map(facts.exceeded, images))):
        return 1
    return 3 if any(image.verdict in {Verdict.NOT_MEASURED, Verdict.FAIL} and _lacks(image) for image in images) else 0


def _lacks(image: ImageReport) -> bool:
    """Tell whether the verdict is bad for want of a number, not for a budget."""
    return image.verdict is Verdict.NOT_MEASURED or not facts.exceeded(image)


def _waivers(images: Iterable[ImageReport]) -> tuple[Waiver, ...]:
    return tuple(dict.fromkeys(one.waived_by for image in images for one in image.budgets if one.waived_by))


def _absent(judged: Sequence[Judged], plan: Plan) -> Iterator[ImageReport]:
    """Find the images of the plan that nothing is known of."""
    known = Counter(one.advice.explanation.difference.pair.name for one in judged)
    planned = Counter(image.name for image in plan.images)
    return (_lost(name) for name in (planned - known).elements())


def _lost(name: str) -> ImageReport:
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


def _bounded(comparison: Comparison) -> Comparison:
    return replace(
        comparison,
        why=bounds.text(comparison.why),
        base_label=bounds.text(comparison.base_label),
        head_label=bounds.text(comparison.head_label),
    )


def _check_alike(reports: Sequence[Report]) -> None:
    commits = {(report.comparison.base_sha, report.comparison.head_sha) for report in reports}
    if len(commits) > 1:
        raise UsageError(
            "The reports compare different commits.",
            why=f"{len(commits)} pairs of base and head among {len(reports)} reports.",
            fix="Merge only reports of one workflow run.",
        )


def _distinct(images: Iterable[ImageReport]) -> tuple[ImageReport, ...]:
    """Keep one entry for each image and platform; the last one wins, as a re-run of a shard does."""
    return tuple({(image.name, image.platform): image for image in images}.values())
