"""Report → effects: what is done, in which order, and when nobody is to be disturbed."""

import json
from dataclasses import replace

import pytest

from bot.model.budget import BudgetKind, Verdict
from bot.model.config import CommentMode, CommentOptions, Settings
from bot.model.effects import (
    Annotate,
    Level,
    PublishCheck,
    SetOutputs,
    UpsertComment,
    WriteFile,
    WriteSummary,
)
from bot.model.explain import CauseKind
from bot.model.report import PublishOptions, RunInfo
from bot.render.report_json import decode
from bot.stages.report import effects
from tests.render.reports import (
    STORIES,
    accepted,
    base_fails,
    cause,
    growth,
    head_fails,
    held,
    image,
    no_change,
    removed,
    report,
    shrink,
    side,
    thirty_images,
)


def done(one, kind, options=None):
    """Return the effects of one kind."""
    return [effect for effect in effects(one, options or PublishOptions()) if isinstance(effect, kind)]


def outputs(one, **settings):
    """Return the outputs."""
    return done(one, SetOutputs, PublishOptions(settings=Settings(**settings)))[0].outputs


def creates(one, **comment) -> bool:
    """Tell whether a new comment would be made."""
    author = comment.pop("author", "octocat")
    options = PublishOptions(comment=CommentOptions(**comment), author=author)
    return done(one, UpsertComment, options)[0].create


def grown(kind: CauseKind, count: int, **more):
    """Make a report of an image that grew for one reason."""
    one = cause(kind, 0, count, "FROM debian", file="Dockerfile", lines=(1, 1))
    return report(image("api", side(10_000_000), side(10_000_000 + count), (one,), **more))


def test_effects__come_in_the_order_in_which_they_are_to_be_done():
    """First what cannot fail and is always wanted, last what GitHub may refuse."""
    kinds = [type(effect) for effect in effects(growth(), PublishOptions(settings=Settings(sarif_file="d.sarif")))]

    assert [*[WriteFile] * 4, SetOutputs, WriteSummary, PublishCheck, UpsertComment] == kinds


def test_effects__write_the_report_in_every_form():
    """The report folder has the report for machines, for browsers, as the comment, and for code scanning on request."""
    files = {
        file.path: file.content for file in done(growth(), WriteFile, PublishOptions(Settings(sarif_file="d.sarif")))
    }

    assert list(files) == ["report.json", "report.html", "comment.md", "d.sarif"]
    assert growth() == decode(files["report.json"])
    assert files["comment.md"].startswith(b"<!-- deadweight:v1 key=default head=d4e5f6a")


def test_outputs__of_one_image():
    """Outputs are plain bytes, plain numbers, and paths below the report folder."""
    assert outputs(growth(), report_dir="out") == {
        "result": "fail",
        "changed": "true",
        "base-size": "3930000",
        "head-size": "859000000",
        "diff-size": "855070000",
        "diff-percent": "21757.51",
        "over-budget": '["api"]',
        "report-dir": "out",
        "report-html": "out/report.html",
        "report-json": "out/report.json",
        "markdown-file": "out/comment.md",
    }


@pytest.mark.parametrize(
    ("story", "result"),
    [("a", "fail"), ("b", "unchanged"), ("c", "pass"), ("d", "fail"), ("e", "warn"), ("head-fails", "error"),
     ("new", "fail"), ("removed", "pass"), ("accepted", "warn"), ("not-measured", "error"),
     ("no-baseline", "pass"), ("not-alike", "pass")],
)  # fmt: skip
def test_outputs__name_the_result(story: str, result: str):
    """The result is pass, warn, fail, error or unchanged."""
    assert result == outputs(STORIES[story]())["result"]


def test_outputs__of_many_images_sum_what_was_compared():
    """Sizes are summed over the images that have both; the list of broken budgets is JSON."""
    told = outputs(thirty_images())

    assert int(told["diff-size"]) == int(told["head-size"]) - int(told["base-size"])
    assert json.loads(told["over-budget"]) == ["billing-worker", "auth"]


