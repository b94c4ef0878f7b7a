"""An engine that answers as engines do, in whatever pieces, and one that is broken or hostile: at a real socket."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.edges.engine import Engine, EngineRefusedError
from bot.edges.engine_address import EngineAddress
from bot.errors import EngineError

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


class Served:
    """A socket at which each connection is answered with the same pieces; it remembers what it was asked."""

    def __init__(self, listener: socket.socket, pieces: tuple[bytes, ...], answers: int) -> None:
        self.asked: list[bytes] = []
        self.connections = 0
        self._listener = listener
        self._pieces = pieces
        self._answers = answers

    def serve(self) -> None:
        """Answer until the listener is closed."""
        try:
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                with connection:
                    self._answer(connection)
        except OSError:
            return

    def _answer(self, connection: socket.socket) -> None:
        for _ in range(self._answers):
            asked = connection.recv(1 << 16)
            if not asked:
                return
            while asked.startswith(b"POST") and not asked.endswith(b"}"):
                asked += connection.recv(1 << 16)
            self.asked.append(asked)
            for piece in self._pieces:
                connection.sendall(piece)


@contextmanager
def served(folder: Path, *pieces: bytes, answers: int = 1) -> Iterator[tuple[Engine, Served]]:
    """Ask somebody who answers so many requests of a connection in pieces, and then closes it."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "engine.sock"))
        listener.listen()
        server = Served(listener, pieces, answers)
        thread = threading.Thread(target=server.serve)
        thread.start()
        engine = Engine(EngineAddress(f"unix://{folder}/engine.sock"), timeout_seconds=5)
        try:
            yield engine, server
        finally:
            engine.close()
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def whole(engine: Engine, most: int = 100) -> bytes:
    """Read a body."""
    with engine.stream("GET", "/x") as response:
        return response.read(most)


BODIES = [
    ((HEAD + b"Content-Length: 5\r\n\r\nhello",), b"hello", True),
    ((HEAD + b"Content-Length: 5\r\n\r\nhe", b"llo"), b"hello", True),
    ((HEAD + b"Content-Length: 0\r\n\r\n",), b"", True),
    ((CHUNKED + b"5\r\nhello\r\n0\r\n\r\n",), b"hello", True),
    ((CHUNKED + b"2\r\nhe\r", b"\n3;x=y\r\nllo\r\n0\r\nTrailer: z\r\n\r\n"), b"hello", True),
    ((CHUNKED + b"1\r\nx\r\n" * 90 + b"0\r\n\r\n",), b"x" * 90, True),
    ((HEAD + b"\r\nhello",), b"hello", False),
    ((HEAD + b"Connection: close\r\nContent-Length: 5\r\n\r\nhello",), b"hello", False),
    ((b"HTTP/1.1 204 No Content\r\n\r\n",), b"", True),
]


@pytest.mark.parametrize(("pieces", "body", "kept"), BODIES)
def test_stream__bodies(pieces: tuple[bytes, ...], body: bytes, kept: bool, tmp_path: Path) -> None:
    """A body is whole however its end is told, and a connection whose end is told is used for the next request."""
    with served(tmp_path, *pieces, answers=2 if kept else 1) as (engine, server):
        assert [body, body] == [whole(engine), whole(engine)]

    assert (1 if kept else 2) == server.connections


@pytest.mark.parametrize(
    "pieces",
    [
        (b"",),
        (b"SSH-2.0-OpenSSH\r\n",),
        (b"HTTP/1.1 OK\r\n\r\n",),
        (HEAD,),
        (HEAD + b"x: y\r\n" * 300 + b"\r\n",),
        (HEAD + b"Content-Length: -5\r\n\r\nhello",),
        (HEAD + b"Content-Length: many\r\n\r\nhello",),
        (HEAD + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\nhello",),
        (HEAD + b"Content-Length: 6\r\n\r\nhello",),
        (CHUNKED + b"5\r\nhel",),
        (CHUNKED + b"-5\r\n" + b"hello" * 20_000,),
        (CHUNKED + b"five\r\nhello\r\n0\r\n\r\n",),
        (CHUNKED + b"5\r\nhello\r\n",),
        (CHUNKED + b"5\r\nhello\r\n0\r\n" + b"x: y\r\n" * 300 + b"\r\n",),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 300 + HEAD + b"\r\n",),
        (b"HTTP/1.1 200 " + b"x" * 100_000,),
    ],
)
def test_stream__broken(pieces: tuple[bytes, ...], tmp_path: Path) -> None:
    """What is no HTTP, breaks off or does not end is an error with the engine's address, and never a short body."""
    with served(tmp_path, *pieces) as (engine, _), pytest.raises(EngineError, match=str(tmp_path)):
        whole(engine, 1 << 20)


