"""A run that left no report, or one of an earlier attempt: an old result never stands for a commit without one."""

import contextlib
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.errors import DeadweightError, PublishError
from bot.flows.publish import publish_run
from bot.model.budget import Acceptance
from bot.model.config import CommentMode, Settings
from bot.model.effects import Marker
from bot.model.plan import Skip
from tests.flows.test_trusted import BUDGET, STARTED, Fork, comment, labelled
from tests.flows.world import MB, Shop, workflow_run


def published(shop: Shop, *megabytes: int) -> Fork:
    """A fork whose first commit was measured and posted, and which has pushed a second one since."""
    first = Fork(shop, *megabytes)
    first.upload()
    publish_run(first.world)
    second = Fork(shop, 9)
    second.run = replace(second.run, run_id=78)
    shop.github.uploads.clear()
    shop.github.runs[78] = second.run
    return second


def try_to_publish(fork: Fork) -> None:
    """Run the second workflow's job; that it is refused is not what these tests are about."""
    with contextlib.suppress(DeadweightError):
        publish_run(fork.world)


@pytest.mark.parametrize("content", [None, b"", b"{}", b'{"schema": "deadweight/report/9"}'], ids=repr)
@pytest.mark.parametrize("conclusion", ["success", "failure"])
def test_publish__after_a_run_without_a_sound_report(shop: Shop, content: bytes | None, conclusion: str):
    """The green comment of an earlier commit is replaced: this one was not measured, and why."""
    fork = published(shop, 1)
    assert "grew by 1\u00a0MB" in comment(shop)
    fork.run = replace(fork.run, conclusion=conclusion)
    shop.github.runs[78] = fork.run
    if content is not None:
        fork.upload()
        shop.github.contents[1] = content

    try_to_publish(fork)

    assert f"not measured for `{fork.head[:7]}`" in comment(shop).splitlines()[1]
    assert "Nothing is known of this commit:" in comment(shop)
    assert "grew by" not in comment(shop)
    assert "run=78/1" in comment(shop).splitlines()[0]
    (check,) = [check for check in shop.github.checks if check.head_sha == fork.head]
    assert (check.conclusion, check.title) == ("neutral", f"⚪ not measured for {fork.head[:7]}")


def test_publish__of_another_commit_replaces_an_old_result(shop: Shop):
    """A report about a commit that its run did not measure is no report."""
    fork = published(shop, 1)
    lie = replace(fork.report.comparison, head_sha="d" * 40, pull_head_sha="e" * 40)
    fork.upload(replace(fork.report, comparison=lie))

    try_to_publish(fork)

    assert "not measured for" in comment(shop)


def test_publish__while_github_lists_no_artifacts(shop: Shop):
    """Trouble with GitHub is not taken for a missing report: nothing is said, and the job can run again."""
    fork = published(shop, 1)
    before = comment(shop)
    shop.github.down.add("artifacts")

    with pytest.raises(PublishError):
        publish_run(fork.world)

    assert comment(shop) == before


def test_publish__without_a_report_makes_no_comment(shop: Shop):
    """Where there is no comment yet, none is made to say that there is nothing to say; the check says it."""
    fork = Fork(shop, 5)
    fork.run = replace(fork.run, conclusion="failure")
    shop.github.runs[77] = fork.run

    publish_run(fork.world)

    assert shop.github.comments == {}
    assert [check.conclusion for check in shop.github.checks] == ["neutral"]


@pytest.mark.parametrize("conclusion", ["success", "cancelled"])
def test_publish__after_a_run_with_nothing_to_do(shop: Shop, conclusion: str):
    """A run that found nothing to do, or was overtaken, leaves what is said of this very commit as it is."""
    fork = Fork(shop, 5)
    fork.upload()
    publish_run(fork.world)
    before, checks = comment(shop), list(shop.github.checks)
    later = replace(fork.run, run_id=78, conclusion=conclusion)
    shop.github.runs[78], fork.run = later, later
    shop.github.uploads.clear()

    assert isinstance(publish_run(fork.world), Skip)
    assert (comment(shop), shop.github.checks) == (before, checks)


def test_publish__after_a_run_that_failed_without_report(shop: Shop):
    """A later run on the same commit that failed and left nothing takes the earlier result back."""
    fork = Fork(shop, 1)
    fork.upload()
    publish_run(fork.world)
    later = replace(fork.run, run_id=78, conclusion="failure")
    shop.github.runs[78], fork.run = later, later
    shop.github.uploads.clear()

    publish_run(fork.world)

    assert "not measured for" in comment(shop)


def test_publish__without_a_report_for_several_pull_requests(shop: Shop):
    """Without a report nothing tells two pull requests apart: neither is told anything, and the log says so."""
    fork = published(shop, 1)
    before = comment(shop)
    shop.github.pulls = [fork.pull(), replace(fork.pull(), number=6, base_ref="stable")]

    publish_run(fork.world)

    assert shop.github.comments == {5: before}
    assert any("2 pull requests are at the commit" in line for line in shop.runner.lines)


def test_publish__without_a_report_keeps_what_was_accepted(shop: Shop):
    """What a label accepted is still remembered: the next push is not accepted anew for want of a memory."""
    fork = Fork(shop, 5)
    labelled(shop, fork)
    fork.upload()
    publish_run(fork.world)
    remembered = Acceptance.parse(comment(shop))
    assert remembered.amounts[0].amount == 5 * MB
    later = replace(fork.run, run_id=78, conclusion="failure")
    shop.github.runs[78], fork.run = later, later
    shop.github.uploads.clear()

    publish_run(fork.world)

    assert "not measured for" in comment(shop)
    assert Acceptance.parse(comment(shop)) == remembered


