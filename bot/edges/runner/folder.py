"""Files that a run leaves behind, written so that a checkout full of symbolic links cannot lead them elsewhere."""

import os
from pathlib import Path, PurePosixPath

from bot.errors import PublishError


class ReportFolder:
    """The folder of the report; ``workspace`` is what returned paths are relative to."""

    def __init__(self, folder: Path, workspace: Path) -> None:
        self._workspace = workspace.resolve()
        self._folder = self._workspace / folder

    def named(self, folder: str) -> "ReportFolder":
        """Return another folder of the same workspace."""
        return ReportFolder(Path(folder), self._workspace)

    def write(self, path: str, content: bytes) -> str:
        """Write a file and return its path; raises ``PublishError`` where it would not land in the folder."""
        if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
            raise PublishError(f"{path} is not written", why="it lies outside of the report folder")
        target = self._folder / path
        try:
            self._write(target, content)
        except OSError as error:
            raise PublishError(f"{path} is not written", why=error.strerror or str(error)) from error
        return os.path.relpath(target, self._workspace)

    def _write(self, target: Path, content: bytes) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        # The checkout is the pull request's: a folder in it may be a link to anywhere the job can write.
        if target.parent.resolve() != target.parent:
            raise PublishError(f"{target.name} is not written", why="its folder is a symbolic link")
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o644)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
