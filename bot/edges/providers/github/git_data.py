"""What GitHub knows of git: how commits hang together, what a branch was at, files at a commit, and tags.

A file of a branch is changed while others may be changing it too: read, change, write; where that collides, again.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Final, NamedTuple
from urllib.parse import parse_qs, quote, urlsplit

from github.InputGitTreeElement import InputGitTreeElement
from github.PaginatedList import PaginatedList
from github.Repository import Repository
from github.WorkflowRun import WorkflowRun as RunRecord

from bot.edges.providers.github.patience import Repeater
from bot.edges.providers.github.reading import name_of
from bot.edges.providers.github.trouble import GitHubError, Trouble, UnusableAnswerError, asking, present
from bot.errors import PublishError
from bot.model.history import Tag
from bot.model.provider import HeadBranch, Posted
from bot.ports import BranchFile

MOST_RUNS: Final = 300
MOST_TAGS: Final = 1000

_OBJECT_ID: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_UNKNOWN: Final = frozenset({Trouble.GONE, Trouble.INVALID, Trouble.CONFLICT})
"""GitHub answers 404, 422 or 409 where it has no such commit, depending on the endpoint."""

_ROUNDS: Final = 8
_MAY_NOT_WRITE: Final = "grant the job `contents: write`"
_WAYS_OUT: Final[Mapping[Trouble, str]] = {
    Trouble.FORBIDDEN: _MAY_NOT_WRITE,
    Trouble.GONE: _MAY_NOT_WRITE,
    Trouble.CLOSED: "nothing is written to an archived repository",
    Trouble.CONFLICT: "let rules that protect branches leave this one out, or run the job again",
    Trouble.INVALID: "let rules that protect branches leave this one out",
    Trouble.LIMITED: "run the job again later",
    Trouble.DOUBTFUL: "run the job again",
}


class GitCommits:
    """Answers from one repository. Everything raises ``GitHubError`` if GitHub gives no proper answer."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def parents(self, commit: str) -> Sequence[str]:
        """Return the parents of a commit; none if GitHub does not know it."""
        if not _OBJECT_ID.fullmatch(commit):
            return ()
        try:
            with asking(f"the parents of {commit[:12]} could not be read"):
                return tuple(parent.sha for parent in present(self._repository.get_git_commit(commit).parents))
        except GitHubError as error:
            if error.trouble not in _UNKNOWN:
                raise
            return ()

    def merge_base(self, one: str, other: str) -> str:
        """Return the best common ancestor of two commits or branches; empty if there is none, or one is unknown."""
        try:
            with asking(f"{one[:80]} and {other[:80]} could not be compared"):
                place = f"{quote(one, safe='')}...{quote(other, safe='')}"
                path = f"{self._repository.url}/compare/{place}"
                _, found = self._repository.requester.requestJsonAndCheck("GET", path, parameters={"per_page": 1})
                return _merge_base(found)
        except GitHubError as error:
            if error.trouble not in _UNKNOWN:
                raise
            return ""

    def head_before(self, branch: HeadBranch, when: datetime) -> str:
        """Return the commit for which a ``pull_request`` run of a branch was started last before a moment; empty: none.

        When a commit was pushed is told nowhere: its own dates are its author's. When GitHub started runs for it is.
        """
        if not (branch.repository and branch.ref):
            return ""
        moment = when.astimezone(UTC)
        ref = branch.ref[:80]
        with asking(f"the runs of {ref}, which tell what was there then (actions: read), could not be listed"):
            runs = [
                run for run in self._runs_of(branch, moment) if _is_of(run, branch) and present(run.created_at) < moment
            ]
            return max(runs, key=lambda run: (run.created_at, run.id)).head_sha if runs else ""

    def _runs_of(self, branch: HeadBranch, until: datetime) -> Iterable[RunRecord]:
        """List the newest runs first; forks have branches of the same name, and GitHub cannot be asked for one's."""
        path = f"{self._repository.url}/actions/runs"
        asked = {"branch": branch.ref, "event": "pull_request", "created": f"<{until:%Y-%m-%dT%H:%M:%SZ}"}
        records = PaginatedList(RunRecord, self._repository.requester, path, asked, list_item="workflow_runs")
        return islice(records, MOST_RUNS)


class _Found(NamedTuple):
    """A file as it is now; ``blob`` identifies its content, and what is written must name it."""

    content: bytes
    blob: str


