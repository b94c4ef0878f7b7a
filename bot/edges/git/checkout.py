"""A commit's tree as plain files for the builder: no ``.git``, no link to the repository."""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from bot.edges.git.command import SafeGit
from bot.edges.git.parts import Pointer, Submodule, pointers, speaks_of_lfs, submodules
from bot.edges.git.scratch import Scratch
from bot.edges.remove import remove_tree

_DEEPEST_SUBMODULE = 8


@contextlib.contextmanager
def checked_out(scratch: Scratch, commit: str) -> Iterator[str]:
    """Write the commit's files below a private temporary folder and remove them afterwards.

    Attributes of the tree are applied as actions/checkout does (``parts`` says which), nobody else's are.

    Modes are 644 and 755 whatever the caller's umask, because a builder's cache tells them apart. The outer folder
    keeps other users of the machine out; the inner one has the mode that a checkout has.
    """
    outer = Path(tempfile.mkdtemp(prefix="deadweight-tree-"))
    try:
        tree = outer / "tree"
        tree.mkdir()
        tree.chmod(0o755)
        _write(scratch, commit, tree, outer / "index")
        yield str(tree)
    finally:
        remove_tree(outer)


def incomplete(scratch: Scratch, commit: str) -> Sequence[str]:
    """Say what a checkout lacks, one sentence for each kind of thing."""
    if scratch.is_partial and speaks_of_lfs(scratch, commit):
        # Looking into files one by one would fetch them one by one.
        with checked_out(scratch, commit):
            pass
    gone = [one.path for one in submodules(scratch, commit) if one.repository is None]
    unfilled = [one.path for one in pointers(scratch, commit) if one.content is None]
    sentences = []
    if gone:
        sentences.append(f"{_some(gone)}: submodules that are not here. Check out with submodules: recursive.")
    if unfilled:
        sentences.append(
            f"{_some(unfilled)}: Git LFS pointers without their content, so sizes with them mean nothing."
            " Check out with lfs: true."
        )
    return tuple(sentences)


def _write(scratch: Scratch, commit: str, tree: Path, index: Path, depth: int = 0) -> None:
    _write_files(scratch.isolated(), commit, tree, index)
    for pointer in pointers(scratch, commit):
        _fill(pointer, tree)
    for submodule in submodules(scratch, commit) if depth < _DEEPEST_SUBMODULE else ():
        _write_submodule(scratch, submodule, tree, index, depth)


def _write_files(git: SafeGit, commit: str, tree: Path, index: Path) -> None:
    variables = {"GIT_INDEX_FILE": str(index), "GIT_WORK_TREE": str(tree)}
    inside = git.knowing((("core.bare", "false"),), str(tree))
    # One step, because it fetches what a partial clone lacks in one go.
    inside.bytes("read-tree", "--reset", "-u", commit, variables=variables)


def _fill(pointer: Pointer, tree: Path) -> None:
    """Put an LFS object in the place of its pointer, keeping the mode that the tree gives it."""
    target = tree / pointer.path
    if pointer.content is not None and target.is_file() and not target.is_symlink():
        mode = target.stat().st_mode
        shutil.copyfile(pointer.content, target)
        target.chmod(mode)


def _write_submodule(scratch: Scratch, submodule: Submodule, tree: Path, index: Path, depth: int) -> None:
    if submodule.repository is None:
        return
    folder = tree / submodule.path
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    inner_tree = str(Path(scratch.work_tree, submodule.path))
    with contextlib.closing(Scratch(submodule.repository, inner_tree)) as inner:
        _write(inner, submodule.commit, folder, index.with_name(f"index-{depth + 1}"), depth + 1)


def _some(paths: list[str]) -> str:
    return ", ".join(paths[:3]) + (f" and {len(paths) - 3} more" if len(paths) > 3 else "")
