"""Budgets that look back: what a check does with the record, and how a record comes to be."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.errors import RecordError, UsageError
from bot.flows.check import check
from bot.flows.record import record, record_in_file, recorded
from bot.model.budget import Verdict
from bot.model.config import Settings
from bot.model.history import Tag
from bot.model.provider import RunContext
from bot.model.report import Report
from bot.policy.size_record import MISSING, read_history, write_history
from bot.stages.event import read_event
from tests.flows.world import MB, TODAY, Shop, dockerfile, push
from tests.policy.test_record import commit, point

RATCHET = "[budget]\nratchet = true\n"
CREEP = '[budget]\ncreep = "2 MB"\n'
KEPT = ("deadweight-history", "sizes.jsonl")


def checked(shop: Shop, toml: str, *megabytes: int) -> Report:
    """Propose an image of these layers to a main branch whose image weighs 4 MB, and check it."""
    base = {"Dockerfile": dockerfile(4), "deadweight.toml": toml}
    shop.start(base)
    report = check(shop.propose(base | {"Dockerfile": dockerfile(*megabytes)}), Settings(), shop.world)
    assert isinstance(report, Report)
    return report


def on_record(shop: Shop, *sizes: int, **more: object) -> None:
    """Put sizes of the image on record, one a month."""
    points = [
        point(at, size, day=TODAY - timedelta(days=30 * (len(sizes) - at)), image="shop", **more)
        for at, size in enumerate(sizes)
    ]
    shop.git.record(write_history(points))


def test_ratchet__holds_the_smallest_size_on_record(shop: Shop):
    """A change that grows an image back to what it weighed before it was made smaller fails."""
    on_record(shop, 9 * MB, 3 * MB, 4 * MB)

    report = checked(shop, RATCHET, 4, 1)

    assert report.exit_code == 1
    assert "2 MB more than ratchet allows (3 MB)" in report.images[0].budgets[0].reason.replace("\u00a0", " ")


def test_ratchet__never_blames_who_adds_nothing(shop: Shop):
    """An image that is above the record already may stay as it is, with a warning."""
    on_record(shop, 3 * MB)

    report = checked(shop, RATCHET, 2, 2)

    assert (report.verdict, report.exit_code) == (Verdict.WARN, 0)


def test_creep__sees_a_hundred_small_steps(shop: Shop):
    """Growth since the last release counts, though no single change was too large."""
    shop.git.record(
        write_history(
            [
                point(1, 2 * MB, day=TODAY - timedelta(days=60), image="shop", release="v1.0.0"),
                point(2, 3 * MB, day=TODAY - timedelta(days=30), image="shop"),
            ]
        )
    )

    report = checked(shop, CREEP, 4, 1)

    assert report.exit_code == 1
    assert "the image gained 3 MB" in report.images[0].budgets[0].reason.replace("\u00a0", " ")


def test_creep__since_some_days(shop: Shop):
    """The size of that day is what growth is counted from."""
    on_record(shop, 1 * MB, 3 * MB, 4 * MB)

    report = checked(shop, '[budget]\ncreep = {limit = "2 MB", since = "60 days"}\n', 4, 1)

    (judgement,) = report.images[0].budgets
    assert (judgement.actual, judgement.verdict) == (2 * MB, Verdict.PASS)


def test_history__of_another_platform_or_image_does_not_count(shop: Shop):
    """Each image and platform has a record of its own."""
    shop.git.record(
        write_history(
            [
                point(1, 1, image="shop", platform="linux/arm64"),
                point(1, 1, image="web"),
                point(2, 5 * MB, image="shop"),
            ]
        )
    )

    assert checked(shop, '[budget]\nratchet = {slack = "1 MB"}\n', 4, 1).exit_code == 0


def test_history__that_is_missing_is_told(shop: Shop):
    """Without a record a ratchet looks at the base alone, and the report says so; that is no failure."""
    report = checked(shop, RATCHET, 4)

    assert report.exit_code == 0
    assert MISSING in report.notes


def test_history__with_broken_lines_is_told(shop: Shop):
    """Lines that cannot be read are left out, and the report says how many."""
    shop.git.record(b"{}\n" + write_history([point(1, 3 * MB, image="shop")]))

    report = checked(shop, RATCHET, 4, 1)

    assert report.exit_code == 1
    assert "A line of the recorded history is not readable and left out." in report.notes


def test_history__is_not_fetched_where_no_budget_looks_back(shop: Shop):
    """A configuration without ratchet and creep costs no fetch and no note."""
    report = checked(shop, '[budget]\nmax-growth = "9 MB"\n', 4, 1)

    assert "deadweight-history" not in shop.git.asked
    assert report.notes == ()


# --- recording ---


def pushed(shop: Shop, *megabytes: int) -> tuple[Report, RunContext]:
    """Push to main and check it there."""
    before = shop.git.branches.get("main") or shop.start({"Dockerfile": dockerfile(9)})
    after = shop.git.commit({"Dockerfile": dockerfile(*megabytes)}, before, branch="main")
    context = push(before, after)
    report = check(context, Settings(), shop.world, posts=False)
    assert isinstance(report, Report)
    return report, context


def test_record__of_pushes_is_what_later_checks_look_back_at(shop: Shop):
    """From push to push the record grows by a line, from what there was on; a ratchet holds what is on it."""
    for megabytes in ((3,), (2,), (4,)):
        report, context = pushed(shop, *megabytes)
        where = record([report], read_event(context), shop.github, TODAY)

    content = shop.github.files[KEPT]
    shop.git.record(content)
    assert where == "sizes.jsonl on the branch deadweight-history"
    assert [one.unpacked_bytes for one in read_history(content).points] == [9 * MB, 3 * MB, 2 * MB, 4 * MB]
    reason = checked(shop, RATCHET, 4, 1).images[0].budgets[0].reason.replace("\u00a0", " ")
    assert reason == "The image weighs 5 MB, 3 MB more than ratchet allows (2 MB)."


def test_record__marks_the_releases_that_there_are(shop: Shop):
    """The tag of a release is on the line of its commit, whenever it was set."""
    first, context = pushed(shop, 3)
    record([first], read_event(context), shop.github, TODAY)
    shop.github.tag_list = [Tag("v1.0.0", context.event.sha), Tag("latest", context.event.sha)]
    second, later = pushed(shop, 4)

    record([second], read_event(later), shop.github, TODAY)

    points = read_history(shop.github.files[KEPT]).points
    assert [(one.commit, one.release) for one in points[1:]] == [(context.event.sha, "v1.0.0"), (later.event.sha, "")]


def test_record__without_knowing_the_tags(shop: Shop):
    """Sizes are on record also where GitHub does not list the tags; the next push marks them."""
    shop.github.down.add("tags")
    report, context = pushed(shop, 3)

    record([report], read_event(context), shop.github, TODAY)

    assert [one.unpacked_bytes for one in read_history(shop.github.files[KEPT]).points] == [9 * MB, 3 * MB]


def test_record__that_github_refuses_is_a_failure(shop: Shop):
    """Whoever records must see that nothing is recorded."""
    shop.github.refusal = "sizes.jsonl could not be written: grant the job `contents: write`"
    report, context = pushed(shop, 3)

    with pytest.raises(RecordError, match="grant the job `contents: write`") as caught:
        record([report], read_event(context), shop.github, TODAY)

    assert caught.value.exit_code == 3


def test_record__of_a_pull_request_is_refused(shop: Shop):
    """A size that is not on the default branch is never put on record."""
    files = {"Dockerfile": dockerfile(1)}
    shop.start(files)
    context = shop.propose({"Dockerfile": dockerfile(2)})
    report = check(context, Settings(), shop.world, posts=False)

    with pytest.raises(UsageError, match="Only what is on the default branch is recorded"):
        record([report], read_event(context), shop.github, TODAY)

    assert KEPT not in shop.github.files


def test_record__of_another_branch_is_refused(shop: Shop):
    """A push to a branch is not what is on the default branch."""
    report, context = pushed(shop, 3)
    elsewhere = push("b" * 40, context.event.sha, "refs/heads/grow")

    with pytest.raises(UsageError, match="push on refs/heads/grow"):
        record([report], read_event(elsewhere), shop.github, TODAY)


def test_record__of_another_commit_is_refused(shop: Shop):
    """A report that some other run left behind is not recorded for this one."""
    report, _ = pushed(shop, 3)
    _, later = pushed(shop, 4)

    with pytest.raises(UsageError, match="about another commit"):
        record([report], read_event(later), shop.github, TODAY)


def test_record__in_a_file_is_the_same(shop: Shop):
    """Outside GitHub the record is kept in a file, with the releases that git knows."""
    report, context = pushed(shop, 3)
    shop.git.tag_list = [Tag("v1.0.0", context.event.sha)]

    content = record_in_file(None, [report], shop.git, TODAY)

    assert record_in_file(content, [report], shop.git, TODAY) == content
    assert [(one.commit, one.release) for one in read_history(content).points[1:]] == [(context.event.sha, "v1.0.0")]


def test_record__in_a_file_of_no_commit_is_refused(shop: Shop):
    """What two images weigh that somebody compared belongs to no commit."""
    report, _ = pushed(shop, 3)
    elsewhere = replace(report, comparison=replace(report.comparison, head_sha=""))

    with pytest.raises(UsageError, match="about no commit"):
        record_in_file(None, [elsewhere], shop.git, TODAY)


def test_recorded__is_read_from_the_branch(shop: Shop):
    """What is shown is what is on the branch."""
    shop.git.record(write_history([point(1)]))

    assert [one.commit for one in recorded(shop.git).points] == [commit(1)]


def test_recorded__where_there_is_no_branch(shop: Shop):
    """A repository without a record says how to start one."""
    with pytest.raises(UsageError, match="There is no recorded history") as caught:
        recorded(shop.git)

    assert "image-size-history.yml" in caught.value.fix


def test_recorded__where_the_branch_is_empty(shop: Shop):
    """A branch of that name that has no record says so."""
    shop.git.commit({"README.md": "x"}, branch="deadweight-history")

    with pytest.raises(UsageError, match=r"has no sizes\.jsonl"):
        recorded(shop.git)
