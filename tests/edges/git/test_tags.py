"""Tags of a repository, and the commits that they end at."""

import pathlib

from bot.edges.git import GitRepository
from bot.model.history import Tag
from tests.edges.git.repos import ENVIRONMENT, commit, git, make_repository


def tags_of(folder: pathlib.Path) -> set[Tag]:
    """List the tags as the port does."""
    with GitRepository(folder, ENVIRONMENT) as repository:
        return set(repository.tags())


def test_tags__end_at_commits_however_they_were_made(tmp_path: pathlib.Path):
    """A plain tag names its commit, an annotated one the commit behind its own object."""
    folder = make_repository(tmp_path / "shop")
    first = commit(folder, {"a": "1"})
    git(folder, "tag", "v1.0.0")
    second = commit(folder, {"a": "2"})
    git(folder, "tag", "--annotate", "--message=release", "api/v2.0.0")

    assert tags_of(folder) == {Tag("v1.0.0", first), Tag("api/v2.0.0", second)}


def test_tags__of_other_things_are_none(tmp_path: pathlib.Path):
    """A tag of a tree or a file marks no commit."""
    folder = make_repository(tmp_path / "shop")
    commit(folder, {"a": "1"})
    git(folder, "tag", "a-tree", "HEAD^{tree}")
    git(folder, "tag", "--annotate", "--message=x", "a-file", "HEAD:a")

    assert tags_of(folder) == set()


def test_tags__of_a_repository_without_any(tmp_path: pathlib.Path):
    """No tags is no trouble, also before the first commit."""
    assert tags_of(make_repository(tmp_path / "shop")) == set()
