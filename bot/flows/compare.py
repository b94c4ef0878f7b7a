"""Images without an event: two that are there, one of the working tree, those of a first configuration."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Final, NamedTuple

from bot import __version__
from bot.config import read_config
from bot.config.starter import StarterFindings, StarterImage
from bot.discovery.side import found_for_starter
from bot.flows.check import advise_upon, conclude, judge_advised, measure_plan, planned, told_of
from bot.flows.effective_policy import EffectivePolicy, load_config
from bot.flows.verify import SearchTask, Subject, searched
from bot.flows.world import World
from bot.model.advice import Advice
from bot.model.budget import Verdict
from bot.model.build import Absent, ImageSpec
from bot.model.config import Config, ConfigFile, FailOn, Settings
from bot.model.dockerfile import Dockerfile
from bot.model.explain import MeasuredPair, Measurement, measurement_of
from bot.model.image import ImageReference
from bot.model.plan import Comparison, ImagePlan, Plan, Skip
from bot.model.report import ImageReport, ImageState, Report, RunInfo
from bot.ports import BakePrint, Git, ImageReader
from bot.rules.catalogue import RULES
from bot.rules.kit.run_rules import read_ignores, suppress, suspect
from bot.stages.measure import measure_images
from bot.stages.plan import plan_images, shipped_images
from bot.stages.report import make_report

_UNBUILT: Final = "Nothing was built or measured: all of this is suspected from the text of the Dockerfile."


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
    pair = MeasuredPair(_name_of(head), base[0] if base else Absent(), head)
    why = "two images that are there" if base else "one image"
    comparison = Comparison("", "", why, str(references[0]) if base else "", str(references[-1]))
    config = replace(read_config(file, file, replace(settings, single_image=None)), notes=())
    plan = Plan(comparison, (ImagePlan(pair.name, None, None),))
    return make_report(conclude([pair], comparison, EffectivePolicy(config), today), plan, RunInfo(), config, settings)


def nothing_compared(skip: Skip) -> Report:
    """Say that nothing was compared, and why, in a report: who asked for a file gets one."""
    return Report(__version__, Comparison("", "", skip.reason), (), Verdict.PASS, notes=(skip.reason,))


class ProposedTexts(NamedTuple):
    """What is proposed for the one image of a report: its patch, and the whole texts that it makes, by path."""

    patch: str
    texts: Mapping[str, str]


def advise_on(
    settings: Settings, world: World, *, search: bool = False, every: bool = False
) -> tuple[Report, tuple[ProposedTexts, ...]]:
    """Build one image of the working tree, and advise upon it without comparing it with anything.

    With ``search`` smaller ones are built and run, whatever it weighs: that was asked for here and now. With ``every``
    all images of the tree are meant, as its configuration has them, and no budget fails anything.
    """
    here = _worktree(world.git)
    config = (
        load_config(replace(here, base_sha=here.head_sha), settings, world.git) if every else _inputs_alone(settings)
    )
    settings = replace(settings, fail_on=FailOn.NEVER) if every else settings
    plan, policy = planned(here, config, settings, world), EffectivePolicy(config)
    advised = advise_upon(measure_plan(plan, settings, world), policy)
    if search:
        task = SearchTask(here.head_sha, config.verify, settings, replace(world, memory=None))
        advised = searched(
            [Subject(one, image.head) for one, image in zip(advised, plan.images, strict=True) if image.head], task
        )
    judged = judge_advised(advised, plan.comparison, policy, world.today)
    report = make_report(judged, plan, RunInfo(), config, settings)
    return report, tuple(one for one in map(_proposed, advised) if one is not None)


def _proposed(advice: Advice) -> ProposedTexts | None:
    """Give the best candidate that was built, else what the findings propose together."""
    head, found = measurement_of(advice.explanation.difference.pair.head), advice.verification
    if head is None:
        return None
    best = found.best.candidate if found and found.best else None
    changed = best or advice.plan
    if changed is None:
        return None
    texts = {head.dockerfile_path: changed.dockerfile}
    if head.ignore is not None and changed.ignore is not None:
        texts[head.ignore.path] = changed.ignore
    return ProposedTexts(found.patch if best and found else advice.plan.patch if advice.plan else "", texts)


def advise_on_text(spec: ImageSpec, dockerfile: Dockerfile) -> Report:
    """Advise upon a Dockerfile that is not built: what its text lets suspect claims no byte, and fails nothing."""
    suspected = suspect(RULES, dockerfile, file=spec.dockerfile, target=spec.target)
    findings, _ = suppress(suspected, read_ignores(dockerfile), ())
    platform = str(spec.platform or "")
    image = ImageReport(spec.name, platform, ImageState.NOT_MEASURED, None, None, None, findings=findings)
    return Report(__version__, Comparison("", "", _UNBUILT), (image,), Verdict.PASS, notes=(_UNBUILT,))


def starting_point(settings: Settings, world: World, *, measured: bool) -> tuple[StarterFindings, Mapping[str, int]]:
    """Find the images of the working tree for a first configuration, and their sizes where they are to be measured."""
    plan = plan_images(_worktree(world.git), _inputs_alone(settings), world.git, bake=world.bake)
    for line in told_of(plan):
        world.runner.log(line)
    if settings.single_image is None:
        found = found_for_starter(shipped_images(plan.comparison.head_sha, world.git, world.bake))
    else:
        found = StarterFindings((StarterImage(settings.single_image),))
    pairs = measure_plan(plan, settings, world) if measured else ()
    sizes = {pair.name: pair.head.image.unpacked_bytes for pair in pairs if isinstance(pair.head, Measurement)}
    return found, sizes


def image_names(config: Config, git: Git, bake: BakePrint) -> tuple[str, ...]:
    """Name the images of the working tree, declared and found."""
    return tuple(dict.fromkeys(image.name for image in plan_images(_worktree(git), config, git, bake=bake).images))


def _worktree(git: Git) -> Comparison:
    head = git.worktree_commit()
    return Comparison("", head, "", uncommitted=head != git.resolve("HEAD"))


def _inputs_alone(settings: Settings) -> Config:
    """Return what the inputs configure, for commands that no configuration file is about."""
    return replace(read_config(None, None, settings), notes=())


def _name_of(measurement: Measurement) -> str:
    """Name an image by its reference, without the folder of a file."""
    return measurement.image.reference.name.rpartition("/")[2] or str(measurement.image.reference)
