"""Check runs that we made ourselves, read again: they say at a commit what was accepted of it."""

from collections.abc import Sequence
from itertools import islice
from typing import Final

from github.Repository import Repository

from bot.edges.providers.github.identity import Identity
from bot.edges.providers.github.trouble import GitHubError, Trouble, asking

MOST_RUNS: Final = 100


class OwnChecks:
    """Reads check runs of one repository. Raises ``GitHubError`` where GitHub gives no proper answer."""

    def __init__(self, repository: Repository, identity: Identity) -> None:
        self._repository = repository
        self._identity = identity

    def summaries(self, commit: str, name: str) -> Sequence[str]:
        """List what our check runs of a name say, newest first; none for a commit that GitHub does not know."""
        login = self._identity.login()
        try:
            with asking(f"the check runs of {commit[:12]} could not be read"):
                found = islice(self._repository.get_commit(commit).get_check_runs(check_name=name), MOST_RUNS)
                return tuple(run.output.summary or "" for run in found if f"{run.app.slug}[bot]" == login)
        except GitHubError as error:
            if error.trouble not in {Trouble.GONE, Trouble.INVALID}:
                raise
            return ()
