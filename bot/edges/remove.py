"""Removes folders that somebody else filled: however deep, and however long their paths are."""

import contextlib
import os
import secrets
import stat
from pathlib import Path


def remove_tree(folder: Path) -> None:
    """Remove a folder with everything in it; what cannot be removed stays, and nothing is raised for it.

    Recursion ends at a thousand folders in each other (``shutil.rmtree`` up to Python 3.12), and so does what a path
    may hold. So every folder that is found is moved up to the top, where its name is short, and emptied there. Links
    are removed, never followed.
    """
    with contextlib.suppress(OSError):
        top = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            _empty(top)
        finally:
            os.close(top)
        folder.rmdir()


def _empty(top: int) -> None:
    """Empty the folder of a descriptor: its folders one after the other, and those in them, which come up here."""
    waiting = _unlink_files(top)
    while waiting:
        name = waiting.pop()
        with contextlib.suppress(OSError):
            waiting += _take_apart(top, name)
            os.rmdir(name, dir_fd=top)


def _take_apart(top: int, name: str) -> list[str]:
    """Empty one folder at the top, and return the new names of the folders that were in it."""
    with contextlib.suppress(OSError):
        os.chmod(name, 0o700, dir_fd=top)
    inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=top)
    try:
        return list(_moved_up(top, inner, _unlink_files(inner)))
    finally:
        os.close(inner)


def _moved_up(top: int, inner: int, names: list[str]) -> list[str]:
    moved = []
    for name in names:
        new = f"deadweight-{secrets.token_hex(8)}"
        with contextlib.suppress(OSError):
            # A folder that may not be written to cannot be moved: its entry .. would change.
            os.chmod(name, 0o700, dir_fd=inner)
            os.rename(name, new, src_dir_fd=inner, dst_dir_fd=top)
            moved.append(new)
    return moved


def _unlink_files(descriptor: int) -> list[str]:
    """Remove everything in a folder but the folders, whose names are returned."""
    folders = []
    for name in os.listdir(descriptor):
        if stat.S_ISDIR(os.stat(name, dir_fd=descriptor, follow_symlinks=False).st_mode):
            folders.append(name)
        else:
            with contextlib.suppress(OSError):
                os.unlink(name, dir_fd=descriptor)
    return folders
