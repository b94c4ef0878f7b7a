"""The check run, its fallbacks, and what GitHub's limits make of it."""

import pytest

from bot.model.effects import Annotation, Level, PublishCheck
from tests.edges.github.conftest import client
from tests.world.github import Fault, GitHubFake
from tests.world.github.people import HEAD_SHA
from tests.world.openapi import PrismProxy

POST_CHECK = "^POST .*/check-runs"


def check(annotations: int = 0, **more: str) -> PublishCheck:
    """A failed check with that many annotations."""
    lines = tuple(
        Annotation(Level.WARNING, f"line {number} adds 1 MB", "1 MB", "api/Dockerfile", number, number)
        for number in range(1, annotations + 1)
    )
    fields = {"name": "image size", "conclusion": "failure", "title": "api: +12 MB", "summary": "**+12 MB**"}
    return PublishCheck(head_sha=HEAD_SHA, annotations=lines, **(fields | more))


def test_create_check_run__with_annotation(github: GitHubFake):
    """A completed check run appears at the head commit, annotated on the Dockerfile's line."""
    posted = client(github).publish_check(check(1))

    (run,) = github.state.check_runs.values()
    assert (run.head_sha, run.status, run.conclusion) == (HEAD_SHA, "completed", "failure")
    assert (run.name, run.title, run.summary) == ("image size", "api: +12 MB", "**+12 MB**")
    assert run.annotations == [
        {
            "path": "api/Dockerfile",
            "start_line": 1,
            "end_line": 1,
            "annotation_level": "warning",
            "message": "line 1 adds 1 MB",
            "title": "1 MB",
        }
    ]
    assert (posted.what, posted.object_id, posted.problem) == ("check run", run.id, "")


@pytest.mark.parametrize(("count", "requests"), [(0, 1), (50, 1), (51, 2), (120, 3)])
def test_create_check_run__many_annotations(github: GitHubFake, count: int, requests: int):
    """Annotations go in batches of fifty, and all arrive."""
    client(github).publish_check(check(count))

    (run,) = github.state.check_runs.values()
    assert [a["start_line"] for a in run.annotations] == list(range(1, count + 1))
    assert github.count("POST ") + github.count("PATCH ") == requests


def test_create_check_run__annotation_of_no_file(github: GitHubFake):
    """An annotation without a file is shown where the runner shows such things."""
    effect = PublishCheck("size", HEAD_SHA, "neutral", "t", "s", (Annotation(Level.FAILURE, "no engine"),))

    client(github).publish_check(effect)

    (run,) = github.state.check_runs.values()
    assert run.annotations == [
        {
            "path": ".github",
            "start_line": 1,
            "end_line": 1,
            "annotation_level": "failure",
            "message": "no engine",
        }
    ]


def test_create_check_run__texts_too_long(github: GitHubFake):
    """Title and summary are cut to what GitHub takes."""
    client(github).publish_check(check(title="t" * 300, summary="s" * 70_000))

    (run,) = github.state.check_runs.values()
    assert len(run.title) == 255
    assert len(run.summary) == 65_535


@pytest.mark.parametrize("token", ["pat-token", "no-checks-token"])
def test_create_check_run__refused(github: GitHubFake, token: str):
    """Where check runs are refused (a personal token, a missing permission) a commit status says it (F2)."""
    posted = client(github, token).publish_check(check(3))

    (status,) = github.state.statuses
    assert github.state.check_runs == {}
    assert (status.sha, status.state, status.context) == (HEAD_SHA, "failure", "image size")
    assert status.description == "api: +12 MB"
    assert posted.what == "commit status"
    assert posted.problem.startswith("the check run could not be created, a commit status says it")


@pytest.mark.parametrize(
    ("conclusion", "state"), [("success", "success"), ("neutral", "success"), ("failure", "failure")]
)
def test_create_check_run__status_instead(github: GitHubFake, conclusion: str, state: str):
    """A commit status knows no neutral: what is not a failure is a success (F2)."""
    client(github, "pat-token").publish_check(check(conclusion=conclusion, title="x" * 200))

    (status,) = github.state.statuses
    assert status.state == state
    assert len(status.description) == 140


def test_create_check_run__everything_refused(github: GitHubFake):
    """A token that can only read leaves neither; the problem names the way out (F1, F2)."""
    posted = client(github, "read-token").publish_check(check(3))

    assert (github.state.check_runs, github.state.statuses) == ({}, [])
    assert "publish from a second workflow" in posted.problem
    assert "nor a commit status" in posted.problem


def test_create_check_run__answer_lost_after_commit(github_fast: GitHubFake):
    """A check run whose answer was lost is found again and completed, not created twice (F8)."""
    github_fast.fail(Fault(POST_CHECK, "drop after commit"))

    posted = client(github_fast).publish_check(check(70))

    (run,) = github_fast.state.check_runs.values()
    assert len(run.annotations) == 70
    assert (posted.object_id, posted.problem) == (run.id, "")


def test_create_check_run__post_failed(github: GitHubFake):
    """A POST that failed is repeated after looking (F8)."""
    github.fail(Fault(POST_CHECK, status=502))

    posted = client(github).publish_check(check())

    assert len(github.state.check_runs) == 1
    assert posted.problem == ""


def test_create_check_run__server_down(github: GitHubFake):
    """A GitHub that stays down costs the check run, not the job (F8)."""
    github.fail(Fault(POST_CHECK, times=-1))

    posted = client(github).publish_check(check())

    assert "GitHub does not answer properly" in posted.problem


def test_prism__objects_to_what_github_would_refuse(github: GitHubFake, prism: PrismProxy):
    """The proxy before the fake refuses a conclusion that GitHub's OpenAPI does not have."""
    posted = client(github).publish_check(check(conclusion="splendid"))

    assert "GitHub finds the request invalid" in posted.problem
    assert github.state.check_runs == {}
    (violation,) = prism.violations()
    assert "post /repos/octo/shop/check-runs" in violation


def test_prism__objects_to_what_github_would_not_say(
    github: GitHubFake, prism: PrismProxy, monkeypatch: pytest.MonkeyPatch
):
    """The proxy before the fake refuses an answer that lacks what GitHub's OpenAPI requires, so the fake cannot drift."""
    monkeypatch.setattr("tests.world.github.shapes.Shapes.check_run", lambda *_: {"id": 1})

    posted = client(github).publish_check(check())

    assert "GitHub does not answer properly (500" in posted.problem
    assert prism.violations() != []
