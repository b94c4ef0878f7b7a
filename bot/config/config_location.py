"""Which configuration file of a commit holds: one is read, whatever else lies there is only named."""

from collections.abc import Callable
from typing import Final

import tomli

from bot.config.toml import PYPROJECT
from bot.errors import GitError, PublishError, UsageError
from bot.model.config import ConfigFile

CONFIG_PATHS: Final = ("deadweight.toml", ".github/deadweight.toml", PYPROJECT)
"""Where it may lie; the first that is there holds."""

_OUR_TABLE: Final = b"tool.deadweight"


def find_config(read: Callable[[str], bytes | None], chosen: str = "", commit: str = "") -> ConfigFile | None:
    """Give the configuration of a commit; ``chosen`` names it, else the first of the usual places holds it.

    ``read`` gives a file's content, ``None`` where there is none, and raises where there is something that is no
    regular file: a link or a folder in the place of the configuration is a problem, never "no configuration".
    """
    paths = (chosen,) if chosen else CONFIG_PATHS
    found = [file for file in (_read(read, path, commit) for path in paths) if file is not None]
    if not found:
        return None
    first, *others = found
    return ConfigFile(first.path, first.content, commit, first.problem, tuple(file.path for file in others))


def _read(read: Callable[[str], bytes | None], path: str, commit: str) -> ConfigFile | None:
    try:
        content = read(path)
    except (GitError, PublishError, UsageError) as error:
        return (
            None if path == PYPROJECT else ConfigFile(path, commit=commit, problem=f"{error.what} {error.why}".strip())
        )
    if content is None or (path == PYPROJECT and not _is_ours(content)):
        return None
    return ConfigFile(path, content, commit)


def _is_ours(pyproject: bytes) -> bool:
    """Tell whether a pyproject.toml configures us; one that is broken does if it names our table."""
    try:
        tool = tomli.loads(pyproject.decode()).get("tool")
    except (ValueError, RecursionError):
        return _OUR_TABLE in pyproject
    return isinstance(tool, dict) and "deadweight" in tool
