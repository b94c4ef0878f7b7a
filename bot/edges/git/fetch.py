"""Brings what a shallow checkout lacks into the scratch repository."""

import base64
from collections.abc import Callable, Iterator
from functools import partial

from bot.edges.git.command import SafeGit
from bot.edges.git.scratch import Scratch, remote_url

# Most pull requests branched off within the last few dozen commits; what is older is fetched whole.
_DEPTHS = (50, 500, 5000)
_COMPLETE = 2**31 - 1
_HEADER_VARIABLE = "DEADWEIGHT_GIT_HEADER"
_OPTIONS = (
    "--quiet",
    "--no-tags",
    "--no-recurse-submodules",
    "--no-auto-maintenance",
    "--no-write-fetch-head",
    "--no-write-commit-graph",
    "--refmap=",
)


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
        arguments = ("fetch", *_OPTIONS, *options, "--end-of-options", remote, *wanted)
        if git.attempt(*arguments).exit_code == 0:
            return True
        return self._may_use_token(git, remote) and self._fetch_with_token(git, arguments)

    def _may_use_token(self, git: SafeGit, remote: str) -> bool:
        """Send the token to the provider's own server only, and never in the clear."""
        url = remote_url(git.settings, remote)
        return bool(self._token) and self._server_url.startswith("https://") and url.startswith(self._server_url + "/")

    def _fetch_with_token(self, git: SafeGit, arguments: tuple[str, ...]) -> bool:
        """Replace the credentials of the configuration by the token, which travels in the environment."""
        credentials = base64.b64encode(f"x-access-token:{self._token}".encode()).decode()
        variables = {_HEADER_VARIABLE: f"AUTHORIZATION: basic {credentials}"}
        options = (f"--config-env=http.{self._server_url}/.extraheader={_HEADER_VARIABLE}",)
        plain = git.without("http.")
        return plain.attempt(*options, *arguments, variables=variables).exit_code == 0
