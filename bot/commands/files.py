"""Files that the user named: read as what they may be, foreign data, and tried before anything is built for them."""

import os
from collections.abc import Iterable
from pathlib import Path

from bot.commands.call import Call
from bot.config.toml_document import LARGEST_FILE_BYTES
from bot.errors import UsageError


def read_config_file(folder: Path, path: str) -> bytes | None:
    """Read a file below a folder, ``None`` if it is not there. Raises ``UsageError`` for a link or a folder."""
    file = folder / path
    if not is_there(file):
        return None
    if file.is_symlink() or not file.is_file():
        raise UsageError(f"{path} is no regular file.")
    return read_bounded(file, LARGEST_FILE_BYTES)


def is_there(path: Path) -> bool:
    """Tell whether there is a file, a folder or a link; a name that no file can have is just not there."""
    return os.path.lexists(path)


def read_bounded(path: Path, limit_bytes: int) -> bytes:
    """Read a file up to one byte past a limit, so that whoever reads it finds it too large. Raises ``UsageError``."""
    try:
        with path.open("rb") as file:
            return file.read(limit_bytes + 1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read.", why=_reason(error)) from error


def write_file(call: Call, path: str | Path, text: str, *, folders: bool = False) -> None:
    """Write a file that the user named, without secrets; make its ``folders`` if asked to. Raises ``UsageError``."""
    try:
        if folders:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(call.redactor.text(text), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written.", why=_reason(error), fix="Name another.") from error


def require_folder(path: str) -> None:
    """Refuse a repository that is not there. Raises ``UsageError``."""
    if not (is_there(Path(path)) and Path(path).is_dir()):
        raise UsageError(f"There is no folder {path}.", fix="Name the repository: --repo DIR.")


def refuse_unwritable(files: Iterable[str], folders: Iterable[str] = ()) -> None:
    """Try what is to be written after minutes of building. Raises ``UsageError``.

    ``files`` need the folder that they lie in, ``folders`` are made if they are missing. Nothing is opened: that would
    leave an empty file behind, or wait for the other end of a pipe.
    """
    for path, obstacle in (*((path, _to_file) for path in files), *((path, _to_folder) for path in folders)):
        try:
            why = obstacle(Path(path))
        except OSError as error:
            why = _reason(error)
        if why:
            raise UsageError(f"{path} cannot be written.", why=why, fix="Name another.")


def _to_file(path: Path) -> str:
    if path.is_dir():
        return "It is a folder."
    if not path.parent.is_dir():
        return f"There is no folder {path.parent}."
    return "" if os.access(path if path.exists() else path.parent, os.W_OK) else "Nothing may be written there."


def _to_folder(path: Path) -> str:
    there = next(one for one in (path, *path.parents) if one.exists() or one.is_symlink())
    if not there.is_dir():
        return f"This is no folder: {there}."
    return "" if os.access(there, os.W_OK | os.X_OK) else f"Nothing may be written into {there}."


def _reason(error: OSError) -> str:
    """Return what the system says, without Python's number before it."""
    return f"{error.strerror or type(error).__name__}."
