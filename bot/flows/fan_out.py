"""One check over many machines: plan → shards, each measured elsewhere, and their reports merged, judged and published.

Images that share a base image, or are built one from another, land on one machine, where those layers are built once.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import NamedTuple

from bot.errors import UsageError
from bot.flows.check import conclude, measure_plan, options_of, planned, run_info, told_of, wanted_effects
from bot.flows.effective_policy import foretold, judged_by, load_config, policy_of
from bot.flows.world import World
from bot.model import bounds
from bot.model.config import FailOn, Settings
from bot.model.plan import Comparison, ImagePlan, Plan, Skip
from bot.model.provider import Event, EventKind, RunContext
from bot.model.report import ImageReport, Report, RunInfo
from bot.policy.outcome import not_arrived, summed_up
from bot.ports import Git
from bot.stages.event import read_event
from bot.stages.plan import compare_commits
from bot.stages.publish import publish
from bot.stages.report import make_report


def matrix(context: RunContext, settings: Settings, world: World, shards: int) -> Mapping[str, object]:
    """Say what is to be measured, as the matrix of a workflow."""
    event = read_event(context)
    comparison = compare_commits(event, settings, world.git)
    if isinstance(comparison, Skip):
        return {"include": []}
    config = load_config(comparison, settings, world.git, event)
    plan = planned(comparison, config, settings, world, context.repository)
    for line in told_of(plan):
        world.runner.log(line)
    found = shards_of(plan, shards)
    return {"include": [{"shard": shard.number, "images": "\n".join(shard.images)} for shard in found]}


def report_on(reports: Sequence[Report], context: RunContext, settings: Settings, world: World) -> Report:
    """Merge the reports of many machines, judge them by the base's budgets, and publish the result.

    What was to be measured is planned anew: an image without a report is not measured, one that no input of changed is
    unchanged. Raises ``UsageError`` where the reports are about other commits than this run.
    """
    event = read_event(context)
    comparison = _compared_by(reports, event, settings, world.git)
    policy = policy_of(comparison, settings, world.git, event, world.provider)
    plan = planned(comparison, policy.config, settings, world, context.repository)
    still = replace(plan, images=tuple(image for image in plan.images if image.unchanged))
    judged = conclude(measure_plan(still, settings, world), comparison, policy, world.today)
    unbuilt = make_report(judged, still, RunInfo(), policy.config, settings)
    merged = merge((unbuilt, *reports), [image.name for image in plan.images], settings.fail_on)
    rejudged = replace(judged_by(policy, merged, world.today, settings.fail_on), run=run_info(context, event))
    report = foretold(policy, rejudged, world.today)
    publish(wanted_effects(report, options_of(policy, settings, event, report)), world.runner, world.provider)
    return report


def merge(reports: Sequence[Report], expected: Iterable[str] = (), fail_on: FailOn = FailOn.BUDGET) -> Report:
    """Join the reports of one fan-out. An ``expected`` name or glob that no image has is not measured, never green.

    A name that is expected twice, on two platforms, needs two entries.
    Raises ``UsageError`` if there is nothing to join, or where the reports are about different commits.
    """
    if not reports:
        raise UsageError("There is no report to merge.", fix="Give the report.json files of the measuring jobs.")
    first = reports[0]
    _check_alike(reports)
    images = [image for report in reports for image in report.images]
    joined = (*_distinct(images), *(not_arrived(name) for name in _missing(expected, images)))
    notes = bounds.notes(note for report in reports for note in report.notes)
    return summed_up(replace(first, notes=notes), joined, fail_on)


def _missing(expected: Iterable[str], images: Sequence[ImageReport]) -> Iterator[str]:
    distinct = {(image.name, image.platform or str(index)) for index, image in enumerate(images)}
    for glob, wanted in Counter(expected).items():
        there = sum(name == glob or fnmatchcase(name, glob) for name, _ in distinct)
        yield from (glob,) * (wanted - there)


class Shard(NamedTuple):
    """The images that one machine measures."""

    number: int
    images: tuple[str, ...]


def shards_of(plan: Plan, most: int) -> tuple[Shard, ...]:
    """Spread the images that are to be built over at most ``most`` machines, as evenly as what they share allows."""
    groups = _groups([image for image in plan.images if not image.unchanged])
    bins: list[list[str]] = [[] for _ in range(min(most, len(groups)))]
    for names in sorted(groups, key=len, reverse=True):
        min(bins, key=len).extend(names)
    return tuple(Shard(number, tuple(sorted(names))) for number, names in enumerate(bins))


def _groups(images: Sequence[ImagePlan]) -> Sequence[Sequence[str]]:
    """Put images together that are built from the same images, or one from another: each is then made once."""
    groups: list[tuple[set[tuple[str, ...]], list[str]]] = []
    for image in images:
        shared, names = _shared(image), [image.name]
        for group in [one for one in groups if one[0] & shared]:
            groups.remove(group)
            shared, names = shared | group[0], group[1] + names
        groups.append((shared, names))
    return [names for _, names in groups]


def _shared(image: ImagePlan) -> set[tuple[str, ...]]:
    """What an image has in common with others: all its base images together, itself, and what it is built from here."""
    spec = image.head or image.base
    made = {(one.dockerfile, one.target, one.name) for one in spec.with_parents} if spec else set()
    return {*made, ("image", image.name), *([("bases", *image.bases)] if image.bases else [])}


def _compared_by(reports: Sequence[Report], event: Event, settings: Settings, git: Git) -> Comparison:
    """Return what this run compares; on a command line there is no run, so the reports say."""
    if event.kind is EventKind.LOCAL and reports:
        return reports[0].comparison
    comparison = compare_commits(event, settings, git)
    if isinstance(comparison, Skip):
        raise UsageError("There is nothing to report on.", why=comparison.reason)
    commits = comparison.base_sha, comparison.head_sha
    if any((report.comparison.base_sha, report.comparison.head_sha) != commits for report in reports):
        raise UsageError(
            "A report is about other commits than this run.",
            why=f"This run compares {commits[0][:7] or 'nothing'} with {commits[1][:7]}.",
            fix="Merge only reports of this workflow run.",
        )
    return comparison


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
