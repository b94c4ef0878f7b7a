"""Real repositories for tests: made by git itself, with fixed names and dates."""

import os
import pathlib
import shutil
import subprocess

ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "A. Committer",
    "GIT_AUTHOR_EMAIL": "committer@example.org",
    "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z",
    "GIT_COMMITTER_NAME": "A. Committer",
    "GIT_COMMITTER_EMAIL": "committer@example.org",
    "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
}


def git(folder: pathlib.Path, *arguments: str) -> str:
    """Run git in a folder and give its output; a failure fails the test with git's own words."""
    done = subprocess.run(["git", *arguments], cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def make_repository(folder: pathlib.Path) -> pathlib.Path:
    """Make an empty repository whose branch is ``main``."""
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet", "--initial-branch=main")
    return folder


def commit(folder: pathlib.Path, files: dict[str, str | None], message: str = "change") -> str:
    """Write, link (``-> target``) or remove (``None``) files, commit everything, and give the commit."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_symlink() or path.exists():
            path.unlink()
        if content is not None and content.startswith("-> "):
            path.symlink_to(content.removeprefix("-> "))
        elif content is not None:
            path.write_text(content)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", message)
    return git(folder, "rev-parse", "HEAD")


def merge_ref(folder: pathlib.Path, branch: str, number: int = 1) -> str:
    """Merge a branch into main as GitHub does for a pull request: only ``refs/pull/N/merge`` names the result."""
    git(folder, "checkout", "--quiet", "--detach", "main")
    git(folder, "merge", "--quiet", "--no-ff", "--message", f"Merge {branch} into main", branch)
    merged = git(folder, "rev-parse", "HEAD")
    git(folder, "update-ref", f"refs/pull/{number}/merge", merged)
    git(folder, "checkout", "--quiet", "main")
    return merged


def shallow_checkout(remote: pathlib.Path, folder: pathlib.Path, revision: str, depth: int = 1) -> pathlib.Path:
    """Check a revision out as actions/checkout does: one commit deep, detached, no branch of its own."""
    make_repository(folder)
    git(folder, "remote", "add", "origin", f"file://{remote}")
    git(folder, "fetch", "--quiet", f"--depth={depth}", "--no-tags", "origin", revision)
    git(folder, "checkout", "--quiet", "--detach", "FETCH_HEAD")
    return folder


def copy_with_owner(folder: pathlib.Path, copy: pathlib.Path, user: int) -> pathlib.Path:
    """Copy a checkout and give it to another user, as the Action's container finds its workspace."""
    shutil.copytree(folder, copy, symlinks=True)
    for path in (copy, *copy.rglob("*")):
        os.chown(path, user, user, follow_symlinks=False)
    return copy


def snapshot(folder: pathlib.Path) -> dict[str, bytes]:
    """Return every file below a folder with its content: what a test compares to see that nothing was touched."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }
