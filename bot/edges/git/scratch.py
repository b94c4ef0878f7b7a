"""A disposable repository that borrows the objects of the user's, and what is fetched or made into it."""

import base64
import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from bot.edges.git.command import SafeGit, decode
from bot.edges.remove import remove_tree

# What a fetch needs to know of the user's own configuration; nothing else of it is taken over.
_FETCH_SECTIONS = ("remote.", "http.", "url.", "credential.", "core.sshcommand")


# Most pull requests branched off within the last few dozen commits; what is older is fetched whole.
_DEPTHS = (50, 500, 5000)
_COMPLETE = 2**31 - 1
_HEADER_VARIABLE = "DEADWEIGHT_GIT_HEADER"
_FETCH_OPTIONS = (
    "--quiet",
    "--no-tags",
    "--no-recurse-submodules",
    "--no-auto-maintenance",
    "--no-write-fetch-head",
    "--no-write-commit-graph",
    "--refmap=",
)
_NOBODY = {
    f"GIT_{role}_{what}": value
    for role in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "Deadweight"), ("EMAIL", "deadweight@localhost"), ("DATE", "@0 +0000"))
}


class Scratch:
    """A bare repository below a temporary folder, with the user's object store as its alternate.

    Fetching into the user's own repository would leave traces (a shallow boundary in a full clone, say); this one can
    be thrown away. Every object of the user's is visible through it, and so is every one that was fetched or made.
    """

    def __init__(self, own: SafeGit, work_tree: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="deadweight-git-"))
        self._own = own
        self.work_tree = work_tree
        try:
            self._create()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Remove the folder and everything in it."""
        remove_tree(self.folder)

    def kept(self, name: str) -> Path:
        """Find where the user's repository keeps something: its index, its submodules, its LFS objects."""
        return Path(self._own.text("rev-parse", "--path-format=absolute", "--git-path", name))

    def _create(self) -> None:
        git_dir = self.folder / "repository"
        self.git = self._own.at(str(git_dir))
        hash_name = self._own.text("rev-parse", "--show-object-format")
        self.git.text("init", "--quiet", "--bare", "--template=", f"--object-format={hash_name}")
        information = git_dir / "objects" / "info"
        information.mkdir(exist_ok=True)
        (information / "alternates").write_bytes(os.fsencode(self.kept("objects")) + b"\n")
        with contextlib.suppress(FileNotFoundError):
            shutil.copyfile(self.kept("shallow"), git_dir / "shallow")
        self._promise()

    def _promise(self) -> None:
        """Fetch what a partial clone left out as soon as it is needed, as the user's own repository would."""
        settings = self._local_settings()
        promisors = [key.split(".", 1)[1].rpartition(".")[0] for key, _ in settings if key.endswith(".promisor")]
        self.is_partial = bool(promisors)
        if promisors:
            self.git.text("config", "core.repositoryFormatVersion", "1")
            self.git.text("config", "extensions.partialClone", promisors[0])
            self.git = self.git.knowing(settings, self.work_tree)

    def isolated(self) -> SafeGit:
        """Return git that no configuration of the user or the machine reaches, for what must be the same everywhere.

        In a partial clone it keeps what a fetch needs, because reading a file may be fetching it.
        """
        settings = tuple(self._settings("--includes")) if self.is_partial else ()
        return replace(self.git.isolated(), settings=settings, folder=self.git.folder)

    def shallow_commits(self) -> frozenset[str]:
        """Return the commits whose parents were cut off; empty for a complete history."""
        with contextlib.suppress(FileNotFoundError):
            return frozenset((Path(self.git.git_dir) / "shallow").read_text("ascii").split())
        return frozenset()

    def fetching(self) -> SafeGit:
        """Return git with what the user's configuration says about remotes, including the credentials kept there.

        ``--local`` with includes also finds what actions/checkout keeps behind an ``includeIf`` since its version 6.
        """
        return self.git if self.is_partial else self.git.knowing(self._local_settings(), self.work_tree)

    def remote(self) -> str | None:
        """Return the name of the remote to fetch from: ``origin``, else the only one."""
        names = (self._own.answer("remote") or "").split()
        if "origin" in names:
            return "origin"
        return names[0] if len(names) == 1 else None

    def _local_settings(self) -> tuple[tuple[str, str], ...]:
        return tuple(self._settings("--local", "--includes"))

    def _settings(self, *scope: str) -> Iterator[tuple[str, str]]:
        output = self._own.attempt("config", *scope, "--null", "--list")
        for line in decode(output.stdout).split("\0"):
            key, separator, value = line.partition("\n")
            if separator and key.startswith(_FETCH_SECTIONS):
                yield key, value


