"""What each command does, from nouns to nouns; each function reads on one screen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fnmatch import fnmatchcase
from functools import partial

from bot.config import read_config
from bot.config.locate import find_config
from bot.errors import UsageError
from bot.fan_out import shards_of
from bot.model.build import BuiltImage, BuiltPair, ImageSpec
from bot.model.config import Config, Settings
from bot.model.effects import Effect, WriteFile
from bot.model.explain import MeasuredPair, Measurement
from bot.model.image import ImageReference
from bot.model.plan import Comparison, Event, ImagePlan, Plan, RunContext, Skip
from bot.model.report import PublishOptions, Report, RunInfo
from bot.model.verdict import Judged
from bot.policy.labels import accept_label
from bot.ports import Builder, Git, GitHub, ImageReader, Runner
from bot.stages.advise import advise
from bot.stages.build import build
from bot.stages.diff import diff
from bot.stages.event import read_event
from bot.stages.explain import explain
from bot.stages.judge import judge, judge_again
from bot.stages.measure import measure, measure_images
from bot.stages.plan import compare_commits, plan_images
from bot.stages.publish import publish
from bot.stages.report import effects, make_report, merge, summed_up


@dataclass(frozen=True, slots=True)
class World:
    """Everything outside: made by the composition root, or by a test."""

    git: Git
    builder: Builder
    images: ImageReader
    runner: Runner
    today: date
    github: GitHub | None = None


def check(context: RunContext, settings: Settings, world: World, *, posts: bool = True) -> Report | Skip:
    """Do the main job: build and measure what the event compares, explain it, judge it, and publish the result.

    Without ``posts`` the report files are written and nothing else is done: another job speaks for all.
    """
    event = read_event(context)
    comparison = compare_commits(event, settings, world.git)
    if isinstance(comparison, Skip):
        return comparison
    config = grant(load_config(comparison, settings, world.git), event, world.github)
    plan = select(plan_images(comparison, config, world.git), settings.images)
    pairs = measure_plan(plan, settings, world)
    report = make_report(conclude(pairs, config, world.today), plan, run_info(context, event), config, settings)
    publish(wanted_effects(report, options_of(config, settings, event), posts=posts), world.runner, world.github)
    return report


def compare(references: Sequence[ImageReference], images: ImageReader, settings: Settings, today: date) -> Report:
    """Compare two existing images, or look at one."""
    platform = settings.single_image.platform if settings.single_image else None
    *base, head = measure_images(references, images, platform)
    pair = MeasuredPair(_name_of(head), base[0] if base else None, head)
    why = "two images that are there" if base else "one image"
    comparison = Comparison("", "", why, str(references[0]) if base else "", str(references[-1]))
    config = read_config(None, None, settings)
    plan = Plan(comparison, (ImagePlan(pair.name, None, None),))
    return make_report(conclude([pair], config, today), plan, RunInfo(), config, settings)


def matrix(context: RunContext, settings: Settings, world: World, shards: int) -> Mapping[str, object]:
    """Say what is to be measured, as the matrix of a GitHub workflow."""
    comparison = compare_commits(read_event(context), settings, world.git)
    if isinstance(comparison, Skip):
        return {"include": []}
    plan = select(plan_images(comparison, load_config(comparison, settings, world.git), world.git), settings.images)
    found = shards_of(plan, world.git, shards)
    return {"include": [{"shard": shard.number, "images": "\n".join(shard.images)} for shard in found]}


def report_on(reports: Sequence[Report], context: RunContext, settings: Settings, world: World) -> Report:
    """Merge the reports of many machines, judge them by the base's budgets, and publish the result."""
    event = read_event(context)
    merged = merge(reports, settings.images, settings.fail_on)
    config = grant(load_config(merged.comparison, settings, world.git), event, world.github)
    images = [judge_again(image, config.policy, world.today) for image in merged.images]
    judged = replace(summed_up(merged, images, settings.fail_on), run=run_info(context, event))
    publish(wanted_effects(judged, options_of(config, settings, event)), world.runner, world.github)
    return judged


