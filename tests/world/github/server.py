"""The fake GitHub as an HTTP server on loopback, and what a test does and sees from outside."""

from __future__ import annotations

import json
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from tests.world.github.desk import Answer, Desk, Refusal, Request, found, require
from tests.world.github.faults import Fault, FaultScript
from tests.world.github.people import People
from tests.world.github.routes import find_route
from tests.world.github.shapes import Shapes
from tests.world.github.state import State, Token


class GitHubFake(People):
    """One repository on one loopback address; use it as a context manager.

    ``url`` is where it listens, ``api_url`` is what it writes into its answers (Prism's address where Prism
    stands in front). ``requests`` are all requests so far as ``METHOD /path?query``, with their status;
    ``authorizations`` what they showed for a token.
    """

    def __init__(self, prefix: str = "") -> None:
        self.state = State()
        self.faults = FaultScript()
        self.requests: list[tuple[str, int]] = []
        self.authorizations: list[str] = []
        self.prefix = prefix
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.fake = self
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}{prefix}"
        self.api_url = self.url
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def reset(self) -> None:
        """Forget everything; the address stays."""
        self.state = State()
        self.faults.clear()
        self.requests.clear()
        self.authorizations.clear()

    def count(self, start: str) -> int:
        """How many requests so far started with ``METHOD /path``."""
        return sum(request.startswith(start) for request, _ in self.requests)

    def fail(self, fault: Fault) -> None:
        """Add to the fault script."""
        self.faults.add(fault)

    def answer(self, method: str, target: str, authorization: str, body: bytes) -> Answer:
        """Do what a request asks; the whole of GitHub behind the socket."""
        try:
            return self._serve(method, urlsplit(target), authorization, body)
        except Refusal as refusal:
            return refusal.answer()

    def _serve(self, method: str, target: SplitResult, authorization: str, body: bytes) -> Answer:
        path = self._relative(unquote(target.path))
        route, arguments = found(find_route(method, path))
        token = self._known(authorization.partition(" ")[2], path)
        require(token, route.scope, route.level)
        request = Request(method, target.path, arguments, dict(parse_qsl(target.query)), _json(body), token)
        with self.state.lock:
            answer: Answer = route.endpoint(self._desk(), request)
            return answer

    def _desk(self) -> Desk:
        root, store = (url.removesuffix(self.prefix) for url in (self.api_url, self.url))
        return Desk(self.state, Shapes(self.state, self.api_url), root, store)

    def _known(self, secret: str, path: str) -> Token:
        if path.startswith(("//_blobs/", "//zen")):
            return Token("ghost")
        if secret not in self.state.tokens:
            raise Refusal(401, "Bad credentials")
        return self.state.tokens[secret]

    def _relative(self, path: str) -> str:
        # On Enterprise Server GraphQL is not below /api/v3 but beside it.
        inside = path.removeprefix(self.prefix).removeprefix(self.prefix.removesuffix("/v3"))
        for root in (f"/repos/{self.state.full_name}", f"/repositories/{self.state.repository_id}"):
            if inside == root or inside.startswith(f"{root}/"):
                return inside.removeprefix(root)
        return f"/{inside}"


def _json(body: bytes) -> dict[str, Any]:
    try:
        decoded = json.loads(body or b"{}")
    except ValueError as error:
        raise Refusal(400, "Problems parsing JSON") from error
    return decoded if isinstance(decoded, dict) else {}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    fake: GitHubFake

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that hang up."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """Reads a request, asks the fault script, answers."""

    protocol_version = "HTTP/1.1"
    server: _Server

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fake = self.server.fake
        fault = fake.faults.next_for(self.command, self.path)
        answer = self._answer(fault, body)
        fake.authorizations.append(self.headers.get("Authorization", ""))
        fake.requests.append((f"{self.command} {self.path}", 0 if answer is None else answer.status))
        if answer is None or (fault and fault.kind == "drop after commit"):
            self._hang_up()
        else:
            self._send(answer, cut=bool(fault and fault.kind == "cut body"))

    def _answer(self, fault: Fault | None, body: bytes) -> Answer | None:
        if fault and fault.kind == "drop":
            return None
        if fault and fault.kind == "answer":
            return Answer(fault.status, fault.body.encode(), dict(fault.headers))
        authorization = self.headers.get("Authorization", "")
        answer = self.server.fake.answer(self.command, self.path, authorization, body)
        if fault and fault.kind == "meanwhile":
            fault.deed()
        return answer

    def _hang_up(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def _send(self, answer: Answer, *, cut: bool) -> None:
        body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        if answer.status == 204:
            body = b""
        self.send_response(answer.status)
        headers = {"Content-Type": "application/json; charset=utf-8"} | answer.headers
        for name, value in headers.items():
            self.send_header(name, value)
        if answer.status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if cut else body)
        if cut:
            self.wfile.flush()
            self._hang_up()

    def log_message(self, *_: object) -> None:
        """Keep quiet."""

    do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = _handle  # noqa: N815 - the names that http.server looks for
