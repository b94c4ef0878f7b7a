"""PyGithub's transport with its gaps closed, and whose token it carries.

Edits are repeated, posts are not, waits end, web pages are no answers. As it comes, PyGithub 2.10 repeats a POST after
a 502 (two comments), never repeats a PATCH, takes a web page for an answer, and takes a redirected PATCH for done.
"""

import logging
import time
from collections.abc import Callable
from typing import Any, Final, Self
from urllib.parse import urlsplit

import requests
import requests.exceptions
from github import Auth, GithubException, GithubRetry, RateLimitExceededException
from github.Requester import Requester
from urllib3.response import BaseHTTPResponse

from bot.edges.providers.github.patience import Patience, Repeater, Waits
from bot.edges.providers.github.trouble import GitHubError, MovedAwayError, Trouble, UnusableAnswerError, asking

REPEATABLE: Final = frozenset({"GET", "PATCH", "DELETE"})
"""Asking these twice does no more than asking once; a POST is repeated only after looking whether it was done."""

ACTIONS_BOT: Final = "github-actions[bot]"

_REDIRECTS: Final = frozenset({301, 302, 307, 308})
_REFUSED: Final = frozenset({Trouble.FORBIDDEN, Trouble.GONE, Trouble.INVALID})

Answer = tuple[int, dict[str, Any], str]


class BoundedRetry(GithubRetry):
    """GitHub's retry rules, as long as the run's waiting lasts."""

    def __init__(self, *, waits: Waits, limit_seconds: float, **settings: Any) -> None:
        super().__init__(**settings)
        self._waits = waits
        self._limit_seconds = limit_seconds

    def new(self, **settings: Any) -> Self:
        """Copy, with the same waiting left."""
        return super().new(waits=self._waits, limit_seconds=self._limit_seconds, **settings)

    def sleep(self, response: BaseHTTPResponse | None = None) -> None:
        """Wait as long as GitHub asks; raises ``GithubException`` where that is longer than we wait."""
        seconds = self._wait_seconds(response)
        if self._waits.sleep(seconds) or response is None:
            return
        kind = RateLimitExceededException if response.status in (403, 429) else GithubException
        message = {"message": f"asks to come back in {seconds:.0f} s"}
        raise kind(response.status, message, dict(response.headers))

    def _wait_seconds(self, response: BaseHTTPResponse | None) -> float:
        asked = self.get_retry_after(response) if response else None
        if asked is None and response and response.status == 429:
            return self._limit_seconds
        return asked or self.get_backoff_time()


class StrictRequester(Requester):
    """A requester that takes only GitHub's JSON for an answer and follows a moved repository with the same verb.

    ``pauses_seconds`` are those before a torn or foreign answer is asked for again.
    """

    def __init__(self, *, pauses_seconds: tuple[float, ...], **settings: Any) -> None:
        super().__init__(**settings)
        self._pauses_seconds = pauses_seconds

    def requestJson(  # noqa: N802, PLR0913, PLR0917 - PyGithub's name and parameters
        self,
        verb: str,
        url: str,
        parameters: dict[str, Any] | None = None,
        headers: dict[str, Any] | None = None,
        input: Any | None = None,  # noqa: A002
        cnx: Any = None,
        follow_302_redirect: bool = False,  # noqa: FBT001, FBT002
    ) -> Answer:
        """Ask once, or again where the answer breaks off or is a web page and asking again is safe."""

        def ask(target: str, query: dict[str, Any] | None) -> Answer:
            return super(StrictRequester, self).requestJson(
                verb, target, query, dict(headers or {}), input, cnx, follow_302_redirect
            )

        status, answer_headers, body = self._repeatedly(verb, lambda: ask(url, parameters))
        if status in _REDIRECTS:
            target = self._same_host(answer_headers.get("location", ""))
            return self._repeatedly(verb, lambda: ask(target, None))
        return status, answer_headers, body

    def _same_host(self, location: str) -> str:
        target = urlsplit(location)
        if (target.scheme, target.netloc) != (self.scheme, self.hostname_and_port):
            raise MovedAwayError(f"redirected to {target.netloc or 'nowhere'}")
        return location

    def _repeatedly(self, verb: str, ask: Callable[[], Answer]) -> Answer:
        for pause_seconds in self._pauses_seconds if verb in REPEATABLE else ():
            try:
                return _checked(ask())
            except (UnusableAnswerError, requests.exceptions.ChunkedEncodingError):
                time.sleep(pause_seconds)
        return _checked(ask())


