"""What decides in a run, one question at a time: which configuration, whose label, what is remembered of it."""

import pathlib
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.errors import UsageError
from bot.flows.effective_policy import EffectivePolicy, Labelled, load_config, with_label
from bot.flows.publish import ARTIFACT, REPORT_FILE, publish_run
from bot.model.budget import Acceptance
from bot.model.config import Config, Settings
from bot.model.plan import Comparison
from bot.model.provider import HeadBranch
from bot.render.report_json import decode, dump
from tests.flows.test_trusted import Fork, comment
from tests.flows.world import Shop, dockerfile

LABEL = "image-size-ok"
HEAD, BRANCH = "a" * 40, HeadBranch("octo/shop", "grow")
BUDGET = '[budget]\nmax-growth = "2 MB"\n'


@pytest.fixture
def shop() -> Shop:
    """Return an empty shop."""
    return Shop()


def compared(shop: Shop, base: dict[str, str], head: dict[str, str]) -> Comparison:
    """Commit two sides."""
    first = shop.git.commit({"Dockerfile": dockerfile(1)} | base)
    return Comparison(first, shop.git.commit({"Dockerfile": dockerfile(2)} | head, first), "a test asks")


@pytest.mark.parametrize(("base", "head"), [(True, True), (True, False), (False, True)])
def test_named_configuration__may_be_on_one_side_only(shop: Shop, *, base: bool, head: bool):
    """A configuration that was asked for by its path must be on one of the two sides, whichever."""
    file = {"size.toml": BUDGET}
    comparison = compared(shop, file if base else {}, file if head else {})

    assert load_config(comparison, Settings(config_path="size.toml"), shop.git) is not None


def test_named_configuration__that_is_nowhere_is_a_mistake(shop: Shop):
    """A path that neither side has is an error, not the absence of budgets; without a path absence is fine."""
    comparison = compared(shop, {}, {})

    with pytest.raises(UsageError, match=r"no size\.toml on either side"):
        load_config(comparison, Settings(config_path="size.toml"), shop.git)
    assert load_config(comparison, Settings(), shop.git).policy.sets == ()


def test_configuration__is_told_with_the_commit_that_it_is_of(shop: Shop):
    """Where budgets come from is said with the first seven digits of the base."""
    comparison = compared(shop, {"deadweight.toml": BUDGET}, {"deadweight.toml": BUDGET})

    assert load_config(comparison, Settings(), shop.git).policy.source.endswith(comparison.base_sha[:7])


def test_label__is_compared_as_github_does(shop: Shop):
    """Case makes no other label, and an empty setting is carried by nobody."""
    shop.github.label(5, LABEL, by="maintainer")

    def asks(setting: str, carried: str) -> bool:
        shop.github.asked.clear()
        with_label(EffectivePolicy(Config(override_label=setting)), Labelled(5, (carried,), HEAD, BRANCH), shop.github)
        return shop.github.asked != []

    assert asks(LABEL, LABEL)
    assert asks(LABEL.upper(), LABEL)
    assert asks(LABEL, LABEL.upper())
    assert not asks(LABEL, "another")
    assert not asks("", "")


def test_label__that_accepts_is_no_trouble(shop: Shop):
    """That a label accepts nothing is said only where it does not."""
    shop.github.label(5, LABEL, by="maintainer")
    policy = EffectivePolicy(Config(override_label=LABEL, override_label_sticky=True))
    labelled = Labelled(5, (LABEL,), HEAD, BRANCH)

    assert with_label(policy, labelled, shop.github).config.notes == ()
    shop.github.label(5, LABEL, by="mona", permission="read", hour=13)
    assert "accepts nothing" in with_label(policy, labelled, shop.github).config.notes[0]


def test_label__that_was_not_needed_is_not_remembered():
    """Where nothing had to be accepted there is nothing to be held against later."""
    acceptance = Acceptance("maintainer", datetime(2026, 11, 20, tzinfo=UTC))

    assert EffectivePolicy(Config(), acceptance=acceptance).remembering(()) is None


def test_publish__of_a_run_that_checked_out_the_head_itself(shop: Shop):
    """A report on the pull request's own commit, not its merge commit, is its run's as well."""
    fork = Fork(shop, 5)
    itself = replace(fork.report.comparison, head_sha=fork.head, pull_head_sha="")
    fork.upload(decode(dump(replace(fork.report, comparison=itself))))

    publish_run(fork.world)

    assert "grew by 5\u00a0MB" in comment(shop)


def test_report__has_the_name_that_the_workflow_gives_it(root: pathlib.Path):
    """The example uploads the very file that is looked for in its artifact."""
    workflow = (root / "examples/workflows/image-size.yml").read_text(encoding="utf-8")

    assert re.search(rf"name: {ARTIFACT}\n *path: deadweight-report/{re.escape(REPORT_FILE)}\n", workflow)