class Fetcher:
    """Fetches from the user's remote, first with the credentials that git has there, then with the token."""

    def __init__(self, scratch: Scratch, token: str, server_url: str) -> None:
        self._scratch = scratch
        self._token = token
        self._server_url = server_url.rstrip("/")

    def commit(self, commit: str) -> bool:
        """Fetch one commit with its tree, and in a complete clone its history; False where that fails."""
        depth = ("--depth=1",) if self._scratch.shallow_commits() else ()
        return self._fetch(*depth, wanted=(commit,))

    def branch(self, name: str) -> str | None:
        """Fetch a branch or tag by name; returns the commit it names on the remote, ``None`` if there is none."""
        if self._scratch.git.answer("check-ref-format", "--allow-onelevel", name) is None or name.startswith("-"):
            return None
        kept = f"refs/deadweight/{name}"
        depth = ("--depth=1",) if self._scratch.shallow_commits() else ()
        if not self._fetch(*depth, wanted=(f"+{name}:{kept}",)):
            return None
        return self._scratch.git.answer("rev-parse", "--verify", "--quiet", "--end-of-options", f"{kept}^{{commit}}")

    def deepening(self, *commits: str) -> Iterator[Callable[[], bool]]:
        """Yield one way after the other to know more history; the last one leaves nothing unknown."""
        for option in (*(f"--deepen={depth}" for depth in _DEPTHS), f"--depth={_COMPLETE}"):
            yield partial(self._fetch, option, wanted=commits)
        yield bool

    def _fetch(self, *options: str, wanted: tuple[str, ...]) -> bool:
        remote = self._scratch.remote()
        if remote is None:
            return False
        git = self._scratch.fetching()
        arguments = ("fetch", *_FETCH_OPTIONS, *options, "--end-of-options", remote, *wanted)
        if git.attempt(*arguments).exit_code == 0:
            return True
        return self._may_use_token(git, remote) and self._fetch_with_token(git, arguments)

    def _may_use_token(self, git: SafeGit, remote: str) -> bool:
        """Send the token to GitHub's own server only, and never in the clear."""
        url = remote_url(git.settings, remote)
        return bool(self._token) and self._server_url.startswith("https://") and url.startswith(self._server_url + "/")

    def _fetch_with_token(self, git: SafeGit, arguments: tuple[str, ...]) -> bool:
        """Replace the credentials of the configuration by the token, which travels in the environment."""
        credentials = base64.b64encode(f"x-access-token:{self._token}".encode()).decode()
        variables = {_HEADER_VARIABLE: f"AUTHORIZATION: basic {credentials}"}
        options = (f"--config-env=http.{self._server_url}/.extraheader={_HEADER_VARIABLE}",)
        plain = git.without("http.")
        return plain.attempt(*options, *arguments, variables=variables).exit_code == 0


def remote_url(settings: Sequence[tuple[str, str]], remote: str) -> str:
    """Return the first URL of a remote, empty where it has none."""
    return next((value for key, value in settings if key == f"remote.{remote}.url"), "")


def commit_worktree(scratch: Scratch, folder: Path, head: str) -> str:
    """Make a commit on ``head`` whose tree is the working tree; if nothing differs it is ``head``.

    The user's index is copied, never changed; ignored files stay out, as they would of a commit.
    """
    index = scratch.folder / "worktree-index"
    with contextlib.suppress(FileNotFoundError):
        shutil.copyfile(scratch.kept("index"), index)
    with contextlib.suppress(FileNotFoundError):
        exclude = Path(scratch.git.git_dir) / "info" / "exclude"
        exclude.parent.mkdir(exist_ok=True)
        shutil.copyfile(scratch.kept("info/exclude"), exclude)
    variables = {"GIT_INDEX_FILE": str(index), "GIT_WORK_TREE": str(folder)}
    git = scratch.git.knowing((("core.bare", "false"),), str(folder))
    # With the user's own configuration, unlike every checkout of ours: what ``git add`` makes of the files on disk, by
    # core.autocrlf, core.excludesFile or a clean filter of theirs, is what they would commit.
    # Safe even where the tree is a stranger's: its attributes only choose among filters that configuration names, and
    # configuration is the user's and the machine's, never the tree's. Hooks and fsmonitor are off as ever.
    git.bytes("add", "--all", variables=variables)
    tree = git.text("write-tree", variables=variables)
    if tree == git.text("rev-parse", "--verify", f"{head}^{{tree}}"):
        return head
    return git.text("commit-tree", "-m", "working tree", "-p", head, tree, variables=_NOBODY)
