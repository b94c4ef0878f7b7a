"""A report lands on the one pull request whose commits it compares, and on none where that cannot be told."""

from dataclasses import replace

import pytest

from bot.config import read_settings
from bot.flows.check import check
from bot.flows.publish import publish_run
from bot.model.config import Settings
from bot.model.plan import Skip
from bot.model.provider import Pull
from tests.flows.test_trusted import BASE, Fork
from tests.flows.world import Shop, dockerfile, pull_request


class TwoBases(Fork):
    """One fork branch, proposed as pull request 5 to main and as pull request 6 to stable; the run measured 5."""

    def __init__(self, shop: Shop, *, stable_is_behind: bool = False) -> None:
        self.stable = shop.git.commit(BASE | {"old": "yes"}, branch="stable")
        older = (self.stable,) if stable_is_behind else ()
        shop.git.commit(BASE, *older, branch="main")
        super().__init__(shop, 5)
        shop.github.files[self.stable, "deadweight.toml"] = BASE["deadweight.toml"].encode()
        self.merge = self.report.comparison.head_sha
        self.stable_merge = shop.git.commit(BASE, self.stable, self.head)
        shop.github.pulls = [self.pull(), self.other()]

    def other(self, **more: object) -> Pull:
        """The pull request to stable."""
        fields: dict[str, object] = {"number": 6, "base_ref": "stable", "base_sha": self.stable}
        return replace(self.pull(), **(fields | more))

    def upload_for_stable(self) -> None:
        """Leave what the run of pull request 6 measured."""
        comparison = replace(self.report.comparison, base_sha=self.stable, head_sha=self.stable_merge)
        self.upload(replace(self.report, comparison=comparison))


def test_publish__of_one_branch_proposed_to_two_bases(shop: Shop):
    """Each run posts to the pull request whose merge commit it measured, and leaves the other one alone."""
    fork = TwoBases(shop)
    fork.upload()

    publish_run(fork.world)

    assert shop.github.comments.keys() == {5}


def test_publish__of_the_other_base(shop: Shop):
    """The run of the pull request to stable does not turn the one to main green or red."""
    fork = TwoBases(shop)
    fork.upload_for_stable()

    publish_run(fork.world)

    assert shop.github.comments.keys() == {6}


def test_publish__after_the_base_moved_on(shop: Shop):
    """A merge commit that GitHub has replaced since is still one of the head and an older tip of the base branch."""
    fork = TwoBases(shop)
    fork.upload()
    tip = shop.git.commit(BASE | {"more": "1"}, fork.base, branch="main")
    shop.github.files[tip, "deadweight.toml"] = BASE["deadweight.toml"].encode()
    shop.github.pulls = [fork.pull(base_sha=tip, merge_sha=""), fork.other()]

    publish_run(fork.world)

    assert shop.github.comments.keys() == {5}


def test_publish__where_it_cannot_be_told(shop: Shop):
    """What was compared with a commit that is on both bases fits both pull requests, and is posted to neither."""
    fork = TwoBases(shop, stable_is_behind=True)
    fork.upload_for_stable()

    outcome = publish_run(fork.world)

    assert isinstance(outcome, Skip)
    assert "pull request 5 or 6: which cannot be told" in outcome.reason
    assert (shop.github.comments, shop.github.checks) == ({}, [])


def test_publish__where_github_names_the_merge_commit(shop: Shop):
    """The merge commit that GitHub itself names for a pull request tells it apart, whatever else would fit."""
    fork = TwoBases(shop, stable_is_behind=True)
    fork.upload_for_stable()
    shop.github.pulls = [fork.pull(), fork.other(merge_sha=fork.stable_merge)]

    publish_run(fork.world)

    assert shop.github.comments.keys() == {6}