def test_outputs__leave_empty_what_is_not_known():
    """A number that could not be had is empty, never zero."""
    told = outputs(base_fails())

    assert tuple(told[key] for key in ("base-size", "head-size", "diff-size", "diff-percent")) == (
        "",
        "8030000",
        "",
        "",
    )


def test_outputs__name_hostile_images_in_ascii_json():
    """A name with a line end or a byte that is no UTF-8 stays one line of ASCII (T-L3)."""
    one = replace(growth().images[0], name="a\nresult=pass\udcff")

    told = outputs(report(one))["over-budget"]

    assert told.isascii()
    assert "\n" not in told


@pytest.mark.parametrize(("can_write", "number"), [(False, 7), (True, None)])
def test_effects__post_nothing_where_nothing_can_be_posted(can_write: bool, number: int | None):
    """A token that can only read, or a run without a pull request, gets no comment."""
    one = replace(growth(), run=replace(growth().run, pull_number=number))

    assert done(one, UpsertComment, PublishOptions(can_write=can_write)) == []


def test_effects__tell_a_fork_once_how_to_get_its_comment():
    """With a read-only token the annotations go to the log, with one notice that names the fix; no check run is tried."""
    options = PublishOptions(can_write=False)

    [annotate] = done(growth(), Annotate, options)

    assert done(growth(), PublishCheck, options) == []
    assert (annotate.annotations[0].level, annotate.annotations[0].title) == (Level.NOTICE, "No comment was posted")
    assert "examples/workflows/image-size-publish.yml" in annotate.annotations[0].message
    assert sum(one.title == "No comment was posted" for one in annotate.annotations) == 1


def test_effects__need_no_check_run_outside_actions():
    """Without a repository there is nothing to attach a check to: annotations are printed."""
    one = replace(growth(), run=RunInfo())

    assert done(one, PublishCheck) == []
    assert len(done(one, Annotate)) == 1


def test_effects__can_be_switched_off():
    """Summary, check, annotations and comment each have a switch."""
    settings = Settings(summary=False, annotations=False, check_run=False, comment=CommentMode.NEVER)

    kinds = {type(effect) for effect in effects(growth(), PublishOptions(settings=settings))}

    assert {WriteFile, SetOutputs} == kinds


@pytest.mark.parametrize(
    ("one", "conclusion"),
    [(growth(), "failure"), (no_change(), "success"), (accepted(), "neutral"), (head_fails(), "failure"),
     (replace(growth(), exit_code=0), "neutral")],
)  # fmt: skip
def test_check_run__concludes_as_the_job_does(one, conclusion: str):
    """A check fails where the job fails; a verdict that is not to fail is neutral."""
    [check] = done(one, PublishCheck)

    assert conclusion == check.conclusion


def test_check_run__is_about_the_pull_requests_own_head():
    """Checks belong to the head commit, also where its merge was built; the title is the verdict."""
    one = replace(growth(), comparison=replace(growth().comparison, pull_head_sha="c" * 40))

    [check] = done(one, PublishCheck)

    assert check.head_sha == "c" * 40
    assert check.title == "🔴 `api` grew by 855\u00a0MB (3.93\u00a0MB → 859\u00a0MB), over budget"
    assert len(check.summary) <= 65_535
    assert "deadweight:v1" not in check.summary


def test_comment__goes_by_the_marker_of_this_run():
    """The marker tells whose comment it is, and of which commit, run and attempt."""
    options = PublishOptions(settings=Settings(comment_key="ci/size --x"))

    [upsert] = done(growth(), UpsertComment, options)

    assert (
        upsert.marker.key, upsert.marker.head_sha, upsert.marker.run_id, upsert.marker.run_attempt
    ) == ("ci/size --x", "d4e5f6a" + "0" * 33, 1, 1)  # fmt: skip
    assert upsert.body.startswith(upsert.marker.text)
    assert upsert.pull_number == 7


