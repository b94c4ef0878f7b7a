"""What each command does, from nouns to nouns; each function reads on one screen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fnmatch import fnmatchcase
from typing import Final

from bot import __version__
from bot.config import read_config
from bot.config.applied_budgets import unused_tables
from bot.errors import UsageError
from bot.flows.effective_policy import Authority, authority_of, foretold, judged_by, load_config
from bot.flows.shards import shards_of
from bot.model.budget import Verdict
from bot.model.build import BuiltImage, BuiltPair, ImageSpec
from bot.model.config import Config, ConfigFile, Settings
from bot.model.dockerfile import Dockerfile
from bot.model.effects import Effect, WriteFile
from bot.model.explain import MeasuredPair, Measurement
from bot.model.image import ImageReference
from bot.model.plan import Comparison, Event, EventKind, ImagePlan, Plan, RunContext, Skip
from bot.model.report import ImageReport, ImageState, PublishOptions, Report, RunInfo
from bot.model.verdict import Judged
from bot.ports import Builder, Git, GitHub, ImageReader, Runner
from bot.rules.catalogue import RULES
from bot.rules.kit.run_rules import read_ignores, suppress, suspect
from bot.stages.advise import advise
from bot.stages.build import build
from bot.stages.diff import diff
from bot.stages.event import read_event
from bot.stages.explain import explain
from bot.stages.judge import judge
from bot.stages.measure import measure, measure_images
from bot.stages.plan import compare_commits, plan_images
from bot.stages.publish import publish
from bot.stages.report import effects, make_report, merge

_UNBUILT: Final = "Nothing was built or measured: all of this is suspected from the text of the Dockerfile."


@dataclass(frozen=True, slots=True)
class World:
    """Everything outside: made by the composition root, or by a test."""

    git: Git
    builder: Builder
    images: ImageReader
    runner: Runner
    today: date
    github: GitHub | None = None


def check(
    context: RunContext, settings: Settings, world: World, *, posts: bool = True, writes: bool = False
) -> Report | Skip:
    """Do the main job: build and measure what the event compares, explain it, judge it, and publish the result.

    Without ``posts`` the report files are written and nothing else is done: another job speaks for all. Outside
    Actions nothing is posted, and files are written where ``writes`` says so.
    """
    event = read_event(context)
    comparison = compare_commits(event, settings, world.git)
    if isinstance(comparison, Skip):
        return comparison
    authority = authority_of(comparison, settings, world.git, event, world.github)
    plan = planned(comparison, authority.config, settings, world.git)
    judged = conclude(measure_plan(plan, settings, world), authority, world.today)
    measured = make_report(judged, plan, run_info(context, event), authority.config, settings)
    report = foretold(authority, measured, world.today)
    options = options_of(authority, settings, event, report)
    publish(wanted_effects(report, options, posts=posts, writes=writes), world.runner, world.github)
    return report


def compare(
    references: Sequence[ImageReference],
    images: ImageReader,
    settings: Settings,
    today: date,
    file: ConfigFile | None = None,
) -> Report:
    """Compare two existing images, or look at one; a configuration file is asked for its budgets alone."""
    platform = settings.single_image.platform if settings.single_image else None
    *base, head = measure_images(references, images, platform, settings.limits)
    pair = MeasuredPair(_name_of(head), base[0] if base else None, head)
    why = "two images that are there" if base else "one image"
    comparison = Comparison("", "", why, str(references[0]) if base else "", str(references[-1]))
    config = replace(read_config(file, file, replace(settings, single_image=None)), notes=())
    plan = Plan(comparison, (ImagePlan(pair.name, None, None),))
    return make_report(conclude([pair], Authority(config), today), plan, RunInfo(), config, settings)


def matrix(context: RunContext, settings: Settings, world: World, shards: int) -> Mapping[str, object]:
    """Say what is to be measured, as the matrix of a GitHub workflow."""
    event = read_event(context)
    comparison = compare_commits(event, settings, world.git)
    if isinstance(comparison, Skip):
        return {"include": []}
    plan = planned(comparison, load_config(comparison, settings, world.git, event), settings, world.git)
    found = shards_of(plan, world.git, shards)
    return {"include": [{"shard": shard.number, "images": "\n".join(shard.images)} for shard in found]}


def report_on(reports: Sequence[Report], context: RunContext, settings: Settings, world: World) -> Report:
    """Merge the reports of many machines, judge them by the base's budgets, and publish the result.

    What was to be measured is planned anew: an image without a report is not measured, one that no input of changed is
    unchanged. Raises ``UsageError`` where the reports are about other commits than this run.
    """
    event = read_event(context)
    comparison = _compared_by(reports, event, settings, world.git)
    authority = authority_of(comparison, settings, world.git, event, world.github)
    plan = planned(comparison, authority.config, settings, world.git)
    still = replace(plan, images=tuple(image for image in plan.images if image.unchanged))
    judged = conclude(measure_plan(still, settings, world), authority, world.today)
    unbuilt = make_report(judged, still, RunInfo(), authority.config, settings)
    merged = merge((unbuilt, *reports), [image.name for image in plan.images], settings.fail_on)
    rejudged = replace(judged_by(authority, merged, world.today, settings.fail_on), run=run_info(context, event))
    report = foretold(authority, rejudged, world.today)
    publish(wanted_effects(report, options_of(authority, settings, event, report)), world.runner, world.github)
    return report


def advise_on(settings: Settings, world: World) -> Report:
    """Build one image of the working tree, and advise upon it without comparing it with anything."""
    config = _inputs_alone(settings)
    plan = plan_images(_worktree(world.git), config, world.git)
    judged = conclude(measure_plan(plan, settings, world), Authority(config), world.today)
    return make_report(judged, plan, RunInfo(), config, settings)


def advise_on_text(spec: ImageSpec, dockerfile: Dockerfile) -> Report:
    """Advise upon a Dockerfile that is not built: what its text lets suspect claims no byte, and fails nothing."""
    suspected = suspect(RULES, dockerfile, file=spec.dockerfile, target=spec.target)
    findings, _ = suppress(suspected, read_ignores(dockerfile), ())
    platform = str(spec.platform or "")
    image = ImageReport(spec.name, platform, ImageState.NOT_MEASURED, None, None, None, findings=findings)
    return Report(__version__, Comparison("", "", _UNBUILT), (image,), Verdict.PASS, notes=(_UNBUILT,))


def starting_point(
    settings: Settings, world: World, *, measured: bool
) -> tuple[tuple[ImageSpec, ...], Mapping[str, int]]:
    """Find the images of the working tree for a first configuration, and their sizes where they are to be measured."""
    plan = plan_images(_worktree(world.git), _inputs_alone(settings), world.git)
    specs = tuple(image.head for image in plan.images if image.head is not None)
    pairs = measure_plan(plan, settings, world) if measured else ()
    sizes = {pair.name: pair.head.image.unpacked_bytes for pair in pairs if isinstance(pair.head, Measurement)}
    return specs, sizes


def image_names(config: Config, git: Git) -> tuple[str, ...]:
    """Name the images of the working tree, declared and found."""
    return tuple(dict.fromkeys(image.name for image in plan_images(_worktree(git), config, git).images))


def finds_images(config: Config) -> bool:
    """Tell whether there may be other images than those declared."""
    return config.finds_images


def planned(comparison: Comparison, config: Config, settings: Settings, git: Git) -> Plan:
    """Plan the images that are wanted, and say what of the configuration is for none that there is."""
    plan = plan_images(comparison, config, git)
    idle = unused_tables(config, [image.name for image in plan.images]) if finds_images(config) else ()
    return select(replace(plan, notes=(*plan.notes, *idle)), settings.images)


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


def conclude(pairs: Sequence[MeasuredPair], authority: Authority, today: date) -> tuple[Judged, ...]:
    """Explain, advise upon and judge what was measured."""
    explained = [explain(diff(pair)) for pair in pairs]
    advised = [advise(one, authority.config.suppressions) for one in explained]
    named = [(pair.name, pair.platform) for pair in pairs]
    return tuple(
        judge(one, authority.policy_for(*name), today, authority.recorded(*name))
        for one, name in zip(advised, named, strict=True)
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
    return RunInfo(context.repository, context.server_url, number, context.run_id, context.run_attempt)


def wanted_effects(
    report: Report, options: PublishOptions, *, posts: bool = True, writes: bool = False
) -> tuple[Effect, ...]:
    """Choose among the effects of a report: outside Actions the result is only shown, and written where asked."""
    if report.run.run_id is None and not writes:
        return ()
    speaks = posts and report.run.run_id is not None
    return tuple(effect for effect in effects(report, options) if speaks or isinstance(effect, WriteFile))


def options_of(authority: Authority, settings: Settings, event: Event, report: Report) -> PublishOptions:
    """Say how the report is to be published; a fork's or Dependabot's token can only read."""
    pull = event.pull_request
    return PublishOptions(
        settings=settings,
        comment=authority.config.comment,
        override_label=authority.config.override_label,
        author=pull.author if pull else "",
        can_write=pull is None or not (pull.from_fork or pull.author == "dependabot[bot]"),
        acceptance=authority.remembering(report.images),
        label_sticky=authority.config.override_label_sticky,
    )


def _compared_by(reports: Sequence[Report], event: Event, settings: Settings, git: Git) -> Comparison:
    """Give what this run compares; on a command line there is no run, so the reports say."""
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


def _worktree(git: Git) -> Comparison:
    return Comparison("", git.worktree_commit(), "")


def _inputs_alone(settings: Settings) -> Config:
    """Give what the inputs configure, for commands that no configuration file is about."""
    return replace(read_config(None, None, settings), notes=())


def _sensitive_values(plan: Plan) -> frozenset[str]:
    specs = [spec for image in plan.images for spec in (image.base, image.head) if spec is not None]
    return frozenset(value for spec in specs for value in spec.secret_build_args)


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
