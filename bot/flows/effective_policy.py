"""What decides in a run: the base's configuration, the recorded history, and what a label accepts."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final, NamedTuple

from bot.config import Proposal, read_config
from bot.config.read import find_config
from bot.errors import PublishError, UsageError
from bot.model import bounds
from bot.model.budget import Acceptance, BudgetKind, Recorded, Verdict
from bot.model.config import Config, FailOn, Policy, Settings
from bot.model.history import History
from bot.model.plan import Comparison
from bot.model.provider import Event, EventKind, HeadBranch, Pull, PullRequest
from bot.model.report import ImageReport, Report
from bot.policy.outcome import summed_up
from bot.policy.size_record import BRANCH, FILE, recall
from bot.policy.waivers import accepted_in, given_for, label_waivers, standing
from bot.ports import Git, Provider
from bot.stages.judge import judge
from bot.stages.report import check_name

_ACCEPTS_NOTHING = "The label {label} accepts nothing: {why}."
_WOULD = 'This change\'s own configuration would {verdict} image "{name}": {reason}'
_MAY_NOT = "it is not known that somebody who may triage has set it"
_ANOTHER = "it was set for {labelled}, not for {head}; set it anew"
_CLOCKS_DIFFER_BY = timedelta(seconds=10)
_UNKNOWN = "it is not known for which commit it was set; set it anew"


@dataclass(frozen=True, slots=True)
class EffectivePolicy:
    """The configuration, with all that holds besides it; without ``acceptance`` no label does."""

    config: Config
    history: History = field(default_factory=History)
    acceptance: Acceptance | None = None

    def policy_for(self, image: str, platform: str) -> Policy:
        """Return the policy of an image, with what the label accepts of it."""
        policy, label = self.config.policy, self.config.override_label
        if self.acceptance is None:
            return policy
        accepted = label_waivers(label, self.acceptance, image, platform)
        return replace(policy, waivers=(*policy.waivers, *accepted))

    def recorded(self, image: str, platform: str) -> Recorded:
        """Return what is on record of an image."""
        return self.history.of(image, platform)

    def remembering(self, images: Collection[ImageReport]) -> Acceptance | None:
        """Return what the comment is to remember: as it is, or what the label has just been needed for."""
        if self.acceptance is None or self.acceptance.amounts:
            return self.acceptance
        accepted = replace(self.acceptance, amounts=accepted_in(images))
        return accepted if accepted.amounts else None


class Labelled(NamedTuple):
    """A pull request with its labels, whoever tells; ``head`` is the commit of its ``branch`` that is judged.

    ``set_now`` is the label whose setting, while ``head`` was there, is why this runs; ``set_at`` is when that was.
    """

    number: int
    labels: Collection[str]
    head: str
    branch: HeadBranch
    set_now: str = ""
    set_at: str = ""


def labelled_pull(pull: Pull | PullRequest, judged_head: str = "") -> Labelled:
    """Take what a label is about from a pull request as the provider or an event tells it."""
    head, branch = judged_head or pull.head_sha, HeadBranch(pull.head_repository, pull.head_ref)
    if not isinstance(pull, PullRequest) or head != pull.head_sha:
        return Labelled(pull.number, pull.labels, head, branch)
    return Labelled(pull.number, pull.labels, head, branch, pull.labelled, pull.updated)


def policy_of(
    comparison: Comparison, settings: Settings, git: Git, event: Event, provider: Provider | None
) -> EffectivePolicy:
    """Find out what decides, from git and, if a pull request is labelled, from the provider."""
    config, pull = load_config(comparison, settings, git, event), event.pull_request
    history = recall(config.policy, lambda: git.read_file(git.resolve(BRANCH), FILE))
    judged_head = "" if settings.head_ref else comparison.pull_head_sha or comparison.head_sha
    labelled = labelled_pull(pull, judged_head) if pull is not None else None
    return with_label(EffectivePolicy(noted(config, history.notes), history), labelled, provider)


_NOBODY: Final = Event(EventKind.PULL_REQUEST)


def load_config(comparison: Comparison, settings: Settings, git: Git, event: Event = _NOBODY) -> Config:
    """Read the configuration of both commits; what decides comes from the base.

    Without a base to compare with, the commit that the pull request is for still decides, where it is here.
    """
    deciding = comparison.base_sha or _base_of(event, git)
    base, head = (
        find_config(partial(git.read_file, sha), settings.config_path, sha[:7]) if sha else None
        for sha in (deciding, comparison.head_sha)
    )
    if settings.config_path and head is None and base is None:
        raise UsageError(f"There is no {settings.config_path} on either side.", fix="Name a file that is committed.")
    return read_config(base, head, settings, _proposal(event, deciding))


def _base_of(event: Event, git: Git) -> str:
    sha = event.pull_request.base_sha if event.pull_request else ""
    return sha if sha and git.ensure(sha) else ""


def _proposal(event: Event, deciding: str) -> Proposal:
    """Say how much a first configuration decides: on a command line it is the user's own."""
    if event.kind is EventKind.LOCAL:
        return Proposal.POLICY
    return Proposal.SHOWN if deciding else Proposal.BUDGETS


