"""The trusted half, after another run: validates another run's report, judges it again, and posts it as its own words.

Nothing is checked out, built or believed here: which pull request is meant comes from the provider, budgets from the
base commit, and the artifact is data (docs/security.md).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Final

from bot import __version__
from bot.config import read_config
from bot.config.read import find_config
from bot.errors import PublishError, UsageError
from bot.flows.effective_policy import EffectivePolicy, judged_by, labelled_pull, noted, with_label
from bot.flows.own_words import in_our_words
from bot.flows.pull_of_run import Question, pull_of
from bot.flows.unmeasured import unmeasured_effects
from bot.model.budget import Verdict
from bot.model.config import FailOn, Settings
from bot.model.effects import Annotate, Effect, Print, SetOutputs, WriteFile
from bot.model.plan import Comparison, Skip
from bot.model.provider import Artifact, EventKind, PipelineRun, Posted, Pull, RunContext
from bot.model.report import PublishOptions, Report, RunInfo
from bot.policy.expected import Expected, expected_images, held_to, look_alike, unanswered
from bot.policy.measuring_run import UNUSABLE, Missing, caveat_on, notes_on, report_of, still_holds
from bot.policy.outcome import summed_up
from bot.policy.size_record import BRANCH, FILE, recall
from bot.ports import Provider, Runner
from bot.render.report_json import decode
from bot.stages.event import read_event
from bot.stages.publish import publish
from bot.stages.report import effects

ARTIFACT: Final = "deadweight-report"
REPORT_FILE: Final = "report.json"
LARGEST_REPORT_BYTES: Final = 5_000_000
UNVERIFIED: Final = "Measured by the pull request's own workflow run; judged here with the budgets of the base."
NO_IMAGE: Final = "The report is about no image at all."
_UNLIKE: Final = "The image `{one.shown}` is not `{one.known}`, which the configuration declares."

_OF_THE_OTHER_RUN = (WriteFile, SetOutputs, Annotate, Print)


@dataclass(frozen=True, slots=True)
class TrustedWorld:
    """What the trusted half knows, and all that it may touch."""

    context: RunContext
    settings: Settings
    provider: Provider
    runner: Runner
    today: date


def publish_run(world: TrustedWorld, given: bytes | None = None) -> tuple[Posted, ...] | Skip:
    """Publish the report of the run that this event names; ``given`` replaces its artifact.

    Raises ``UsageError`` for another event and for a report that is not valid, ``PublishError`` for an artifact that
    is not exactly one report.
    """
    run = _measuring_run(world)
    if isinstance(run, Skip):
        return run
    pulls = world.provider.pulls_of_run(run)
    if not pulls:
        return Skip("no open pull request is at the commit that was measured; a newer run speaks for it")
    report = _report(run, pulls, world, given)
    if isinstance(report, Missing):
        return Skip(report.why)
    pull = pull_of(Question(report.comparison, world.settings.base_ref), pulls, world.provider)
    return pull if isinstance(pull, Skip) else _publish(report, pull, run, world)


def _measuring_run(world: TrustedWorld) -> PipelineRun | Skip:
    """Return the run as the provider knows it: the event only says which, and which attempt has ended."""
    event = read_event(world.context)
    if event.kind is not EventKind.COMPLETED_RUN or event.completed_run is None:
        raise UsageError(
            f"`publish` posts the report of another run, but this event is {event.name or event.kind}.",
            fix="Run it on workflow_run (examples/workflows/image-size-publish.yml).",
        )
    run = world.provider.pipeline_run(event.completed_run.run_id)
    if run is None or run.repository != world.context.repository:
        raise UsageError(f"There is no run {event.completed_run.run_id} in this repository.")
    if run.run_attempt > event.completed_run.run_attempt:
        return Skip(f"attempt {run.run_attempt} of the run has been started since, and speaks for itself")
    return run


def _report(run: PipelineRun, pulls: Sequence[Pull], world: TrustedWorld, given: bytes | None) -> Report | Missing:
    """Return the run's report; if there is none that can be used, its pull request is told."""
    listed = [] if given is not None else [one for one in world.provider.artifacts(run.run_id) if one.name == ARTIFACT]
    found = report_of(run, listed) if given is None else given
    if isinstance(found, Missing):
        _tell_unmeasured(found, run, pulls, world)
        return found
    try:
        return _read(run, world.provider, found)
    except (UsageError, PublishError):
        _tell_unmeasured(Missing(UNUSABLE), run, pulls, world)
        raise


