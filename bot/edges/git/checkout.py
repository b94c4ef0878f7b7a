"""A commit's tree as plain files for the builder: no ``.git``, no link to the repository."""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from bot.edges.git.command import decode
from bot.edges.git.scratch import Scratch


@contextlib.contextmanager
def checked_out(scratch: Scratch, commit: str) -> Iterator[str]:
    """Write the commit's files below a private temporary folder and remove them afterwards.

    Modes are 644 and 755 whatever the caller's umask, because a builder's cache tells them apart. The outer folder
    keeps other users of the machine out; the inner one has the mode that a checkout has.
    """
    outer = Path(tempfile.mkdtemp(prefix="deadweight-tree-"))
    try:
        tree = outer / "tree"
        tree.mkdir()
        tree.chmod(0o755)
        variables = {"GIT_INDEX_FILE": str(outer / "index"), "GIT_WORK_TREE": str(tree)}
        git = scratch.git.knowing((("core.bare", "false"),), str(tree))
        git.bytes("read-tree", commit, variables=variables)
        git.bytes("checkout-index", "--all", "--force", "--quiet", variables=variables)
        yield str(tree)
    finally:
        shutil.rmtree(outer, ignore_errors=True)


def incomplete(scratch: Scratch, commit: str) -> Sequence[str]:
    """Say what a checkout lacks, one sentence for each kind of thing."""
    listing = decode(scratch.git.bytes("ls-tree", "-r", "-z", "--full-tree", commit)).split("\0")
    submodules = [line.partition("\t")[2] for line in listing if line.startswith("160000 ")]
    return tuple(f"The submodule {path} is not part of the build: its files are not here." for path in submodules)