@pytest.mark.parametrize(
    ("mode", "story", "create"),
    [
        (CommentMode.ALWAYS, "b", True),
        (CommentMode.CHANGES, "b", False),
        (CommentMode.CHANGES, "a", True),
        (CommentMode.CHANGES, "c", True),
        (CommentMode.CHANGES, "e", True),
        (CommentMode.CHANGES, "new", True),
        (CommentMode.CHANGES, "removed", True),
        (CommentMode.CHANGES, "head-fails", True),
        (CommentMode.CHANGES, "not-measured", True),
        (CommentMode.FAILURE, "a", True),
        (CommentMode.FAILURE, "c", False),
        (CommentMode.FAILURE, "head-fails", True),
        (CommentMode.FAILURE, "accepted", False),
    ],
)
def test_comment__is_made_only_where_it_is_worth_it(mode: CommentMode, story: str, create: bool):
    """Each mode has its occasions; on the others an existing comment is brought up to date and no new one made."""
    assert create is creates(STORIES[story](), mode=mode)


@pytest.mark.parametrize(("count", "create"), [(0, False), (900, False), (1000, False), (1001, True)])
def test_comment__is_not_made_below_the_noise_floor(count: int, create: bool):
    """A change within the noise floor is not worth a comment."""
    assert create is creates(grown(CauseKind.INSTRUCTION, count), noise_floor_bytes=1000)


@pytest.mark.parametrize(("count", "create"), [(10_000, False), (10_001, True)])
def test_comment__is_not_made_for_less_than_10_kb(count: int, create: bool):
    """Unless configured otherwise, up to 10 kB of a small image are noise."""
    assert create is creates(report(image("api", side(1_000_000), side(1_000_000 + count))))


@pytest.mark.parametrize(("count", "create"), [(50_000, False), (50_100, True)])
def test_comment__is_not_made_for_a_thousandth(count: int, create: bool):
    """Unless configured otherwise, up to a thousandth of a large image is noise; none is where that is configured."""
    one = report(image("api", side(50_000_000), side(50_000_000 + count)))

    assert create is creates(one)
    assert creates(one, noise_floor_bytes=0)


def test_comment__is_not_made_for_an_image_that_was_over_before():
    """A budget that only warns, of an image that did not move, disturbs nobody."""
    over = held(BudgetKind.MAX_SIZE, "5 MB", 10_000_000, 5_000_000, Verdict.WARN)
    still = report(image("api", side(10_000_000), side(10_000_000), budgets=(over,)))

    assert not creates(still)


@pytest.mark.parametrize(
    ("author", "kind", "create"),
    [
        ("dependabot[bot]", CauseKind.BASE_IMAGE, False),
        ("renovate[bot]", CauseKind.DRIFT, False),
        ("dependabot[bot]", CauseKind.INSTRUCTION, True),
        ("octocat", CauseKind.BASE_IMAGE, True),
    ],
)
def test_comment__to_a_bot_only_where_own_bytes_move(author: str, kind: CauseKind, create: bool):
    """A dependency bot's pull request gets a comment only where your own bytes moved."""
    assert create is creates(grown(kind, 5_000_000), author=author)


def test_comment__to_a_bot_where_a_budget_is_broken():
    """A broken or strained budget is told to a bot as well."""
    strained = held(BudgetKind.BASE_IMAGE_MAX_GROWTH, "1 MB", 5_000_000, 1_000_000, Verdict.WARN)

    assert creates(grown(CauseKind.BASE_IMAGE, 5_000_000, budgets=(strained,)), author="renovate[bot]")


def test_comment__that_is_not_made_still_shrinks_an_old_one():
    """Where nothing moved any more, an existing comment becomes the short one."""
    [upsert] = done(no_change(), UpsertComment)

    assert not upsert.create
    assert "no change" in upsert.body


def test_input__wins_over_the_configuration():
    """The mode given as an input is the one that counts."""
    options = PublishOptions(Settings(comment=CommentMode.ALWAYS), CommentOptions(mode=CommentMode.NEVER))

    assert done(no_change(), UpsertComment, options)[0].create


def test_stories__all_have_effects():
    """Every state of a report can be published."""
    for one in (shrink(), removed(), base_fails()):
        assert effects(one, PublishOptions())