class Files:
    """Reads files of commits, changes files of branches, and lists tags."""

    def __init__(self, repository: Repository, repeater: Repeater) -> None:
        self._repository = repository
        self._repeater = repeater

    def tags(self) -> tuple[Tag, ...]:
        """List tags, at most a thousand. Raises ``GitHubError``."""
        with asking("the tags of the repository could not be listed"):
            return tuple(
                Tag(tag.name, present(tag.commit).sha) for tag in islice(self._repository.get_tags(), MOST_TAGS)
            )

    def at(self, commit: str, path: str) -> bytes | None:
        """Return a regular file's content at a commit, ``None`` if there is none. Raises ``GitHubError``.

        Raises ``PublishError`` for a folder, a submodule, more than 1 MiB, or an answer for another commit (which a
        moved repository's redirect would give).
        """
        try:
            with asking(f"{path} could not be read at {commit[:12]}"):
                found = self._repository.get_contents(path, ref=commit)
                if isinstance(found, list) or found.type != "file" or found.encoding != "base64":
                    raise PublishError(f"{path} at {commit[:12]} is no file of at most 1 MiB")
                if parse_qs(urlsplit(found.url).query).get("ref") != [commit]:
                    raise PublishError(f"GitHub answered for another commit than {commit[:12]} when asked for {path}")
                return found.decoded_content
        except GitHubError as error:
            if error.trouble is not Trouble.GONE:
                raise
            return None

    def change(self, place: BranchFile, change: Callable[[bytes | None], bytes], message: str) -> Posted:
        """Say which file holds it now, or why it could not be written; never raises for GitHub's sake."""
        try:
            return self._change(place, change, message)
        except GitHubError as error:
            why = f"{error.what}: {error.why}; {_WAYS_OUT.get(error.trouble, error.fix)}"
            return Posted(_named(place), problem=why)
        except PublishError as error:
            return Posted(_named(place), problem=error.what)

    def _change(self, place: BranchFile, change: Callable[[bytes | None], bytes], message: str) -> Posted:
        for _ in range(_ROUNDS - 1):
            try:
                return self._change_once(place, change, message)
            except GitHubError as error:
                if not self._repeater.pause_after(error):
                    raise
        return self._change_once(place, change, message)

    def _change_once(self, place: BranchFile, change: Callable[[bytes | None], bytes], message: str) -> Posted:
        """Read, change and write. A write whose answer was lost is seen by the next reading, so none is done twice."""
        found = self._read(place)
        wanted = change(found.content if found else None)
        if found is None or found.content != wanted:
            self._write(place, found, wanted, message)
        return Posted(_named(place))

    def _read(self, place: BranchFile) -> _Found | None:
        try:
            with asking(f"{_named(place)} could not be read"):
                found = self._repository.get_contents(place.path, ref=place.branch)
                if isinstance(found, list) or found.type != "file" or found.encoding != "base64":
                    raise PublishError(f"{_named(place)} is no file of at most 1 MB")
                return _Found(found.decoded_content, found.sha)
        except GitHubError as error:
            if error.trouble is not Trouble.GONE:
                raise
            return None

    def _write(self, place: BranchFile, found: _Found | None, wanted: bytes, message: str) -> None:
        with asking(f"{_named(place)} could not be written"):
            if found is not None:
                self._repository.update_file(place.path, message, wanted, found.blob, branch=place.branch)
                return
        try:
            with asking(f"{_named(place)} could not be written"):
                self._repository.create_file(place.path, message, wanted, branch=place.branch)
        except GitHubError as error:
            if error.trouble is not Trouble.GONE:
                raise
            self._make_branch(place, wanted, message)

    def _make_branch(self, place: BranchFile, content: bytes, message: str) -> None:
        """Make a branch without history and without the files of any other."""
        with asking(f"the branch {place.branch} could not be made"):
            element = InputGitTreeElement(place.path, "100644", "blob", content=content.decode())
            tree = self._repository.create_git_tree([element])
            commit = self._repository.create_git_commit(message, tree, [])
        self._name(place.branch, commit.sha)

    def _name(self, branch: str, commit: str) -> None:
        what = f"the branch {branch} could not be made"
        try:
            with asking(what):
                self._repository.create_git_ref(f"refs/heads/{branch}", commit)
        except GitHubError as error:
            # Somebody else's branch of this name is refused like anything invalid; it is there to be written to now.
            if error.trouble is Trouble.INVALID:
                raise GitHubError(what, Trouble.CONFLICT, error.detail) from error
            raise


def _named(place: BranchFile) -> str:
    return f"{place.path} on the branch {place.branch}"


def _is_of(run: RunRecord, branch: HeadBranch) -> bool:
    return run.head_branch == branch.ref and name_of(run.head_repository) == branch.repository


def _merge_base(compared: object) -> str:
    match compared:
        case {"merge_base_commit": {"sha": str(sha)}}:
            return sha
    raise UnusableAnswerError("a comparison without a merge base")
