"""Whose token this is: comments are ours only where their author is."""

from github.Requester import Requester

from bot.edges.providers.github.repeater import Repeater
from bot.edges.providers.github.trouble import GitHubError, Trouble, asking

ACTIONS_BOT = "github-actions[bot]"

_REFUSED = frozenset({Trouble.FORBIDDEN, Trouble.GONE, Trouble.INVALID})


class Identity:
    """The login under which the token writes; asked for once."""

    def __init__(self, requester: Requester, repeater: Repeater) -> None:
        self._requester = requester
        self._repeater = repeater
        self._login = ""

    def login(self) -> str:
        """Give the login as comments show it; raises ``GitHubError`` where GitHub gives no proper answer.

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
