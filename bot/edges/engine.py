"""A Docker engine's HTTP API: the one client of it, for reading images and around builds.

It is lean, because the docker SDK alone takes longer to import than reading an image may take in all. Paths carry no
API version, so an engine answers in its own; what we read of its answers has not changed since 1.24.
API reference: moby ``api/swagger.yaml``.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import TYPE_CHECKING, Final

from bot.edges.engine_address import EngineAddress, no_answer
from bot.errors import EngineError, ImageError
from bot.formats.documents import Json, parse_list, parse_object, text

if TYPE_CHECKING:
    from bot.edges.engine_http import Connection, Response

_LONGEST_ANSWER: Final = 64_000_000
_JSON: Final = "application/json"
_TAR: Final = "application/x-tar"


class EngineRefusedError(EngineError):
    """The engine answered with an error: its status and its message; what that means, the caller knows."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__("The engine refuses a request.", why=f"{status}: {message}", fix="See its log.")
        self.status = status
        self.message = message


class Engine:
    """One engine; a connection is kept between requests."""

    def __init__(self, address: EngineAddress, *, timeout_seconds: float = 600) -> None:
        self.address = address
        self._timeout_seconds = timeout_seconds
        self._idle: list[Connection] = []

    @cached_property
    def version(self) -> str:
        """Its version, such as ``28.5.2``."""
        return text(self.get("/version"), "Version").partition("+")[0]

    def get(self, path: str) -> Json:
        """Return the object at a path; raises ``EngineRefusedError`` for an error, ``EngineError`` for silence."""
        return self.ask("GET", path)

    def ask(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Json:
        """Send a request with a JSON body; return the object that is answered, an empty one for no body."""
        with self.stream(method, path, body) as response:
            answer = response.read(_LONGEST_ANSWER)
        return parse_object(answer, "answer of the engine") if answer else {}

    def get_list(self, path: str) -> Sequence[Json]:
        """Return the list of objects at a path, see ``get``."""
        with self.stream("GET", path) as response:
            return parse_list(response.read(_LONGEST_ANSWER), "answer of the engine")

    def delete(self, path: str) -> None:
        """Remove what is at a path, see ``get``; whatever the engine says of it is read to its end, for the next."""
        with self.stream("DELETE", path) as response:
            response.read(_LONGEST_ANSWER)

    def put(self, path: str, archive: bytes) -> None:
        """Send a tar, see ``get``."""
        with self.stream("PUT", path, archive) as response:
            response.read(_LONGEST_ANSWER)

    @contextmanager
    def stream(self, method: str, path: str, body: Mapping[str, object] | bytes | None = None) -> "Iterator[Response]":
        """Send a request with a JSON body, a tar or none, and read the response while the context lasts."""
        from bot.edges.engine_http import FAILURES, Connection  # noqa: PLC0415 - see that module

        connection: Connection | None = None
        try:
            try:
                connection = self._idle_one() or Connection(self.address, self._timeout_seconds)
                sent = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
                response = connection.ask(method, path, sent, _TAR if body is sent else _JSON)
            except FAILURES as error:
                raise no_answer(self.address.host, error) from error
            if response.status >= 300:
                raise EngineRefusedError(response.status, _message(response.read(_LONGEST_ANSWER)))
            yield response
            if response.is_reusable:
                self._idle.append(connection)
                connection = None
        finally:
            if connection:
                connection.close()

    def _idle_one(self) -> "Connection | None":
        """Take an idle connection; another thread may be faster."""
        with suppress(IndexError):
            return self._idle.pop()
        return None

    def close(self) -> None:
        """Close idle connections."""
        while self._idle:
            self._idle.pop().close()


def _message(body: bytes) -> str:
    with suppress(ImageError):
        return text(parse_object(body, "answer"), "message")
    return body[:200].decode(errors="replace").strip()
