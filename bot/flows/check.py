"""The main job: from an event or a command line to a report that is published; each function reads on one screen."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from fnmatch import fnmatchcase
from typing import NamedTuple

from bot.config.applied_budgets import unused_tables
from bot.errors import UsageError
from bot.flows.effective_policy import EffectivePolicy, foretold, policy_of
from bot.flows.verify import SearchTask, Subject, searched
from bot.flows.world import World
from bot.model import bounds
from bot.model.advice import Advice
from bot.model.build import BuildFailure, BuildOutcome, BuiltImage, BuiltPair, Unbuilt
from bot.model.config import Config, Settings
from bot.model.effects import Effect, UpsertComment, WriteFile, WriteSummary
from bot.model.explain import MeasuredPair
from bot.model.plan import Comparison, Plan, Skip
from bot.model.provider import Event, RunContext
from bot.model.report import ImageReport, PublishOptions, Report, RunInfo
from bot.policy.verifying import LABEL, is_worth_a_search
from bot.stages.advise import advise
from bot.stages.build import build
from bot.stages.describe import describe
from bot.stages.diff import diff
from bot.stages.event import read_event
from bot.stages.explain import explain
from bot.stages.judge import judge
from bot.stages.measure import measure
from bot.stages.plan import compare_commits, plan_images
from bot.stages.publish import publish
from bot.stages.report import effects, make_report


def check(
    context: RunContext, settings: Settings, world: World, *, posts: bool = True, writes: bool = False
) -> Report | Skip:
    """Do the main job: build and measure what the event compares, explain it, judge it, and publish the result.

    Without ``posts`` the report files are written and nothing else is done: another job speaks for all. Outside
    a job of a provider nothing is posted, and files are written where ``writes`` says so.
    """
    event = read_event(context)
    comparison = compare_commits(event, settings, world.git)
    if isinstance(comparison, Skip):
        return comparison
    policy = policy_of(comparison, settings, world.git, event, world.provider)
    plan = planned(comparison, policy.config, settings, world, context.repository)
    job = _Job(context, settings, world, event, policy, plan)
    advised = advise_upon(measure_plan(plan, settings, world), policy)
    report = _reported(advised, job)
    options = options_of(policy, settings, event, report)
    wanted = wanted_effects(report, options, posts=posts, writes=writes)
    subjects = _worth_a_search(advised, report, job)
    if not subjects:
        publish(wanted, world.runner, world.provider)
        return report
    publish(_first(wanted), world.runner, world.provider)
    report = _reported(_tried(advised, subjects, job), job)
    publish(_again(wanted_effects(report, options, posts=posts, writes=writes)), world.runner, world.provider)
    return report


class _Job(NamedTuple):
    """What the halves of the main job share."""

    context: RunContext
    settings: Settings
    world: World
    event: Event
    policy: EffectivePolicy
    plan: Plan


def _reported(advised: Sequence[Advice], job: _Job) -> Report:
    """Describe and judge what was advised upon, and make the report of it."""
    judged = judge_advised(advised, job.plan.comparison, job.policy, job.world.today)
    info = run_info(job.context, job.event)
    measured = make_report(judged, job.plan, info, job.policy.config, job.settings)
    return foretold(job.policy, measured, job.world.today)


def _worth_a_search(advised: Sequence[Advice], report: Report, job: _Job) -> Mapping[int, Subject]:
    """Choose the images for which a smaller one is searched: by what they grew, or all where a label asks for it."""
    pull, options = job.event.pull_request, job.policy.config.verify
    asked_for = pull is not None and LABEL in {label.casefold() for label in pull.labels}
    return {
        index: Subject(advice, plan.head)
        for index, (advice, plan, image) in enumerate(zip(advised, job.plan.images, report.images, strict=False))
        if plan.head is not None and (asked_for or is_worth_a_search(image, options))
    }


def _tried(advised: Sequence[Advice], subjects: Mapping[int, Subject], job: _Job) -> Sequence[Advice]:
    """Verify the advice of the chosen images; the others keep theirs."""
    comparison = job.plan.comparison
    task = SearchTask(comparison.head_sha, job.policy.config.verify, job.settings, job.world, comparison.pull_head_sha)
    found = searched(tuple(subjects.values()), task)
    by_index = dict(zip(subjects, found, strict=True))
    return [by_index.get(index, advice) for index, advice in enumerate(advised)]


def _first(wanted: Iterable[Effect]) -> tuple[Effect, ...]:
    """Keep what is said at once: everything but the summary, to which could only be added."""
    return tuple(effect for effect in wanted if not isinstance(effect, WriteSummary))


def _again(wanted: Iterable[Effect]) -> tuple[Effect, ...]:
    """Keep what can be said once more, or was not said yet: a check or an annotation would be there twice."""
    return tuple(effect for effect in wanted if isinstance(effect, WriteFile | WriteSummary | UpsertComment))


def planned(comparison: Comparison, config: Config, settings: Settings, world: World, repository: str = "") -> Plan:
    """Plan the images that are wanted, and say what of the configuration is for none that there is."""
    plan = plan_images(comparison, config, world.git, repository, world.bake)
    idle = unused_tables(config, [image.name for image in plan.images]) if config.finds_images else ()
    return select(replace(plan, notes=(*plan.notes, *idle)), settings.images)


def told_of(plan: Plan) -> tuple[str, ...]:
    """Say where each image that CI ships is defined, and what is not measured and why, a line each."""
    return (*plan.notes, *(f"{image.name}: {note}" for image in plan.images for note in image.notes))


def measure_plan(plan: Plan, settings: Settings, world: World) -> tuple[MeasuredPair, ...]:
    """Build what changed and read it; secret build arguments are hidden before anything is built."""
    for value in _sensitive_values(plan):
        world.runner.mask(value)
    with world.runner.group("Build base and head"):
        pairs = build(plan, settings, world.git, world.builder)
        for pair in pairs:
            world.runner.log(_told(pair))
    with world.runner.group("Measure"):
        return measure(pairs, world.images, settings.limits)


def conclude(
    pairs: Sequence[MeasuredPair], comparison: Comparison, policy: EffectivePolicy, today: date
) -> tuple[ImageReport, ...]:
    """Explain, advise upon, describe and judge what was measured."""
    return judge_advised(advise_upon(pairs, policy), comparison, policy, today)


def advise_upon(pairs: Sequence[MeasuredPair], policy: EffectivePolicy) -> tuple[Advice, ...]:
    """Compare, explain and advise upon what was measured."""
    return tuple(advise(explain(diff(pair)), policy.config.suppressions) for pair in pairs)


def judge_advised(
    advised: Sequence[Advice], comparison: Comparison, policy: EffectivePolicy, today: date
) -> tuple[ImageReport, ...]:
    """Describe and judge what was advised upon."""
    rows = bounds.most_contents(len(advised))
    described = [describe(one, comparison, rows) for one in advised]
    return tuple(
        judge(image, policy.policy_for(*name), today, policy.recorded(*name), advice.explanation.difference.pair)
        for image, advice in zip(described, advised, strict=True)
        for name in [(image.name, image.platform)]
    )


def select(plan: Plan, wanted: Sequence[str]) -> Plan:
    """Keep the images whose names match; a name that no image has is a mistake, not an empty plan."""
    idle = [glob for glob in wanted if not any(fnmatchcase(image.name, glob) for image in plan.images)]
    if idle:
        known = ", ".join(image.name for image in plan.images) or "none"
        raise UsageError(f"No image is called {', '.join(idle)}.", why=f"Images here: {known}.", fix="Check `images`.")
    kept = [image for image in plan.images if not wanted or any(fnmatchcase(image.name, glob) for glob in wanted)]
    return replace(plan, images=tuple(kept))


def run_info(context: RunContext, event: Event) -> RunInfo:
    """Say where the report is made."""
    number = event.pull_request.number if event.pull_request else None
    return RunInfo(
        context.repository,
        context.server_url,
        number,
        context.run_id,
        context.run_attempt,
        context.links,
        context.limits,
    )


def wanted_effects(
    report: Report, options: PublishOptions, *, posts: bool = True, writes: bool = False
) -> tuple[Effect, ...]:
    """Choose among the effects of a report: on a command line the result is only shown, and written where asked."""
    if report.run.run_id is None and not writes:
        return ()
    speaks = posts and report.run.run_id is not None
    return tuple(effect for effect in effects(report, options) if speaks or isinstance(effect, WriteFile))


def options_of(policy: EffectivePolicy, settings: Settings, event: Event, report: Report) -> PublishOptions:
    """Say how the report is to be published; a fork's token can only read."""
    pull = event.pull_request
    return PublishOptions(
        settings=settings,
        comment=policy.config.comment,
        override_label=policy.config.override_label,
        author=pull.author if pull else "",
        can_write=pull is None or not (pull.from_fork or pull.restricted),
        acceptance=policy.remembering(report.images),
        label_sticky=policy.config.override_label_sticky,
    )


def _sensitive_values(plan: Plan) -> frozenset[str]:
    specs = [spec for image in plan.images for spec in (image.base, image.head) if spec is not None]
    return frozenset(value for spec in specs for one in spec.with_parents for value in one.secret_build_args)


def _told(pair: BuiltPair) -> str:
    """Tell in one line what became of a pair."""
    sides = (("base", pair.base), ("head", pair.head))
    if all(isinstance(outcome, Unbuilt) for _, outcome in sides):
        return f"{pair.name}: not built, {pair.why or 'no input changed'}"
    return f"{pair.name}: " + ", ".join(words for side, outcome in sides if (words := _told_of(side, outcome)))


def _told_of(side: str, outcome: BuildOutcome) -> str:
    match outcome:
        case BuiltImage(seconds=seconds, cached=cached, builder=builder):
            return f"{side} built in {seconds:.1f} s{' (cached)' if cached else ''} by {builder}"
        case BuildFailure(sentence=sentence):
            return f"{side} not built: {sentence}"
        case _:
            return ""
