"""A repository as a job finds it: commits made from texts, the way a pull request's merge commit is made."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

IDENTITY = {
    "GIT_AUTHOR_NAME": "Mona",
    "GIT_AUTHOR_EMAIL": "mona@example.com",
    "GIT_COMMITTER_NAME": "Mona",
    "GIT_COMMITTER_EMAIL": "mona@example.com",
    "GIT_AUTHOR_DATE": "2026-01-02T03:04:05Z",
    "GIT_COMMITTER_DATE": "2026-01-02T03:04:05Z",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_SYSTEM": "/dev/null",
    "PATH": "/usr/local/bin:/usr/bin:/bin",
}


@dataclass(frozen=True)
class Checkout:
    """A git repository in a folder, with an ``origin`` that names it ``octo/shop``."""

    folder: Path

    @classmethod
    def new(cls, folder: Path) -> Checkout:
        """Make an empty one."""
        folder.mkdir(parents=True, exist_ok=True)
        made = cls(folder)
        made.git("init", "--quiet", "--initial-branch=main")
        made.git("remote", "add", "origin", "https://github.com/octo/shop")
        # What a run leaves in its workspace is not for the next commit.
        (folder / ".git/info/exclude").write_text("/deadweight-report/\n")
        return made

    def git(self, *arguments: str) -> str:
        """Run git here and give what it says."""
        done = subprocess.run(["git", *arguments], cwd=self.folder, env=IDENTITY, check=True, capture_output=True)
        return done.stdout.decode().strip()

    def commit(self, files: Mapping[str, str | bytes | None], message: str = "Change things") -> str:
        """Write files (``None`` deletes), commit them, and give the commit's SHA."""
        for path, content in files.items():
            target = self.folder / path
            if content is None:
                target.unlink()
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.encode() if isinstance(content, str) else content)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", f"--message={message}")
        return self.git("rev-parse", "HEAD")

    def merge_pull_request(self, head: str) -> str:
        """Check out the merge of a head into main, as GitHub makes it for ``refs/pull/N/merge``; give its SHA."""
        self.git("checkout", "--quiet", "--detach", "main")
        self.git("merge", "--quiet", "--no-ff", "--no-edit", head)
        return self.git("rev-parse", "HEAD")