def _checked(answer: Answer) -> Answer:
    status, headers, body = answer
    is_json = "json" in str(headers.get("content-type", "")) and body.strip() != "null"
    if body and status < 300 and not is_json:
        raise UnusableAnswerError("a page instead of JSON")
    return answer


def requester(token: str, api_url: str, patience: Patience, waits: Waits) -> StrictRequester:
    """Make the transport for a token; completable objects made with it ask nothing until they must."""
    retry = BoundedRetry(
        waits=waits,
        limit_seconds=patience.limit_seconds,
        total=patience.tries - 1,
        backoff_factor=patience.backoff_seconds,
        allowed_methods=REPEATABLE,
        status_forcelist=[*range(500, 600), 429],
        secondary_rate_wait=patience.limit_seconds,
        max_rate_limit_wait=patience.longest_wait_seconds,
        retry_after_max=10**6,
        raise_on_status=False,
    )
    # PyGithub brings a handler that writes every refusal to standard error; refusals have their sentence here.
    logging.getLogger("github").setLevel(logging.CRITICAL)
    return StrictRequester(
        pauses_seconds=(patience.backoff_seconds / 10, patience.backoff_seconds),
        auth=Auth.Token(token),
        base_url=api_url.rstrip("/"),
        timeout=patience.answer_seconds,
        user_agent="deadweight",
        per_page=100,
        verify=True,
        retry=retry,
        pool_size=None,
        seconds_between_requests=None,
        seconds_between_writes=patience.between_writes_seconds,
        lazy=True,
    )


class Identity:
    """The login under which the token writes: what we find is ours only if its author is. Asked for once."""

    def __init__(self, requester: Requester, repeater: Repeater) -> None:
        self._requester = requester
        self._repeater = repeater
        self._login = ""

    def login(self) -> str:
        """Return the login as comments show it; raises ``GitHubError`` if GitHub gives no proper answer.

        A user's token may ask ``GET /user``; an App's (GITHUB_TOKEN is one) is refused there and knows itself as
        ``viewer`` only. Where that is refused too, it is taken for GITHUB_TOKEN. Trouble is never taken for a
        refusal: a wrong login would lead to a second comment.
        """
        if not self._login:
            self._login = self._ask_user() or self._ask_viewer() or ACTIONS_BOT
        return self._login

    def _ask_user(self) -> str:
        return self._unless_refused("GET", "/user", None)

    def _ask_viewer(self) -> str:
        query = {"query": "query { viewer { login } }"}
        login = self._unless_refused("POST", self._requester.graphql_url, query)
        return f"{login.removesuffix('[bot]')}[bot]" if login else ""

    def _unless_refused(self, verb: str, url: str, query: dict[str, str] | None) -> str:
        try:
            return self._repeater.once(lambda: self._ask(verb, url, query), lambda: None)
        except GitHubError as error:
            if error.trouble in _REFUSED:
                return ""
            raise

    def _ask(self, verb: str, url: str, query: dict[str, str] | None) -> str:
        with asking("GitHub does not say whose token this is"):
            _, data = self._requester.requestJsonAndCheck(verb, url, input=query)
            return _login_in(data)


def _login_in(data: object) -> str:
    """``{"login": …}``, or GraphQL's ``{"data": {"viewer": {"login": …}}}``; empty for anything else."""
    if not isinstance(data, dict):
        return ""
    if isinstance(login := data.get("login"), str):
        return login
    return _login_in(data.get("data") or data.get("viewer"))
