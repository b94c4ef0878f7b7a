"""Pull requests of our own: opened once, brought up to date, never over anybody's work, never against anybody's will."""

from dataclasses import replace

import pytest

from bot.model.effects import ProposePull
from tests.edges.github.conftest import client
from tests.world.github import Fault, GitHubFake

TOKEN = "proposal-token"
MAIN = "e" * 40
BRANCH = "deadweight/api"
PROPOSAL = ProposePull(
    branch=BRANCH,
    into="main",
    parent=MAIN,
    title="Make the image api smaller",
    body="**Verified: 837 MB → 3.98 MB.**",
    files={"api/Dockerfile": b"FROM scratch\n"},
    identity="sha256:1",
)


def with_files(github: GitHubFake) -> GitHubFake:
    """A repository whose main branch has a Dockerfile and something else."""
    state = github.state
    files = {"api/Dockerfile": b"FROM golang\n", "README.md": b"shop\n"}
    state.trees["t" * 40], state.commit_trees[MAIN], state.parents[MAIN] = files, "t" * 40, []
    state.tips["main"] = MAIN
    return github


@pytest.fixture
def shop(github: GitHubFake) -> GitHubFake:
    """Give such a repository."""
    return with_files(github)


def files_of(shop: GitHubFake) -> dict[str, bytes]:
    """What lies on our branch."""
    return {path: content for (branch, path), content in shop.state.files.items() if branch == BRANCH}


def test_propose_pull__opens_one_from_a_branch_of_its_own(shop: GitHubFake):
    """The branch has one commit on main, with the changed file and every other as it was; the body is the report."""
    posted = client(shop, TOKEN).propose_pull(PROPOSAL)

    (pull,) = shop.state.pulls.values()
    assert (posted.problem, posted.object_id) == ("", pull.number)
    assert (pull.head_ref, pull.base_ref, pull.title) == (BRANCH, "main", PROPOSAL.title)
    assert pull.body.endswith(PROPOSAL.body)
    assert files_of(shop) == {"api/Dockerfile": b"FROM scratch\n", "README.md": b"shop\n"}
    assert shop.state.parents[shop.state.tips[BRANCH]] == [MAIN]


def test_propose_pull__changes_nothing_the_second_time(shop: GitHubFake):
    """The same proposal again writes nothing and opens nothing."""
    client(shop, TOKEN).propose_pull(PROPOSAL)
    tip = shop.state.tips[BRANCH]

    posted = client(shop, TOKEN).propose_pull(PROPOSAL)

    assert posted.problem == ""
    assert (len(shop.state.pulls), shop.state.tips[BRANCH]) == (1, tip)
    assert shop.count("PATCH ") == 0


def test_propose_pull__brings_the_open_one_up_to_date(shop: GitHubFake):
    """A better proposal replaces our commit, the title and the text of the one pull request."""
    client(shop, TOKEN).propose_pull(PROPOSAL)
    better = replace(PROPOSAL, title="Smaller still", body="new", files={"api/Dockerfile": b"FROM a\n"}, identity="2")

    client(shop, TOKEN).propose_pull(better)

    (pull,) = shop.state.pulls.values()
    assert (pull.title, pull.body.endswith("new")) == ("Smaller still", True)
    assert files_of(shop)["api/Dockerfile"] == b"FROM a\n"
    assert shop.state.parents[shop.state.tips[BRANCH]] == [MAIN]


def test_propose_pull__leaves_a_branch_alone_that_others_work_on(shop: GitHubFake):
    """A commit of somebody else's on our branch is never lost."""
    client(shop, TOKEN).propose_pull(PROPOSAL)
    theirs = "f" * 40
    shop.state.parents[theirs], shop.state.commit_trees[theirs] = [shop.state.tips[BRANCH]], "t" * 40
    shop.state.messages[theirs], shop.state.tips[BRANCH] = "Fix the path", theirs

    posted = client(shop, TOKEN).propose_pull(replace(PROPOSAL, files={"api/Dockerfile": b"FROM a\n"}))

    assert "has commits that are not ours" in posted.problem
    assert shop.state.tips[BRANCH] == theirs


def test_propose_pull__does_not_insist(shop: GitHubFake):
    """What somebody closed is not opened again, whether its branch is still there or not; another proposal is."""
    client(shop, TOKEN).propose_pull(PROPOSAL)
    shop.state.pulls[1].state = "closed"

    again = client(shop, TOKEN).propose_pull(PROPOSAL)
    other = client(shop, TOKEN).propose_pull(replace(PROPOSAL, identity="sha256:2"))

    assert "somebody has closed this very proposal" in again.problem
    assert (other.problem, other.object_id, len(shop.state.pulls)) == ("", 2, 2)


def test_propose_pull__without_the_right_to(shop: GitHubFake):
    """A token that may not is told what to grant, and nothing is raised."""
    posted = client(shop, "read-token").propose_pull(PROPOSAL)

    assert "contents: write" in posted.problem
    assert "allow GitHub Actions to create pull requests" in posted.problem
    assert shop.state.pulls == {}


@pytest.mark.parametrize("kind", ["drop", "drop after commit", "answer"])
def test_propose_pull__whose_answer_is_lost(github_fast: GitHubFake, kind: str):
    """A pull request that was opened, and whose answer never came, is not opened twice."""
    shop = with_files(github_fast)
    shop.fail(Fault("^POST .*/pulls$", kind=kind))

    posted = client(shop, TOKEN).propose_pull(PROPOSAL)

    assert (posted.problem, len(shop.state.pulls)) == ("", 1)
