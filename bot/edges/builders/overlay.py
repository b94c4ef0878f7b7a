"""Files of a proposal, laid over a checkout of ours for as long as a build takes."""

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath

from bot.errors import UsageError

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW


@contextmanager
def laid_over(root: str, files: Mapping[str, bytes]) -> Iterator[None]:
    """Write files, by their paths below ``root``, and put everything back as it was.

    The checkout is of a commit that anybody may have written: a link in it is replaced where it is a file's own, and
    never followed. Raises ``UsageError`` for a path that leads out, or through a link.
    """
    with ExitStack() as restoring:
        for path, content in files.items():
            file = _place(Path(root), path)
            restoring.callback(_put_back, file, _kept(file))
            _remove(file)
            _write(file, content, 0o644)
        yield


def _place(root: Path, path: str) -> Path:
    parts = PurePosixPath(path).parts
    folders = [root.joinpath(*parts[:depth]) for depth in range(1, len(parts))]
    if not parts or path.startswith("/") or ".." in parts or any(folder.is_symlink() for folder in folders):
        raise UsageError(f"{path} cannot be changed for a build.", why="It leads out of its folder.")
    if not all(folder.is_dir() for folder in folders):
        raise UsageError(f"{path} cannot be changed for a build.", why="Its folder is not there.")
    return root.joinpath(*parts)


def _kept(file: Path) -> tuple[str | bytes, int] | None:
    """Remember a file, a link by where it leads; ``None`` where there is none."""
    if file.is_symlink():
        return str(file.readlink()), 0
    return (file.read_bytes(), file.stat().st_mode & 0o777) if file.is_file() else None


def _put_back(file: Path, kept: tuple[str | bytes, int] | None) -> None:
    _remove(file)
    match kept:
        case (str() as target, _):
            file.symlink_to(target)
        case (bytes() as content, mode):
            _write(file, content, mode)


def _remove(file: Path) -> None:
    if file.is_dir() and not file.is_symlink():
        raise UsageError(f"{file.name} cannot be changed for a build.", why="It is a folder.")
    file.unlink(missing_ok=True)


def _write(file: Path, content: bytes, mode: int) -> None:
    with os.fdopen(os.open(file, _NEW, mode=mode), "wb") as out:
        out.write(content)
    # A builder's cache tells modes apart, whatever the umask of whoever called.
    file.chmod(mode)
