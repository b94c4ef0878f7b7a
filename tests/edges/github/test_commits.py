"""What is asked about commits: parents, common ancestors, and which commit was there when a label was set."""

from datetime import UTC, datetime

import pytest

from bot.errors import PublishError
from bot.model.provider import HeadBranch
from tests.edges.github.conftest import client
from tests.world.github import Fault, GitHubFake
from tests.world.github.people import BASE_SHA, HEAD_SHA

MERGE_SHA, OLDER_SHA = "c" * 40, "e" * 40
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
GROW = HeadBranch("eve/shop", "grow")


@pytest.fixture
def history(github: GitHubFake) -> GitHubFake:
    """Return a main branch of two commits, a head that left it at the first, and their merge."""
    github.state.parents |= {
        OLDER_SHA: [],
        BASE_SHA: [OLDER_SHA],
        HEAD_SHA: [OLDER_SHA],
        MERGE_SHA: [BASE_SHA, HEAD_SHA],
    }
    github.state.tips |= {"main": BASE_SHA, "release/1.0": OLDER_SHA}
    return github


def test_parents__of_a_merge_commit(history: GitHubFake):
    """The parents come in their order: first the base, then the head."""
    assert client(history).parents(MERGE_SHA) == (BASE_SHA, HEAD_SHA)


@pytest.mark.parametrize("commit", ["d" * 40, "main", "../../pulls/5", ""])
def test_parents__of_what_is_no_commit(history: GitHubFake, commit: str):
    """What is no commit of the repository has no parents; what is no object ID is not even asked for."""
    assert client(history).parents(commit) == ()
    assert history.count("GET ") == (len(commit) == 40)


@pytest.mark.parametrize("status", [409, 422])
def test_parents__refused(github_fast: GitHubFake, status: int):
    """GitHub has other words for a commit that it does not know, and none of them is trouble."""
    github_fast.fail(Fault("^GET .*/git/commits/", status=status, times=-1))

    assert client(github_fast).parents(MERGE_SHA) == ()


def test_parents__server_down(github_fast: GitHubFake):
    """Trouble is never taken for an answer (F8)."""
    github_fast.fail(Fault("^GET .*/git/commits/", times=-1))

    with pytest.raises(PublishError, match="the parents of cccccccccccc could not be read"):
        client(github_fast).parents(MERGE_SHA)


@pytest.mark.parametrize(
    ("one", "other", "ancestor"),
    [
        ("main", HEAD_SHA, OLDER_SHA),
        ("main", BASE_SHA, BASE_SHA),
        ("release/1.0", HEAD_SHA, OLDER_SHA),
        ("main", "d" * 40, ""),
    ],
)
def test_merge_base__of_branches_and_commits(history: GitHubFake, one: str, other: str, ancestor: str):
    """The best common ancestor, none for what GitHub does not know."""
    assert client(history).merge_base(one, other) == ancestor


def test_head_before__is_that_of_the_newest_run_until_then(github: GitHubFake):
    """The head for which a run was started last before the moment; what came at it or later does not count."""
    pull = github.open_pull(fork="eve")
    times = ("2026-11-24T10:00:00Z", "2026-11-24T11:00:00Z", "2026-11-24T12:00:00Z", "2026-11-24T13:00:00Z")
    for sha, created_at in zip("1234", times, strict=True):
        github.run_workflow(pull, head_sha=sha * 40, created_at=created_at)

    assert client(github).head_before(GROW, NOON) == "2" * 40


def test_head_before__is_of_this_branch_and_repository_alone(github: GitHubFake):
    """Branches of that name in other forks, other events and other branches tell nothing."""
    pull = github.open_pull(fork="eve")
    github.run_workflow(pull, created_at="2026-11-24T09:00:00Z")
    for other in ({"head_owner": "mona"}, {"event": "push"}, {"head_branch": "other"}):
        github.run_workflow(pull, **({"head_sha": "d" * 40, "created_at": "2026-11-24T11:00:00Z"} | other))

    assert client(github).head_before(GROW, NOON) == HEAD_SHA


def test_head_before__a_run_that_ran_again_is_as_old_as_it_was(github: GitHubFake):
    """A second attempt does not make an old head the newest one."""
    pull = github.open_pull(fork="eve")
    again = {"run_attempt": 2, "run_started_at": "2026-11-24T11:30:00Z"}
    github.run_workflow(pull, head_sha="d" * 40, created_at="2026-11-24T09:00:00Z", **again)
    github.run_workflow(pull, created_at="2026-11-24T11:00:00Z")

    assert client(github).head_before(GROW, NOON) == HEAD_SHA


def test_head_before__anything(github: GitHubFake):
    """Where no run was started before, nothing is known."""
    github.run_workflow(github.open_pull(fork="eve"), created_at="2026-11-24T12:00:00Z")

    assert client(github).head_before(GROW, NOON) == ""


def test_head_before__of_a_fork_that_is_gone(github_fast: GitHubFake):
    """A deleted fork's branch is nobody's: other deleted forks' runs are not taken for its own."""
    assert client(github_fast).head_before(HeadBranch("", "grow"), NOON) == ""
    assert github_fast.requests == []


def test_head_before__may_not_be_asked(github: GitHubFake):
    """A token that may not list runs is trouble, never an answer."""
    github.fail(Fault("^GET .*/actions/runs", status=403, body='{"message": "Resource not accessible"}', times=-1))

    with pytest.raises(PublishError, match=r"the runs of grow, .*actions: read.*could not be listed"):
        client(github).head_before(GROW, NOON)