def test_publish__without_a_report_where_no_comment_is_wanted(shop: Shop):
    """What is not wanted is not written here either."""
    fork = published(shop, 1)
    before = comment(shop)
    settings = Settings(comment=CommentMode.NEVER, check_run=False)

    publish_run(replace(fork.world, settings=settings))

    assert comment(shop) == before
    assert [check.head_sha for check in shop.github.checks if check.head_sha == fork.head] == []


def second_attempt(shop: Shop, **more: object) -> Fork:
    """A fork whose only report was left before its second attempt started."""
    fork = Fork(shop, 1)
    fork.run = replace(fork.run, run_attempt=2, **({"started": STARTED, "conclusion": "failure"} | more))
    fork.upload(created=STARTED - timedelta(minutes=5))
    return fork


@pytest.mark.parametrize("started", [STARTED, None])
def test_publish__of_an_earlier_attempt(shop: Shop, started: object):
    """What an earlier attempt left is not posted as what the latest one measured (T-A4)."""
    fork = second_attempt(shop, started=started)

    outcome = publish_run(fork.world)

    assert isinstance(outcome, Skip)
    assert "an earlier attempt's is not taken for it" in outcome.reason
    assert shop.github.comments == {}
    assert [check.conclusion for check in shop.github.checks] == ["neutral"]


def test_publish__of_a_later_attempt_that_measured_nothing_anew(shop: Shop):
    """Where only other jobs ran again and the run succeeded, the result of the first attempt stands as its own."""
    fork = Fork(shop, 1)
    fork.upload(created=STARTED - timedelta(minutes=5))
    publish_run(fork.world)
    before = comment(shop)
    fork.run = replace(fork.run, run_attempt=2, started=STARTED, conclusion="success")
    shop.github.runs[77] = fork.run

    publish_run(fork.world)

    assert comment(shop) == before
    assert Marker.parse(before).run_attempt == 1


def test_publish__of_an_attempt_that_was_overtaken(shop: Shop):
    """The end of the first attempt is not taken for the second one's, which is under way."""
    fork = Fork(shop, 5)
    event = workflow_run(fork.run)
    fork.run = replace(fork.run, run_attempt=2, started=STARTED)
    fork.upload(created=STARTED + timedelta(minutes=1))

    outcome = publish_run(replace(fork.world, context=event))

    assert outcome == Skip("attempt 2 of the run has been started since, and speaks for itself")
    assert shop.github.comments == {}


def test_publish__of_a_run_that_failed_though_budgets_are_kept(shop: Shop):
    """A run that failed never gets a green check or comment: the first line says that it failed."""
    fork = Fork(shop, 1)
    fork.run = replace(fork.run, conclusion="failure")
    fork.upload()

    publish_run(fork.world)

    assert shop.github.checks[0].conclusion == "neutral"
    assert "the workflow run that measured it failed" in shop.github.checks[0].title
    assert comment(shop).splitlines()[1].startswith("### ⚠️ ")
    assert "the workflow run that measured it failed" in comment(shop).splitlines()[1]
    assert "the measuring run did not succeed" in comment(shop)


@pytest.mark.parametrize("conclusion", ["cancelled", "timed_out", "action_required", "neutral", "evil\n# heading"])
def test_publish__of_a_run_that_ended_otherwise(shop: Shop, conclusion: str):
    """Whatever GitHub says but success is no success, and is said in our own words."""
    fork = Fork(shop, 1)
    fork.run = replace(fork.run, conclusion=conclusion)
    fork.upload()

    publish_run(fork.world)

    assert shop.github.checks[0].conclusion == "neutral"
    assert "# heading" not in comment(shop)


def test_publish__of_a_run_that_failed_for_its_budget(shop: Shop):
    """Where both halves agree that a budget is exceeded, there is nothing to add."""
    fork = Fork(shop, 5)
    fork.run = replace(fork.run, conclusion="failure")
    fork.upload()

    publish_run(fork.world)

    assert shop.github.checks[0].conclusion == "failure"
    assert "the workflow run that measured it" not in comment(shop)


def test_publish__of_budgets_that_were_inputs(shop: Shop):
    """A budget that only the measuring step was given is named as one that is not judged here."""
    fork = Fork(shop, 1, settings=Settings(max_size="1 MB", max_layers="1"))
    fork.run = replace(fork.run, conclusion="failure")
    fork.upload()

    publish_run(fork.world)

    assert shop.github.checks[0].conclusion == "neutral"
    assert "budgets as inputs (max-size, max-layers)" in comment(shop).replace("`", "")


def test_publish__with_the_same_inputs(shop: Shop):
    """Inputs that are repeated are judged here as they are there, and nothing is unknown."""
    inputs = Settings(max_size="1 MB")
    fork = Fork(shop, 1, settings=inputs)
    fork.run = replace(fork.run, conclusion="failure")
    fork.upload()

    publish_run(replace(fork.world, settings=inputs))

    assert shop.github.checks[0].conclusion == "failure"
    assert "budgets as inputs" not in comment(shop)


def test_publish__of_budgets_in_the_file_alone(shop: Shop):
    """Where no input had a budget, there is nothing to say of inputs."""
    fork = Fork(shop, 5, budget=BUDGET)
    fork.upload()

    publish_run(fork.world)

    assert "budgets as inputs" not in comment(shop)
