"""What every endpoint of the fake needs: the request as a noun, answers, refusals in GitHub's words, pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from tests.world.github.basics import Json
from tests.world.github.shapes import Shapes
from tests.world.github.state import Level, State, Token

DOCUMENTATION = "https://docs.github.com/rest"
LARGEST_COMMENT = 65_536


@dataclass(frozen=True)
class Request:
    """One request: ``arguments`` are the named parts of its path."""

    method: str
    path: str
    arguments: dict[str, str]
    query: dict[str, str]
    body: Json
    token: Token


@dataclass
class Answer:
    """One answer: JSON, or bytes as they are."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


class Refusal(Exception):  # noqa: N818 - the API's word for it
    """GitHub says no: a status and the message that it words it with."""

    def __init__(self, status: int, message: str, errors: list[Json] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.errors = errors

    def answer(self) -> Answer:
        """The refusal as GitHub sends it."""
        body: Json = {"message": str(self), "documentation_url": DOCUMENTATION, "status": str(self.status)}
        return Answer(self.status, body if self.errors is None else body | {"errors": self.errors})


@dataclass(frozen=True)
class Desk:
    """The state, its JSON, the public address and that of the artifact store, handed to every endpoint."""

    state: State
    shapes: Shapes
    api_url: str
    blob_url: str

    def page(self, request: Request, items: Sequence[Json], key: str | None = None) -> Answer:
        """One page of a list with GitHub's Link header; under ``key`` with a total where GitHub wraps it."""
        size = min(int(request.query.get("per_page", "30")), 100)
        number = int(request.query.get("page", "1"))
        last = max(1, -(-len(items) // size))
        shown = list(items[(number - 1) * size : number * size])
        body = shown if key is None else {"total_count": len(items), key: shown}
        return Answer(200, body, self._link_header(request, number, last))

    def _link_header(self, request: Request, number: int, last: int) -> dict[str, str]:
        targets = {"prev": number - 1, "next": number + 1, "last": last, "first": 1}
        shown = [name for name, page in targets.items() if 1 <= page <= last and page != number]
        links = [f'<{self._page_address(request, targets[name])}>; rel="{name}"' for name in shown]
        return {"Link": ", ".join(links)} if links else {}

    def _page_address(self, request: Request, page: int) -> str:
        path = request.path
        if self.state.links_by_repository_id:
            path = path.replace(f"/repos/{self.state.full_name}", f"/repositories/{self.state.repository_id}")
        return f"{self.api_url}{path}?{urlencode(request.query | {'page': str(page)})}"


def require(token: Token, scope: str, level: Level) -> None:
    """Refuse in GitHub's words where the token may not do this."""
    if token.may(scope, level):
        return
    kind = "personal access token" if token.kind == "pat" else "integration"
    raise Refusal(403, f"Resource not accessible by {kind}")


def invalid(resource: str, field_name: str, message: str) -> Refusal:
    """A 422 with one error, as GitHub words validation failures."""
    error = {"resource": resource, "field": field_name, "code": "unprocessable", "message": message}
    return Refusal(422, "Validation Failed", [error])


def found(item: Any) -> Any:
    """The item, or GitHub's 404 if there is none."""
    if item is None:
        raise Refusal(404, "Not Found")
    return item
