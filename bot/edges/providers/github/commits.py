"""How commits of the repository hang together, and what a branch was at when something happened."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Final
from urllib.parse import quote

from github.PaginatedList import PaginatedList
from github.Repository import Repository
from github.WorkflowRun import WorkflowRun as RunRecord

from bot.edges.providers.github.reading import name_of
from bot.edges.providers.github.trouble import GitHubError, Trouble, asking
from bot.model.provider import HeadBranch

MOST_RUNS: Final = 300

_OBJECT_ID: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_UNKNOWN: Final = frozenset({Trouble.GONE, Trouble.INVALID, Trouble.CONFLICT})
"""GitHub answers 404, 422 or 409 where it has no such commit, depending on the endpoint."""


class Commits:
    """Answers from one repository. Everything raises ``GitHubError`` where GitHub gives no proper answer."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def parents(self, commit: str) -> Sequence[str]:
        """Give the parents of a commit; none where GitHub does not know it."""
        if not _OBJECT_ID.fullmatch(commit):
            return ()
        try:
            with asking(f"the parents of {commit[:12]} could not be read"):
                return tuple(parent.sha for parent in self._repository.get_git_commit(commit).parents)
        except GitHubError as error:
            if error.trouble not in _UNKNOWN:
                raise
            return ()

    def merge_base(self, one: str, other: str) -> str:
        """Give the best common ancestor of two commits or branches; empty where there is none, or one is unknown."""
        try:
            with asking(f"{one[:80]} and {other[:80]} could not be compared"):
                place = f"{quote(one, safe='')}...{quote(other, safe='')}"
                path = f"{self._repository.url}/compare/{place}"
                _, found = self._repository.requester.requestJsonAndCheck("GET", path, parameters={"per_page": 1})
                return str(found["merge_base_commit"]["sha"])
        except GitHubError as error:
            if error.trouble not in _UNKNOWN:
                raise
            return ""

    def head_before(self, branch: HeadBranch, when: datetime) -> str:
        """Give the commit for which a ``pull_request`` run of a branch was started last before a moment; empty: none.

        When a commit was pushed is told nowhere: its own dates are its author's. When GitHub started runs for it is.
        """
        if not (branch.repository and branch.ref):
            return ""
        moment = when.astimezone(UTC)
        ref = branch.ref[:80]
        with asking(f"the runs of {ref}, which tell what was there then (actions: read), could not be listed"):
            runs = [run for run in self._runs_of(branch, moment) if _is_of(run, branch) and run.created_at < moment]
            return max(runs, key=lambda run: (run.created_at, run.id)).head_sha if runs else ""

    def _runs_of(self, branch: HeadBranch, until: datetime) -> Iterable[RunRecord]:
        """List the newest runs first; forks have branches of the same name, and GitHub cannot be asked for one's."""
        path = f"{self._repository.url}/actions/runs"
        asked = {"branch": branch.ref, "event": "pull_request", "created": f"<{until:%Y-%m-%dT%H:%M:%SZ}"}
        records = PaginatedList(RunRecord, self._repository.requester, path, asked, list_item="workflow_runs")
        return islice(records, MOST_RUNS)


def _is_of(run: RunRecord, branch: HeadBranch) -> bool:
    return run.head_branch == branch.ref and name_of(run.head_repository) == branch.repository
