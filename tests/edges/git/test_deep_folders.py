"""Folders in folders, as deep as git can write them: removed whole, by a Python that would recurse into them."""

from __future__ import annotations

import pathlib
import subprocess

import pytest

from bot.edges.git import GitRepository
from bot.edges.remove import remove_tree
from tests.edges.git.repos import git, make_repository

DEPTH = 1_500


def deep_commit(folder: pathlib.Path, depth: int) -> str:
    """Commit one file below that many folders, as only git's own plumbing can."""
    make_repository(folder)
    blob = subprocess.run(
        ["git", "hash-object", "-w", "--stdin"], cwd=folder, input=b"deep", check=True, capture_output=True
    )
    kind, name, entry = "100644 blob", "file", blob.stdout.decode().strip()
    for _ in range(depth):
        made = subprocess.run(
            ["git", "mktree"], cwd=folder, input=f"{kind} {entry}\t{name}\n".encode(), check=True, capture_output=True
        )
        kind, name, entry = "040000 tree", "d", made.stdout.decode().strip()
    made = git(folder, "commit-tree", "-m", "deep", entry)
    git(folder, "update-ref", "refs/heads/main", made)
    return made


def test_checkout__of_nested_folders(tmp_path: pathlib.Path):
    """A tree of 1,500 folders in each other is checked out, and nothing of it is left behind (T-K6)."""
    head = deep_commit(tmp_path / "deep", DEPTH)

    with GitRepository(tmp_path / "deep", {"HOME": "/nonexistent"}) as repository, repository.checkout(head) as root:
        there = pathlib.Path(root, *("d" * (DEPTH - 1)), "file").read_text()

    assert there == "deep"
    assert not pathlib.Path(root).parent.exists()


@pytest.mark.parametrize(
    ("name", "depth"), [("d", 1_200), ("a-long-name-of-a-folder-so-that-no-path-can-hold-all-of-them", 100)]
)
def test_remove_tree__follows_nothing_and_leaves_nothing(tmp_path: pathlib.Path, name: str, depth: int):
    """Folders deeper than a path can name, without permissions, with links out of them: gone, and what is outside stays."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_text("kept")
    script = (
        f"set -e; mkdir top; cd top; i=0; while [ $i -lt {depth} ]; do"
        f" mkdir {name}; cd -P {name}; i=$((i+1)); done; touch file; ln -s {outside} link; mkdir shut; touch shut/x;"
        " chmod 0 shut; mkfifo pipe"
    )
    subprocess.run(["sh", "-c", script], cwd=tmp_path, check=True)

    try:
        remove_tree(tmp_path / "top")
    finally:
        left = (tmp_path / "top").exists()
        # pytest itself could not remove it.
        subprocess.run(["rm", "-rf", str(tmp_path / "top")], check=True)

    assert not left
    assert [one.name for one in tmp_path.iterdir()] == ["outside"]
    assert (outside / "kept").read_text() == "kept"


def test_remove_tree__of_what_is_none(tmp_path: pathlib.Path):
    """A folder that is not there, and a link to one, are left alone."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")

    remove_tree(tmp_path / "missing")
    remove_tree(tmp_path / "link")

    assert sorted(one.name for one in tmp_path.iterdir()) == ["link", "real"]
