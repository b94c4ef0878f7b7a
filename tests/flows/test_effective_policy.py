"""What decides in a run, asked directly: which commit a label is for, and what a first configuration would say."""

from dataclasses import replace

import pytest

from bot.config import Proposal, read_config
from bot.flows.effective_policy import (
    EffectivePolicy,
    Labelled,
    foretold,
    labelled_pull,
    load_config,
    policy_of,
    with_label,
)
from bot.model.budget import Acceptance, BudgetKind, Verdict
from bot.model.config import ConfigFile, Settings
from bot.model.plan import Comparison
from bot.model.provider import HeadBranch, PullRequest
from bot.model.report import Report
from bot.stages.event import read_event
from tests.flows.world import Shop, dockerfile
from tests.policy.world import COMMITS, TODAY, Change, Weights, judged_advice

LABEL = "image-size-ok"
BASE = {"Dockerfile": dockerfile(1), "deadweight.toml": '[budget]\nmax-growth = "2 MB"\n'}
NOON = "2026-11-24T12:00:00Z"


@pytest.fixture
def shop() -> Shop:
    """Return a shop in which a maintainer has set the label at noon, and no run tells for which commit."""
    made = Shop()
    made.start(BASE)
    made.github.label(5, LABEL, by="maintainer")
    made.github.down.add("runs")
    return made


def labelled(shop: Shop, label: str = LABEL) -> PullRequest:
    """A pull request as the event of its label tells it."""
    event = read_event(shop.propose(BASE | {"Dockerfile": dockerfile(1, 5)}, labels=(LABEL,), label=label))
    assert event.pull_request is not None
    return event.pull_request


def test_labelled_pull__of_the_commit_that_is_judged(shop: Shop):
    """An event tells of its own commit; where another one is judged, it does not say that the label is for that."""
    pull = labelled(shop)
    branch = HeadBranch("octo/shop", "grow")

    assert labelled_pull(pull) == Labelled(5, (LABEL,), pull.head_sha, branch, LABEL, NOON)
    assert labelled_pull(pull, pull.head_sha) == labelled_pull(pull)
    assert labelled_pull(pull, "e" * 40) == Labelled(5, (LABEL,), "e" * 40, branch)


@pytest.mark.parametrize(
    ("head", "pull_head", "head_ref", "holds"),
    [
        ("merge", "now", "", True),
        ("now", "", "", True),
        ("merge", "before", "", False),
        ("before", "", "", False),
        ("before", "", "grow", True),
    ],
)
def test_label__is_for_the_commit_that_is_judged(shop: Shop, head: str, pull_head: str, head_ref: str, *, holds: bool):
    """A label that was set for what is there now does not cover an earlier commit, unless somebody named the head."""
    shop.propose(BASE | {"Dockerfile": dockerfile(1, 9)})
    commits = {"before": shop.git.branches["grow"], "": ""}
    context = shop.propose(BASE | {"Dockerfile": dockerfile(1, 5)}, labels=(LABEL,), label=LABEL)
    commits |= {"now": shop.git.branches["grow"], "merge": read_event(context).sha}
    comparison = Comparison(shop.git.branches["main"], commits[head], "", pull_head_sha=commits[pull_head])

    policy = policy_of(comparison, Settings(head_ref=head_ref), shop.git, read_event(context), shop.github)

    assert (policy.acceptance is not None) == holds


def policy_with(shop: Shop, pull: Labelled, text: str = "") -> EffectivePolicy:
    """What decides with a configuration and a label."""
    file = ConfigFile("deadweight.toml", text.encode()) if text else None
    return with_label(EffectivePolicy(read_config(file, file, Settings())), pull, shop.github)


@pytest.mark.parametrize(("label", "configured"), [(LABEL.upper(), LABEL), (LABEL, LABEL.title())])
def test_label__of_an_event_in_any_case(shop: Shop, label: str, configured: str):
    """Providers know no two labels that differ in their case only, and neither does the event of one."""
    shop.github.label(5, configured, by="maintainer")

    policy = policy_with(shop, labelled_pull(labelled(shop, label)), f'override-label = "{configured}"\n')

    assert policy.acceptance is not None


