"""HTTP/1.1 to an engine by the standard library, with bounds on what an answer may be.

A module of its own, because ``http.client`` takes longer to import than an engine takes to answer, and archives and
registries are read without it. The standard library takes the end of a connection for the end of a head, reads
trailers for ever, and a length that is garbled for none; an engine that does so has failed half-way or is none, and a
short body must never pass for a whole one.
"""

import socket
from http.client import HTTPConnection, HTTPException, HTTPResponse
from io import BufferedReader
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from bot.edges.engine_address import EngineAddress, no_answer
from bot.errors import EngineError

# Engines write chunks of 32 KiB; with the standard library's 8 KiB each of them takes several calls of the system.
_BUFFER_BYTES: Final = 1 << 16
_MOST_LINES: Final = 200
_PLAIN_PORT: Final = 2375
_TLS_PORT: Final = 2376

FAILURES: Final = (OSError, HTTPException)
"""What a connection raises where the other side does not speak HTTP, or stops in the middle of it."""


class _Lines(BufferedReader):
    """A connection's bytes, in which heads, sizes of chunks and trailers are whole lines, and few in a row."""

    _in_a_row = 0

    def readline(self, size: int | None = -1, /) -> bytes:
        line = super().readline(size)
        self._in_a_row += 1
        if not line.endswith(b"\n"):
            raise HTTPException("the answer breaks off, or a line of it is too long")
        if self._in_a_row > _MOST_LINES:
            raise HTTPException("the answer has too many headers")
        # int() would take a signed size of a chunk.
        if line.startswith((b"-", b"+")):
            raise HTTPException("the answer's chunks are garbled")
        return line

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override] # as it is called by the library
        self._in_a_row = 0
        return super().readinto(buffer)


class _Answer(HTTPResponse):
    """A response that reads through ``_Lines``."""

    def __init__(
        self, sock: socket.socket, debuglevel: int = 0, method: str | None = None, url: str | None = None
    ) -> None:
        super().__init__(sock, debuglevel, method, url)
        self.fp.close()
        self.fp = _Lines(sock.makefile("rb", buffering=0), _BUFFER_BYTES)


class Response:
    """An answer of an engine, whose body is a ``Readable``."""

    def __init__(self, answer: HTTPResponse, host: str) -> None:
        self._answer = answer
        self._host = host
        self.status = answer.status
        if answer.getheader("Content-Length") and answer.length is None and not answer.chunked:
            raise HTTPException("the answer's length is garbled")

    @property
    def is_reusable(self) -> bool:
        """Whether the connection is ready for another request: all of the body is read, and it is kept open."""
        return self._answer.isclosed() and not self._answer.will_close

    def readinto(self, buffer: memoryview, /) -> int:
        """Read on, see ``Readable``; raises ``EngineError`` where the body breaks off."""
        try:
            count = self._answer.readinto(buffer)
            if not count and self._answer.length:
                raise HTTPException("the answer breaks off")
        except FAILURES as error:
            raise no_answer(self._host, error) from error
        return count

    def read(self, most: int) -> bytes:
        """Read the whole body; raises ``EngineError`` where it is longer than ``most`` bytes."""
        content, buffer = bytearray(), memoryview(bytearray(_BUFFER_BYTES))
        while count := self.readinto(buffer):
            content += buffer[:count]
            if len(content) > most:
                raise no_answer(self._host, HTTPException(f"the answer has more than {most} bytes"))
        return bytes(content)


class Connection:
    """A connection to an engine, for one exchange after another."""

    def __init__(self, address: EngineAddress, timeout_seconds: float) -> None:
        """Connect; raises ``OSError`` where nobody listens, ``EngineError`` for an address that cannot be used."""
        endpoint = _endpoint(address)
        self._host = address.host
        self._http = HTTPConnection(endpoint.name, endpoint.port)
        # It is connected here, by whatever leads there, and never again by itself.
        self._http.sock = _connected(endpoint, address.certificates, timeout_seconds)
        self._http.auto_open = 0
        self._http.response_class = _Answer

    def ask(self, method: str, path: str, body: bytes | None, content_type: str) -> Response:
        """Send a request with a body of a type or none; the response is returned once its head is here."""
        headers = {} if body is None else {"Content-Type": content_type}
        self._http.request(method, path, body, headers)
        return Response(self._http.getresponse(), self._host)

    def close(self) -> None:
        """Close the connection."""
        self._http.close()


class _Endpoint(NamedTuple):
    """Where to connect to: a socket's path, or a name and a port, with or without TLS."""

    path: str | None
    name: str = "engine"
    port: int = 80
    is_private: bool = False


def _endpoint(address: EngineAddress) -> _Endpoint:
    try:
        url = urlsplit(address.host)
        port = url.port
    except ValueError as error:
        raise _unusable(address.host, str(error)) from error
    if url.scheme == "unix":
        return _Endpoint(url.path)
    if url.scheme not in {"tcp", "http", "https"} or not url.hostname:
        raise _unusable(address.host, "it must be unix:// or tcp://")
    is_private = bool(address.certificates) or url.scheme == "https"
    return _Endpoint(None, url.hostname, port or (_TLS_PORT if is_private else _PLAIN_PORT), is_private)


def _unusable(host: str, why: str) -> EngineError:
    return EngineError(
        f"The engine's address {host} cannot be used",
        why=why,
        fix="for an engine behind ssh, forward its socket: ssh -L /tmp/docker.sock:/var/run/docker.sock HOST",
    )


def _connected(endpoint: _Endpoint, certificates: str, timeout_seconds: float) -> socket.socket:
    if endpoint.path is not None:
        return _of_socket(endpoint.path, timeout_seconds)
    remote = socket.create_connection((endpoint.name, endpoint.port), timeout_seconds)
    # A head and its body are two packets; the second would wait until the first is acknowledged.
    remote.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return _private(remote, endpoint.name, certificates) if endpoint.is_private else remote


def _of_socket(path: str, timeout_seconds: float) -> socket.socket:
    local = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    local.settimeout(timeout_seconds)
    try:
        local.connect(path)
    except OSError:
        local.close()
        raise
    return local


def _private(remote: socket.socket, name: str, folder: str) -> socket.socket:
    """Speak TLS, with the client certificate in a folder if there is one."""
    import ssl  # noqa: PLC0415 - remote engines only

    context = ssl.create_default_context(cafile=str(Path(folder, "ca.pem")) if folder else None)
    if folder:
        context.load_cert_chain(Path(folder, "cert.pem"), Path(folder, "key.pem"))
    return context.wrap_socket(remote, server_hostname=name)
