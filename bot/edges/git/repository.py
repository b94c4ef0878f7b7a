"""The Git port on a real repository: reads objects, never the working tree's content as instructions."""

import contextlib
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from bot.edges.git.checkout import checked_out, incomplete
from bot.edges.git.command import SafeGit, decode, safe_git
from bot.edges.git.parts import conversions
from bot.edges.git.scratch import Fetcher, Scratch, commit_worktree, remote_url
from bot.errors import GitError
from bot.model.history import Tag
from bot.ports import Rename, TreeEntry

_OBJECT_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_FILE_LIMIT_BYTES = 1 << 20
_REGULAR = frozenset({"100644", "100755"})
_DEFAULT_BRANCHES = ("refs/remotes/{remote}/HEAD", "refs/remotes/{remote}/main", "refs/remotes/{remote}/master")
_LOCAL_BRANCHES = ("refs/heads/main", "refs/heads/master")
_MOST_TAGS = 1000
# An annotated tag is an object of its own; the fields with an asterisk are those of what it points to.
_TAG_FORMAT = "%(objecttype)%(*objecttype) %(objectname) %(*objectname) %(refname:lstrip=2)"


class GitRepository:
    """One repository, only ever read; what is fetched or made lives in a scratch repository until ``close``."""

    def __init__(self, folder: Path, environment: Mapping[str, str], *, token: str = "", server_url: str = "") -> None:
        """Open the repository whose ``.git`` lies in ``folder``, or a bare one. Raises ``GitError``."""
        git_dir = folder / ".git" if (folder / ".git").exists() else folder
        self._folder = folder
        self._own = safe_git(str(git_dir), environment)
        self._scratch = Scratch(self._own, str(folder))
        self._git: SafeGit = self._scratch.git
        self._fetcher = Fetcher(self._scratch, token, server_url)
        self._trees: dict[str, tuple[TreeEntry, ...]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Remove everything that was fetched or made."""
        self._scratch.close()

    def resolve(self, revision: str) -> str:
        """Return the full object ID of a commit; a branch that only the remote has is fetched."""
        found = self._find(revision) or self._fetcher.branch(revision)
        if found is None:
            raise GitError(
                f"The revision {revision!r} was not found.",
                why="Neither this checkout nor its remote knows it.",
                fix="Name a branch, tag or commit that exists.",
            )
        return found

    def parents(self, commit: str) -> tuple[str, ...]:
        """Return the parents as the commit object states them."""
        header = self._git.text("cat-file", "commit", _object(commit)).partition("\n\n")[0]
        return tuple(line.removeprefix("parent ") for line in header.splitlines() if line.startswith("parent "))

    def merge_base(self, one: str, other: str) -> str | None:
        """Find the best common ancestor; a shallow history is deepened until none better can be missing."""
        if not (self.ensure(one) and self.ensure(other)):
            return None
        for deepen in self._fetcher.deepening(_object(one), _object(other)):
            found = self._git.answer("merge-base", one, other)
            if not self._cut_short(one, other, found):
                return found
            if not deepen():
                break
        raise GitError(
            "The merge base cannot be told.",
            why="The checkout is shallow and its history could not be fetched.",
            fix="Check out with fetch-depth: 0, or name the base.",
        )

    def has(self, commit: str) -> bool:
        """Tell whether the commit and its root tree are here."""
        return self._git.attempt("cat-file", "-e", f"{_object(commit)}^{{tree}}").exit_code == 0

    def ensure(self, commit: str) -> bool:
        """Fetch the commit if it is missing; False where it cannot be had."""
        return self.has(commit) or (self._fetcher.commit(commit) and self.has(commit))

    def read_file(self, commit: str, path: str) -> bytes | None:
        """Read a regular file; a symlink, a folder or more than 1 MiB raises ``GitError``."""
        line = self._git.bytes("ls-tree", "-z", "-l", "--full-tree", _object(commit), "--", path).rstrip(b"\0")
        described, _, name = decode(line).partition("\t")
        if name != path:
            return None
        mode, _, object_id, size = described.split()
        if mode not in _REGULAR:
            raise GitError(f"{path!r} is not a regular file.", why=_NOT_REGULAR.get(mode, "It is something else."))
        if int(size) > _FILE_LIMIT_BYTES:
            raise GitError(f"{path!r} is too large to be read.", why=f"It has {size} bytes; the limit is 1 MiB.")
        return self._git.bytes("cat-file", "blob", object_id)

    def tree(self, commit: str) -> Sequence[TreeEntry]:
        """List every file of the commit's tree, by path."""
        if commit not in self._trees:
            entries = tuple(_entries(self._git.bytes("ls-tree", "-r", "-z", "--full-tree", _object(commit))))
            regular = [one.path for one in entries if one.mode in _REGULAR]
            changes = conversions(self._scratch, commit, regular)
            self._trees[commit] = tuple(one._replace(attributes=changes.get(one.path, "")) for one in entries)
        return self._trees[commit]

    def renames(self, base: str, head: str) -> Sequence[Rename]:
        """List the files that git detects as renamed."""
        options = ("-r", "-z", "-M", "--diff-filter=R", "--name-status", "--no-ext-diff", "--no-textconv")
        fields = decode(self._git.bytes("diff-tree", *options, _object(base), _object(head))).split("\0")
        return tuple(Rename(old, new) for old, new in zip(fields[1::3], fields[2::3], strict=False))

    def default_branch(self) -> str:
        """Return the first that exists of the remote's HEAD, its main or master, and a local main or master."""
        remote = self._scratch.remote()
        names = (*(one.format(remote=remote) for one in _DEFAULT_BRANCHES if remote), *_LOCAL_BRANCHES)
        found = next((name for name in names if self._find(name)), None)
        if found is None:
            raise GitError("The default branch cannot be told.", fix="Name the base: --base REF.")
        return found

    def tags(self) -> Sequence[Tag]:
        """List the newest tags of the user's repository with the commits that they end at; those of others are none."""
        options = ("--sort=-creatordate", f"--count={_MOST_TAGS}", f"--format={_TAG_FORMAT}")
        fields = (line.split(" ") for line in self._own.text("for-each-ref", *options, "refs/tags").splitlines())
        return tuple(Tag(name, own or pointed) for kind, pointed, own, name in fields if "commit" in kind)

    def branches(self) -> Sequence[str]:
        """List the branches of the user's repository by their short names, those of remotes too."""
        options = ("--format=%(refname:lstrip=2)", "refs/heads", "refs/remotes")
        return tuple(self._own.text("for-each-ref", *options).splitlines())

    def name(self) -> str:
        """Return the end of the remote's URL, else the folder's name."""
        remote = self._scratch.remote()
        url = remote_url(self._scratch.fetching().settings, remote) if remote else ""
        return re.split(r"[/:]", url.rstrip("/"))[-1].removesuffix(".git") or self._folder.name or "image"

    def worktree_commit(self) -> str:
        """Make a commit whose tree is the working tree, ignored files apart; it is ``HEAD`` if that is clean."""
        return commit_worktree(self._scratch, self._folder, self.resolve("HEAD"))

    def incomplete(self, commit: str) -> Sequence[str]:
        """Say what a checkout of the commit will lack: submodules and LFS objects that are not here."""
        return incomplete(self._scratch, _object(commit))

    @contextlib.contextmanager
    def checkout(self, commit: str) -> Iterator[str]:
        """Write the commit's tree, without ``.git``, into a folder that is removed afterwards."""
        with checked_out(self._scratch, _object(commit)) as folder:
            yield folder

    def _find(self, revision: str) -> str | None:
        """Resolve with the user's references, else as an object that only the scratch repository has."""
        arguments = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        return self._own.answer(*arguments) or self._git.answer(*arguments)

    def _cut_short(self, one: str, other: str, found: str | None) -> bool:
        """Tell whether a cut in the history could hide a better common ancestor than the one found."""
        cuts = self._scratch.shallow_commits()
        if not cuts:
            return False
        newer = self._git.text("rev-list", one, other, *([f"^{found}"] if found else []))
        return not cuts.isdisjoint(newer.split())


def find_repository(folder: Path) -> Path:
    """Find the nearest folder, from this one up, that holds a ``.git``. Raises ``GitError``."""
    start = folder.resolve()
    for candidate in (start, *start.parents):
        if (candidate / ".git").exists():
            return candidate
    if (start / "HEAD").is_file() and (start / "objects").is_dir():
        return start
    raise GitError(
        f"{folder} is not in a git repository.",
        why="Neither it nor a folder above has a .git.",
        fix="Run in a checkout, or name one: --repo DIR. In Actions, check out first.",
    )


_NOT_REGULAR = {
    "120000": "It is a symbolic link, and links are not followed. Name the file that it points to.",
    "160000": "It is a submodule.",
    "040000": "It is a folder.",
}


def _object(commit: str) -> str:
    """Pass a full object ID on; anything else could be read as an option or a range."""
    if _OBJECT_ID.fullmatch(commit) is None:
        raise GitError(f"{commit[:80]!r} is not a commit.", why="A full object ID is needed here.")
    return commit


def _entries(listing: bytes) -> Iterator[TreeEntry]:
    for line in decode(listing).split("\0"):
        described, separator, path = line.partition("\t")
        if separator:
            mode, _, object_id = described.split(" ", 2)
            yield TreeEntry(path, mode, object_id)
