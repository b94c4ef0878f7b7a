"""A configuration file on disk."""

from pathlib import Path

from bot.config.toml_document import LARGEST_FILE_BYTES
from bot.errors import UsageError


def read_config_file(folder: Path, path: str) -> bytes | None:
    """Read a file below a folder, ``None`` where there is none. Raises ``UsageError`` for a link or a folder."""
    file = folder / path
    if not file.exists() and not file.is_symlink():
        return None
    if file.is_symlink() or not file.is_file():
        raise UsageError(f"{path} is no regular file.")
    with file.open("rb") as stream:
        return stream.read(LARGEST_FILE_BYTES + 1)