def advise_on(settings: Settings, world: World) -> Report:
    """Build one image of the working tree, and advise upon it without comparing it with anything."""
    comparison = Comparison("", world.git.worktree_commit(), "the working tree")
    config = read_config(None, None, settings)
    plan = plan_images(comparison, config, world.git)
    pairs = measure_plan(plan, settings, world)
    return make_report(conclude(pairs, config, world.today), plan, RunInfo(), config, settings)


def starting_point(
    settings: Settings, world: World, *, measured: bool
) -> tuple[tuple[ImageSpec, ...], Mapping[str, int]]:
    """Find the images of the working tree for a first configuration, and their sizes where they are to be measured."""
    comparison = Comparison("", world.git.worktree_commit(), "the working tree")
    plan = plan_images(comparison, read_config(None, None, settings), world.git)
    specs = tuple(image.head for image in plan.images if image.head is not None)
    pairs = measure_plan(plan, settings, world) if measured else ()
    sizes = {pair.name: pair.head.image.unpacked_bytes for pair in pairs if isinstance(pair.head, Measurement)}
    return specs, sizes


def measure_plan(plan: Plan, settings: Settings, world: World) -> tuple[MeasuredPair, ...]:
    """Build what changed and read it."""
    with world.runner.group("Build base and head"):
        pairs = build(plan, settings, world.git, world.builder)
        for pair in pairs:
            world.runner.log(_told(pair))
    with world.runner.group("Measure"):
        return measure(pairs, world.images)


def conclude(pairs: Sequence[MeasuredPair], config: Config, today: date) -> tuple[Judged, ...]:
    """Explain, advise upon and judge what was measured."""
    explained = [explain(diff(pair)) for pair in pairs]
    advised = [advise(one, config.suppressions) for one in explained]
    return tuple(judge(one, config.policy, today) for one in advised)


def load_config(comparison: Comparison, settings: Settings, git: Git) -> Config:
    """Read the configuration of both commits; what decides comes from the base."""
    base, head = (
        find_config(partial(git.read_file, sha), settings.config_path, sha[:7]) if sha else None
        for sha in (comparison.base_sha, comparison.head_sha)
    )
    if settings.config_path and head is None and base is None:
        raise UsageError(f"There is no {settings.config_path} on either side.", fix="Name a file that is committed.")
    return read_config(base, head, settings)


def grant(config: Config, event: Event, github: GitHub | None) -> Config:
    """Add the waiver that the override label stands for, where the pull request carries it."""
    pull, label = event.pull_request, config.override_label
    if pull is None or github is None or not label or label not in pull.labels:
        return config
    return accept_label(config, github.label_setter(pull.number, label))


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
    return RunInfo(context.repository, context.server_url, number, context.run_id, context.run_attempt)


def wanted_effects(report: Report, options: PublishOptions, *, posts: bool = True) -> tuple[Effect, ...]:
    """Choose among the effects of a report: outside Actions the result is only shown."""
    if report.run.run_id is None:
        return ()
    return tuple(effect for effect in effects(report, options) if posts or isinstance(effect, WriteFile))


def options_of(config: Config, settings: Settings, event: Event) -> PublishOptions:
    """Say how the report is to be published; a fork's or Dependabot's token can only read."""
    pull = event.pull_request
    return PublishOptions(
        settings=settings,
        comment=config.comment,
        override_label=config.override_label,
        author=pull.author if pull else "",
        can_write=pull is None or not (pull.from_fork or pull.author == "dependabot[bot]"),
    )


def _told(pair: BuiltPair) -> str:
    """Tell in one line what became of a pair."""
    if pair.unchanged:
        return f"{pair.name}: not built, {pair.why or 'no input changed'}"
    sides = [(side, outcome) for side, outcome in (("base", pair.base), ("head", pair.head)) if outcome is not None]
    return f"{pair.name}: " + ", ".join(
        f"{side} built in {outcome.seconds:.1f} s{' (cached)' if outcome.cached else ''} by {outcome.builder}"
        if isinstance(outcome, BuiltImage)
        else f"{side} not built: {outcome.sentence}"
        for side, outcome in sides
    )


def _name_of(measurement: Measurement) -> str:
    """Name an image by its reference, without the folder of a file."""
    return measurement.image.reference.name.rpartition("/")[2] or str(measurement.image.reference)