def with_label(policy: EffectivePolicy, pull: Labelled | None, provider: Provider | None) -> EffectivePolicy:
    """Add what the override label of a pull request stands for; trouble with the provider accepts nothing."""
    config = policy.config
    if pull is None or provider is None or not _carries(pull, config.override_label):
        return policy
    try:
        acceptance, why = _accepted(config, pull, provider)
    except PublishError as error:
        acceptance, why = None, error.what
    note = _ACCEPTS_NOTHING.format(label=config.override_label, why=why)
    return replace(policy, acceptance=acceptance, config=config if acceptance else noted(config, (note,)))


def _accepted(config: Config, pull: Labelled, provider: Provider) -> tuple[Acceptance | None, str]:
    """Find what a label accepts, or why nothing."""
    setter = provider.label_setter(pull.number, config.override_label)
    found = standing(setter, provider.sticky_comment(pull.number, config.comment.key))
    if found is None:
        return None, _MAY_NOT
    if config.override_label_sticky:
        return replace(found, amounts=(), head=pull.head), ""
    if found.amounts and _is_confirmed(found, config, provider):
        return found, ""
    labelled_head = _labelled_head(config, pull, found, provider)
    why = _ANOTHER.format(labelled=labelled_head[:7], head=pull.head[:7]) if labelled_head else _UNKNOWN
    return given_for(found, pull.head, labelled_head), why


def _is_confirmed(found: Acceptance, config: Config, provider: Provider) -> bool:
    """Tell whether our check at the commit that was accepted says the same as the comment.

    A token that may comment, as many a workflow's may, can rewrite the comment, but no check. The line is the
    last one there: what stands above may hold names of the pull request's choice.
    """
    said = provider.check_summaries(found.head, check_name(config.comment)) if found.head else ()
    return any(summary.rstrip().splitlines()[-1:] == [found.line] for summary in said)


def _labelled_head(config: Config, pull: Labelled, found: Acceptance, provider: Provider) -> str:
    """Find the commit that was there when the label was set: what the event says, else what runs were started for."""
    if pull.set_now.casefold() == config.override_label.casefold() and _is_of(found, pull.set_at):
        return pull.head
    return provider.head_before(pull.branch, found.when)


def _is_of(found: Acceptance, set_at: str) -> bool:
    """Tell whether an event is that of the label as it is now: a run can be run again long after it was taken off."""
    try:
        return datetime.fromisoformat(set_at) + _CLOCKS_DIFFER_BY >= found.when
    except (ValueError, TypeError):
        return False


def judged_by(policy: EffectivePolicy, report: Report, today: date, fail_on: FailOn) -> Report:
    """Judge a report that was written elsewhere."""
    images = [
        judge(image, policy.policy_for(*name), today, policy.recorded(*name))
        for image, name in ((image, (image.name, image.platform)) for image in report.images)
    ]
    return summed_up(report, images, fail_on)


def foretold(policy: EffectivePolicy, report: Report, today: date) -> Report:
    """Add what a first configuration would say of these images, had it been reviewed; nothing that only files tell."""
    config = policy.config
    if config.proposed is None or config.policy.source:
        return report
    proposed = replace(policy, config=replace(config, policy=config.proposed), acceptance=None)
    judged = judged_by(proposed, report, today, FailOn.NEVER)
    notes = [
        _WOULD.format(verdict=one.verdict, name=image.name, reason=one.reason)
        for image in judged.images
        for one in image.budgets
        if one.verdict in {Verdict.FAIL, Verdict.WARN} and one.budget.kind is not BudgetKind.REMOVAL
    ]
    return replace(report, notes=bounds.notes((*report.notes, *notes)))


def noted(config: Config, notes: Collection[str]) -> Config:
    """Add notes for the reader of the report."""
    return replace(config, notes=(*config.notes, *notes))


def _carries(pull: Labelled, label: str) -> bool:
    """Compare as providers do, which know no two labels that differ in their case only."""
    return bool(label) and label.casefold() in {one.casefold() for one in pull.labels}