def test_stream__body_that_breaks_off_midway(tmp_path: Path) -> None:
    """What came before an answer breaks off is given; the break is an error, not the end."""
    with (
        served(tmp_path, HEAD + b"Content-Length: 6\r\n\r\nhello") as (engine, _),
        engine.stream("GET", "/x") as response,
    ):
        buffer = memoryview(bytearray(5))
        assert (5, b"hello") == (response.readinto(buffer), bytes(buffer))
        with pytest.raises(EngineError, match="breaks off"):
            response.readinto(buffer)


def test_get__answer_that_is_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A document above what is read of one is an error."""
    monkeypatch.setattr("bot.edges.engine._LONGEST_ANSWER", 3)

    with served(tmp_path, HEAD + b"\r\n{    }") as (engine, _), pytest.raises(EngineError, match="more than 3 bytes"):
        engine.get("/x")


def test_stream__engine_that_says_nothing(tmp_path: Path) -> None:
    """An engine that takes a request and stays silent is given up at its deadline."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "silent.sock"))
        listener.listen()
        engine = Engine(EngineAddress(f"unix://{tmp_path}/silent.sock"), timeout_seconds=0.2)

        with pytest.raises(EngineError, match="timed out"):
            engine.get("/x")


def test_get__refusal(tmp_path: Path) -> None:
    """An error of the engine is told with its status and message, and the connection is not used again."""
    refusal = b'HTTP/1.1 409 Conflict\r\nContent-Length: 21\r\n\r\n{"message": "in use"}'

    with served(tmp_path, refusal, answers=2) as (engine, server):
        for _ in range(2):
            with pytest.raises(EngineRefusedError) as caught:
                engine.get("/x")
            assert (409, "in use") == (caught.value.status, caught.value.message)

    assert 2 == server.connections


def test_ask__request_as_it_is_sent(tmp_path: Path) -> None:
    """A request has a JSON body and its length, and a path cannot smuggle another request into it."""
    with served(tmp_path, b"HTTP/1.1 204 No Content\r\n\r\n") as (engine, server):
        assert {} == engine.ask("POST", "/containers/create", {"Image": "a"})
        with pytest.raises(EngineError, match="control characters"):
            engine.get("/x HTTP/1.1\r\nHost: other\r\n\r\nDELETE /images/a")

    [asked] = server.asked
    assert asked.startswith(b"POST /containers/create HTTP/1.1\r\nHost: engine\r\n")
    assert b"Content-Type: application/json\r\n" in asked
    assert b"Content-Length: 14\r\n" in asked


def test_get__over_tcp() -> None:
    """An engine at a port is asked by its name and port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Served(listener, (HEAD + b"Content-Length: 2\r\n\r\n{}",), 1)
        thread = threading.Thread(target=server.serve)
        thread.start()
        port = listener.getsockname()[1]
        assert {} == Engine(EngineAddress(f"tcp://127.0.0.1:{port}")).get("/info")
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()

    assert f"\r\nHost: 127.0.0.1:{port}\r\n".encode() in server.asked[0]


@pytest.mark.parametrize("host", ["ssh://host", "tcp://host:port", "tcp://[::1", "npipe:////./pipe/docker", "nowhere"])
def test_get__address_that_cannot_be_used(host: str) -> None:
    """An address that names no socket and no port is an error that says so, before anything is asked."""
    with pytest.raises(EngineError, match="cannot be used"):
        Engine(EngineAddress(host)).get("/info")
