"""HTTP as engines speak it, in whatever pieces it arrives."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bot.edges.http_stream import Connection, ProtocolError, Response


@contextmanager
def answered(*pieces: bytes) -> Iterator[Response]:
    """Ask somebody who answers in pieces and then closes."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        connection = Connection(ours, "engine")

        def answer() -> None:
            theirs.recv(1 << 16)
            for piece in pieces:
                theirs.sendall(piece)
            theirs.shutdown(socket.SHUT_WR)

        thread = threading.Thread(target=answer)
        thread.start()
        try:
            yield connection.ask("GET", "/x", None)
        finally:
            thread.join()
            connection.close()


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("pieces", "body", "reusable"),
    [
        ((HEAD + b"Content-Length: 5\r\n\r\nhello",), b"hello", True),
        ((HEAD + b"Content-Length: 5\r\n\r\nhe", b"llo"), b"hello", True),
        ((HEAD + b"Content-Length: 0\r\n\r\n",), b"", True),
        ((CHUNKED + b"5\r\nhello\r\n0\r\n\r\n",), b"hello", True),
        ((CHUNKED + b"2\r\nhe\r", b"\n3;x=y\r\nllo\r\n0\r\nTrailer: z\r\n\r\n"), b"hello", True),
        ((HEAD + b"\r\nhello",), b"hello", False),
        ((HEAD + b"Connection: close\r\nContent-Length: 5\r\n\r\nhello",), b"hello", False),
        ((b"HTTP/1.1 204 No Content\r\n\r\n",), b"", True),
    ],
)
def test_read__bodies(pieces: tuple[bytes, ...], body: bytes, reusable: bool) -> None:
    """A body is whole whether its length, its chunks or the end of the connection tells where it ends."""
    with answered(*pieces) as response:
        assert body == response.read(100)
        assert (True, reusable) == (response.finished, response.reusable)


@pytest.mark.parametrize(
    "pieces",
    [
        (b"",),
        (b"SSH-2.0-OpenSSH\r\n",),
        (b"HTTP/1.1 OK\r\n\r\n",),
        (HEAD,),
        (HEAD + b"x: y\r\n" * 300 + b"\r\n",),
        (HEAD + b"Content-Length: -5\r\n\r\nhello",),
        (HEAD + b"Content-Length: 6\r\n\r\nhello",),
        (CHUNKED + b"5\r\nhel",),
        (CHUNKED + b"-5\r\nhello\r\n0\r\n\r\n",),
        (CHUNKED + b"5\r\nhello\r\n",),
        (b"HTTP/1.1 200 " + b"x" * 100_000,),
    ],
)
def test_read__broken(pieces: tuple[bytes, ...]) -> None:
    """What is no HTTP, or breaks off, is an error and never a short body."""
    with pytest.raises(ProtocolError), answered(*pieces) as response:
        response.read(100)


def test_read__too_long() -> None:
    """A body above what was allowed is an error."""
    with pytest.raises(ProtocolError, match="more than 3 bytes"), answered(HEAD + b"\r\nhello") as response:
        response.read(3)
