"""What GitHub's refusals and failures mean, each with a sentence and the way out."""

import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from typing import Final, TypeVar

import requests
import urllib3.exceptions
from github import BadAttributeException, GithubException, RateLimitExceededException

from bot.errors import PublishError


class Trouble(StrEnum):
    """Kinds of trouble that are handled differently."""

    TOKEN = "token"  # noqa: S105 - the kind, not a secret
    FORBIDDEN = "forbidden"
    GONE = "gone"
    CLOSED = "closed"
    INVALID = "invalid"
    CONFLICT = "conflict"
    LIMITED = "limited"
    MOVED = "moved"
    DOUBTFUL = "doubtful"


class UnusableAnswerError(PublishError):
    """An answer that cannot be GitHub's: a web page instead of JSON, or JSON without what is always there."""


class MovedAwayError(PublishError):
    """A redirect to another host, which never gets to see the token."""


class GitHubError(PublishError):
    """GitHub did not do what was asked; ``retry_after_seconds`` if it said when to come back."""

    def __init__(self, what: str, trouble: Trouble, detail: str, *, retry_after_seconds: float | None = None) -> None:
        why, fix = _WORDS[trouble]
        super().__init__(what, why=f"{why} ({detail})" if detail else why, fix=fix)
        self.trouble = trouble
        self.detail = detail
        self.retry_after_seconds = retry_after_seconds

    @property
    def sentence(self) -> str:
        """All of it in one line."""
        return f"{self.what}: {self.why}; {self.fix}"


_WORDS: Mapping[Trouble, tuple[str, str]] = {
    Trouble.TOKEN: ("GitHub rejects the token", "give the input github-token a token that is valid"),
    Trouble.FORBIDDEN: (
        "the token may not do this",
        (
            "pull requests from forks and Dependabot get a token that can only read: publish from a second workflow; "
            "elsewhere grant the job `pull-requests: write`, `checks: write` and `statuses: write`"
        ),
    ),
    Trouble.GONE: (
        "there is no such thing, or the token cannot see it",
        "nothing needs to be done if it was deleted; else grant the token access to this repository",
    ),
    Trouble.CLOSED: ("the conversation is locked or the repository archived", "the job summary has the report"),
    Trouble.INVALID: ("GitHub finds the request invalid", "the job summary has the report; please report this"),
    Trouble.CONFLICT: (
        "somebody else was writing at the same time",
        "the job summary has the report; run the job again",
    ),
    Trouble.LIMITED: (
        "GitHub's rate limit is reached",
        "the job summary has the report; run the job again later",
    ),
    Trouble.MOVED: (
        "GitHub redirects to another host",
        "check GITHUB_API_URL, or run again if the repository has just moved",
    ),
    Trouble.DOUBTFUL: ("GitHub does not answer properly", "the job summary has the report; run the job again"),
}

_FAILURES: Final = (
    GithubException,
    BadAttributeException,
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    UnusableAnswerError,
    MovedAwayError,
)
_OF_ODD_ANSWERS: Final = (AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What PyGithub stumbles over in JSON that has not the expected shape. Raised by a line of ours they are our bugs."""
_OF_ODD_ADDRESSES: Final = (AssertionError, RuntimeError)
"""With these its requester refuses an address that is not GitHub's, and a redirect that leaves it."""

_REQUESTER: Final = "github.Requester"

Value = TypeVar("Value")


@contextmanager
def asking(what: str) -> Iterator[None]:
    """Turn what GitHub, or PyGithub for its sake, raises inside into a ``GitHubError`` that starts with ``what``."""
    try:
        yield
    except _FAILURES as error:
        raise _explained(what, error) from error
    except (*_OF_ODD_ANSWERS, *_OF_ODD_ADDRESSES) as error:
        raised_in = _module_that_raised(error)
        if isinstance(error, _OF_ODD_ANSWERS) and not raised_in.startswith("bot."):
            raise GitHubError(what, Trouble.DOUBTFUL, type(error).__name__) from error
        if isinstance(error, _OF_ODD_ADDRESSES) and raised_in == _REQUESTER:
            raise GitHubError(what, Trouble.MOVED, _one_line(str(error))) from error
        raise


def present(value: Value | None) -> Value:
    """Return what GitHub always says; raises ``UnusableAnswerError`` for ``None``, PyGithub's word for missing."""
    if value is None:
        raise UnusableAnswerError("an answer without what is always there")
    return value


def _module_that_raised(error: Exception) -> str:
    """Name the module of the line that raised: the same exception is trouble from the library and a bug from us."""
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    return str(frame.f_globals.get("__name__", ""))


def _explained(what: str, error: Exception) -> GitHubError:
    if isinstance(error, GithubException):
        trouble = _trouble_of(error)
        detail = f"{error.status}: {_message(error)}".removesuffix(": ")
        return GitHubError(what, trouble, detail, retry_after_seconds=_retry_after_seconds(error))
    if isinstance(error, MovedAwayError):
        return GitHubError(what, Trouble.MOVED, _one_line(error.what))
    return GitHubError(what, Trouble.DOUBTFUL, type(error).__name__)


_BY_STATUS: Mapping[int, Trouble] = {
    401: Trouble.TOKEN,
    403: Trouble.FORBIDDEN,
    404: Trouble.GONE,
    409: Trouble.CONFLICT,
    410: Trouble.CLOSED,
    422: Trouble.INVALID,
    423: Trouble.CLOSED,
    429: Trouble.LIMITED,
}


def _trouble_of(error: GithubException) -> Trouble:
    message = _message(error).lower()
    # GitHub words every 403; one without words is a rate limit whose answer was read while it was retried.
    if isinstance(error, RateLimitExceededException) or (error.status == 403 and not message):
        return Trouble.LIMITED
    if error.status == 403 and ("locked" in message or "archived" in message):
        return Trouble.CLOSED
    return _BY_STATUS.get(error.status, Trouble.DOUBTFUL)


def _message(error: GithubException) -> str:
    data = error.data if isinstance(error.data, dict) else {}
    first = next((e for e in data.get("errors") or () if isinstance(e, dict)), {})
    return _one_line(": ".join(str(text) for text in (data.get("message"), first.get("message")) if text))


def _one_line(text: str) -> str:
    return " ".join(text.split())[:200]


def _retry_after_seconds(error: GithubException) -> float | None:
    value = {name.lower(): value for name, value in (error.headers or {}).items()}.get("retry-after", "")
    return float(value) if value.isdecimal() else None