@pytest.mark.parametrize("set_at", ["", "nonsense", "2026-11-24T12:00:00"])
def test_label__at_a_time_that_is_none(shop: Shop, set_at: str):
    """An event that does not say when, or not in which zone, does not say that it is of this label."""
    policy = policy_with(shop, labelled_pull(labelled(shop))._replace(set_at=set_at))

    assert policy.acceptance is None


def test_label__for_another_commit_is_said_in_seven_digits(shop: Shop):
    """Who set the label is told for which commit that was and for which it is not; or that nobody knows."""
    shop.github.down.clear()
    pull = labelled_pull(labelled(shop))._replace(set_now="", head="e" * 40)
    at_noon = shop.github.setters[5, LABEL].when
    known, unknown = [
        policy_with(replace_pushed(shop, pushed), pull).config.notes[-1:]
        for pushed in ([(at_noon.replace(hour=11), "c" * 40)], [])
    ]

    assert known == (f"The label {LABEL} accepts nothing: it was set for ccccccc, not for eeeeeee; set it anew.",)
    assert unknown == (f"The label {LABEL} accepts nothing: it is not known for which commit it was set; set it anew.",)


def replace_pushed(shop: Shop, pushed: list) -> Shop:
    """The same shop, where other pushes are known."""
    shop.github.pushed = pushed
    return shop


def test_label__that_is_sticky_is_for_the_commit_that_is_judged(shop: Shop):
    """A label that covers later pushes is remembered for the latest."""
    pull = labelled_pull(labelled(shop))._replace(set_now="", head="e" * 40)

    policy = policy_with(shop, pull, "override-label-sticky = true\n")

    assert policy.acceptance is not None
    assert (policy.acceptance.head, policy.acceptance.amounts) == ("e" * 40, ())


FIRST = """[budget]
max-size = {limit = "10 MB", on-exceed = "warn"}
max-layers = 2
max-dead = "50 MB"
"""


def test_foretold__what_a_first_configuration_would_say(shop: Shop):
    """Only what it would fail or warn of is told, whatever a label accepts; and nothing that an image which went would lose."""
    config = read_config(None, ConfigFile("deadweight.toml", FIRST.encode()), Settings(), Proposal.SHOWN)
    kept = judged_advice(Change(None, Weights()).advice(), config.policy)
    gone = judged_advice(Change(Weights(), None, name="web").advice(), config.policy)
    accepted = Acceptance("maintainer", shop.github.setters[5, LABEL].when)
    report = Report("1", Comparison("b" * 40, "h" * 40, "", ""), (kept, gone), Verdict.PASS)

    found = foretold(EffectivePolicy(config, acceptance=accepted), report, TODAY)

    told = [note.replace("\u00a0", " ") for note in found.notes]
    assert told == [
        (
            'This change\'s own configuration would warn image "api": The image weighs 100 MB, 90.0 MB more than max-size'
            " allows (10.0 MB)."
        ),
        (
            'This change\'s own configuration would fail image "api": The image has 5 layers, 3 layers more than max-layers'
            " allows (2 layers)."
        ),
    ]
    assert replace(found, notes=()) == report


def test_foretold__of_a_first_configuration_that_decides():
    """Where a first configuration's budgets are judged already, nothing is foretold."""
    config = read_config(None, ConfigFile("deadweight.toml", FIRST.encode()), Settings(), Proposal.BUDGETS)
    report = Report("1", COMMITS, (judged_advice(Change(None, Weights()).advice(), config.policy),), Verdict.FAIL)

    assert foretold(EffectivePolicy(config), report, TODAY) == report


def test_load_config__without_a_base(shop: Shop):
    """Where there is no commit to compare with, none is read; what the head has decides no more than a first one may."""
    shop.propose(BASE | {"Dockerfile": dockerfile(1, 5)})

    config = load_config(Comparison("", shop.git.branches["grow"], ""), Settings(), shop.git)

    assert [budget.kind for budgets in config.policy.sets for budget in budgets.budgets] == [BudgetKind.MAX_GROWTH]