@pytest.mark.parametrize("lie", ["base", "merge", "parents", "unknown"])
def test_publish__of_commits_that_are_not_the_pull_requests(shop: Shop, lie: str):
    """A base that is not the merge commit's, or a merge commit of other commits, is no pull request's."""
    fork = Fork(shop, 5)
    elsewhere = shop.git.commit(BASE | {"x": "1"})
    compared = {
        "base": {"base_sha": elsewhere},
        "merge": {"head_sha": shop.git.commit(BASE, fork.base, elsewhere)},
        "parents": {"head_sha": shop.git.commit(BASE, elsewhere, fork.head), "base_sha": elsewhere},
        "unknown": {"head_sha": "e" * 40},
    }[lie]
    fork.upload(replace(fork.report, comparison=replace(fork.report.comparison, **compared)))

    outcome = publish_run(fork.world)

    assert isinstance(outcome, Skip)
    assert "which no pull request of its run does" in outcome.reason
    assert (shop.github.comments, shop.github.checks) == ({}, [])


def without_merge_commit(fork: Fork, base: str) -> None:
    """Leave the report of a workflow that checks out the head itself."""
    compared = replace(fork.report.comparison, base_sha=base, head_sha=fork.head, pull_head_sha="")
    fork.upload(replace(fork.report, comparison=compared))


def test_publish__of_a_head_without_merge_commit(shop: Shop):
    """A head that was compared with where it left the base branch belongs to the pull request into that branch."""
    fork = TwoBases(shop)
    without_merge_commit(fork, fork.base)

    publish_run(fork.world)

    assert shop.github.comments.keys() == {5}


def test_publish__of_a_head_compared_with_another_branch(shop: Shop):
    """A base that the head did not come from is not the pull request's."""
    fork = Fork(shop, 5)
    without_merge_commit(fork, shop.git.commit(BASE, branch="elsewhere"))

    assert isinstance(publish_run(fork.world), Skip)
    assert shop.github.comments == {}


def test_publish__of_a_head_of_which_a_part_was_merged_since(shop: Shop):
    """A merge base that has moved towards the head since was one all the same."""
    fork = Fork(shop, 5)
    without_merge_commit(fork, fork.base)
    shop.git.commit(BASE, fork.head, branch="main")

    publish_run(fork.world)

    assert shop.github.comments.keys() == {5}


@pytest.mark.parametrize(("asked", "posted"), [("v1", True), ("", False), ("main", False)])
def test_publish__of_a_base_that_was_asked_for(shop: Shop, *, asked: str, posted: bool):
    """A base that the workflow chose is compared with where this step is told the same one."""
    shop.start(BASE)
    release = shop.git.commit(BASE, branch="v1")
    fork = Fork(shop, 5)
    fork.upload(replace(fork.report, comparison=replace(fork.report.comparison, base_sha=release)))

    publish_run(replace(fork.world, settings=read_settings({"base-ref": asked})))

    assert bool(shop.github.comments) is posted


def test_publish__without_a_baseline(shop: Shop):
    """A run that could not fetch the base still says what the head weighs."""
    fork = Fork(shop, 5)
    fork.upload(replace(fork.report, comparison=replace(fork.report.comparison, base_sha="")))

    publish_run(fork.world)

    assert shop.github.comments.keys() == {5}


def test_check__comments_on_the_pull_request_of_its_event(shop: Shop):
    """A branch of the repository that is proposed twice: each run speaks for the pull request that it is for."""
    shop.start(BASE)
    context = shop.propose(BASE | {"Dockerfile": dockerfile(1, 5)})
    other = shop.git.commit(BASE, branch="stable")
    head = shop.git.branches["grow"]

    check(context, Settings(), shop.world)
    assert shop.github.comments.keys() == {5}
    before = shop.github.comments[5]
    merge = shop.git.commit(BASE | {"Dockerfile": dockerfile(1, 5)}, other, head)
    check(pull_request(other, head, merge, number=6), Settings(), shop.world)

    assert shop.github.comments.keys() == {5, 6}
    assert shop.github.comments[5] == before