def _read(run: PipelineRun, provider: Provider, found: Artifact | bytes) -> Report:
    if not isinstance(found, bytes):
        found = provider.read_artifact(found, REPORT_FILE, limit_bytes=LARGEST_REPORT_BYTES)
    report = decode(found)
    if run.head_sha not in {report.comparison.head_sha, report.comparison.pull_head_sha}:
        raise PublishError("The report is about another commit than its run.", why="It is not posted.")
    return report


def _tell_unmeasured(missing: Missing, run: PipelineRun, pulls: Sequence[Pull], world: TrustedWorld) -> None:
    """Replace what an earlier run said; without a report nothing tells several pull requests apart."""
    if len(pulls) > 1:
        world.runner.log(f"{len(pulls)} pull requests are at the commit of the run; none is told that {missing.why}.")
        return
    policy = _policy(pulls[0], world)
    config, comment = policy.config, world.provider.sticky_comment(pulls[0].number, policy.config.comment.key)
    if missing.why != UNUSABLE and still_holds(comment, run):
        return
    nothing = Report(
        __version__,
        Comparison("", run.head_sha, "", pull_head_sha=run.head_sha),
        (),
        Verdict.NOT_MEASURED,
        _run_info(run, pulls[0], world),
    )
    options = PublishOptions(world.settings, config.comment, acceptance=policy.remembering(()))
    publish(unmeasured_effects(nothing, missing.why, options), world.runner, world.provider)


def _run_info(run: PipelineRun, pull: Pull, world: TrustedWorld) -> RunInfo:
    context = world.context
    return RunInfo(
        run.repository,
        context.server_url,
        pull.number,
        run.run_id,
        run.run_attempt,
        context.links,
        context.limits,
    )


def _publish(report: Report, pull: Pull, run: PipelineRun, world: TrustedWorld) -> tuple[Posted, ...]:
    policy = _policy(pull, world)
    known = expected_images(policy.config, world.settings.images)
    judged = _judged(_held(in_our_words(report), known, pull, world), policy, world)
    posted = replace(
        judged,
        comparison=replace(judged.comparison, pull_head_sha=run.head_sha),
        run=_run_info(run, pull, world),
        policy_source=policy.config.policy.source,
        notes=(UNVERIFIED, *notes_on(run, report, judged, world.settings), *judged.notes, *policy.config.notes),
    )
    options = replace(_options(policy, pull, posted, world.settings), caveat=caveat_on(run, judged))
    return publish(_posts(effects(posted, options)), world.runner, world.provider)


def _held(report: Report, known: Iterable[Expected], pull: Pull, world: TrustedWorld) -> Report:
    """Hold a report to what the base declares, and spell out the names that only look like a declared one."""
    wanted = tuple(known)
    images = held_to(report.images, wanted, lambda path: world.provider.file_at(pull.base_sha, path) is not None)
    alike = {image.name: look_alike(image.name, (one.name for one in wanted)) for image in images}
    return replace(
        report,
        images=tuple(replace(image, name=one.shown) if (one := alike[image.name]) else image for image in images),
        notes=(*report.notes, *(_UNLIKE.format(one=one) for one in alike.values() if one)),
    )


def _judged(report: Report, policy: EffectivePolicy, world: TrustedWorld) -> Report:
    """Judge by the base's budgets; without any image, or without an answer to a budget, nothing is kept."""
    fail_on = world.settings.fail_on
    judged = judged_by(policy, report, world.today, fail_on)
    summed = summed_up(judged, tuple(map(unanswered, judged.images)), fail_on)
    if summed.images:
        return summed
    code = 0 if fail_on is FailOn.NEVER else 3
    return replace(summed, verdict=Verdict.NOT_MEASURED, exit_code=code, notes=(*summed.notes, NO_IMAGE))


def _policy(pull: Pull, world: TrustedWorld) -> EffectivePolicy:
    """Read what decides from the base; the head's configuration is not even looked at."""
    read = partial(world.provider.file_at, pull.base_sha)
    file = find_config(read, world.settings.config_path, pull.base_sha[:7])
    config = read_config(file, file, world.settings)
    history = recall(config.policy, partial(world.provider.file_at, BRANCH, FILE))
    return with_label(EffectivePolicy(noted(config, history.notes), history), labelled_pull(pull), world.provider)


def _options(policy: EffectivePolicy, pull: Pull, report: Report, settings: Settings) -> PublishOptions:
    config = policy.config
    accepted = policy.remembering(report.images)
    sticky = config.override_label_sticky
    return PublishOptions(
        settings, config.comment, config.override_label, pull.author, acceptance=accepted, label_sticky=sticky
    )


def _posts(all_effects: Iterable[Effect]) -> tuple[Effect, ...]:
    """Keep what is posted; files, outputs and log lines were the measuring run's."""
    return tuple(effect for effect in all_effects if not isinstance(effect, _OF_THE_OTHER_RUN))
