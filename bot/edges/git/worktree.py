"""The working tree with its uncommitted changes, as a commit that exists in the scratch repository only."""

import contextlib
import shutil
from pathlib import Path

from bot.edges.git.scratch import Scratch

_NOBODY = {
    f"GIT_{role}_{what}": value
    for role in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "Deadweight"), ("EMAIL", "deadweight@localhost"), ("DATE", "@0 +0000"))
}


def commit_worktree(scratch: Scratch, folder: Path, head: str) -> str:
    """Give a commit on ``head`` whose tree is the working tree, or ``head`` where nothing differs.

    The user's index is copied, never changed; ignored files stay out, as they would of a commit.
    """
    index = scratch.folder / "worktree-index"
    with contextlib.suppress(FileNotFoundError):
        shutil.copyfile(scratch.kept("index"), index)
    with contextlib.suppress(FileNotFoundError):
        exclude = Path(scratch.git.git_dir) / "info" / "exclude"
        exclude.parent.mkdir(exist_ok=True)
        shutil.copyfile(scratch.kept("info/exclude"), exclude)
    variables = {"GIT_INDEX_FILE": str(index), "GIT_WORK_TREE": str(folder)}
    git = scratch.git.knowing((("core.bare", "false"),), str(folder))
    git.bytes("add", "--all", variables=variables)
    tree = git.text("write-tree", variables=variables)
    if tree == git.text("rev-parse", "--verify", f"{head}^{{tree}}"):
        return head
    return git.text("commit-tree", "-m", "working tree", "-p", head, tree, variables=_NOBODY)
