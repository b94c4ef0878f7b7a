"""Just enough of HTTP/1.1 (RFC 9112) to ask an engine: one request, one response, read as a stream.

The standard library's client would do as well, but takes longer to import than an engine takes to answer.
"""

import socket
from collections.abc import Iterator
from io import BufferedReader
from typing import Final, cast

_LONGEST_LINE: Final = 1 << 16
_MOST_HEADERS: Final = 200
_HEXADECIMAL: Final = b"0123456789abcdefABCDEF"
_WITHOUT_BODY: Final = frozenset({204, 304})


class ProtocolError(OSError):
    """The other side does not speak HTTP, or stopped in the middle of it."""


class Connection:
    """A connected socket, for one exchange after another."""

    def __init__(self, connected: socket.socket, host: str) -> None:
        self._socket = connected
        self._file = cast("BufferedReader", connected.makefile("rb", buffering=_LONGEST_LINE))
        self._host = host

    def ask(self, method: str, path: str, body: bytes | None) -> "Response":
        """Send a request with a JSON body or none; give the response once its head is here."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self._host}"]
        if body is not None:
            lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
        head = "\r\n".join((*lines, "", "")).encode("ascii")
        self._socket.sendall(head + (body or b""))
        return Response(self)

    def line(self) -> bytes:
        """Read one line of a head or of a chunk's size."""
        line = self._file.readline(_LONGEST_LINE)
        if not line.endswith(b"\n"):
            raise ProtocolError("the answer breaks off")
        return line.rstrip(b"\r\n")

    def readinto(self, buffer: memoryview) -> int:
        """Read some of a body; 0 where the other side has closed."""
        return self._file.readinto(buffer)

    def close(self) -> None:
        """Close the socket."""
        self._file.close()
        self._socket.close()


class Response:
    """A response whose body is a ``Readable``; ``finished`` once all of it has been read."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        version, _, rest = connection.line().partition(b" ")
        if not version.startswith(b"HTTP/1.") or not rest[:3].isdigit():
            raise ProtocolError("the answer is not HTTP")
        self.status = int(rest[:3])
        headers = dict(self._headers())
        self._chunked = headers.get(b"transfer-encoding", b"").lower() == b"chunked"
        self._in_chunks = False
        self._left: int | None = 0 if self._chunked else _length(headers.get(b"content-length"))
        if self.status in _WITHOUT_BODY:
            self._chunked, self._left = False, 0
        self.reusable = self._left is not None and headers.get(b"connection", b"").lower() != b"close"
        self.finished = self._left == 0 and not self._chunked

    def _headers(self) -> Iterator[tuple[bytes, bytes]]:
        for _ in range(_MOST_HEADERS):
            line = self._connection.line()
            if not line:
                return
            name, _, value = line.partition(b":")
            yield name.lower(), value.strip()
        raise ProtocolError("the answer has too many headers")

    def readinto(self, buffer: memoryview, /) -> int:
        """Read on, see ``Readable``; raises ``ProtocolError`` where the body breaks off."""
        if self._left == 0 and not self.finished:
            self._next_chunk()
        if self.finished:
            return 0
        count = self._connection.readinto(buffer if self._left is None else buffer[: self._left])
        if count == 0:
            self._end_at_close()
        elif self._left is not None:
            self._left -= count
            self.finished = self._left == 0 and not self._chunked
        return count

    def read(self, most: int) -> bytes:
        """Read the whole body; raises ``ProtocolError`` where it is longer than ``most`` bytes."""
        content, buffer = bytearray(), memoryview(bytearray(1 << 16))
        while count := self.readinto(buffer):
            content += buffer[:count]
            if len(content) > most:
                raise ProtocolError(f"the answer has more than {most} bytes")
        return bytes(content)

    def _next_chunk(self) -> None:
        """Read the size of the next chunk (RFC 9112, 7.1); the one before ends with an empty line."""
        if self._in_chunks:
            self._connection.line()
        self._in_chunks = True
        size, _, _ = self._connection.line().partition(b";")
        digits = size.strip()
        if not digits or digits.strip(_HEXADECIMAL):
            raise ProtocolError("the answer's chunks are garbled")
        self._left = int(digits, 16)
        if self._left == 0:
            self.finished = True
            for _ in self._headers():
                pass

    def _end_at_close(self) -> None:
        if self._left is not None:
            raise ProtocolError("the answer breaks off")
        self.finished = True


def _length(field: bytes | None) -> int | None:
    """Read a Content-Length; without one the body goes on until the other side closes."""
    if field is None:
        return None
    if not field.isdigit():
        raise ProtocolError("the answer's length is garbled")
    return int(field)
