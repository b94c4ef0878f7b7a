"""A Docker engine's HTTP API, for reading: lean, because the SDK alone takes longer to import than we may take in all.

Paths carry no API version, so an engine answers in its own; what we read of its answers has not changed since 1.24.
API reference: moby ``api/swagger.yaml``.
"""

import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from bot.edges.http_stream import Connection, Response
from bot.errors import EngineError, ImageError
from bot.formats.documents import Json, inner, parse_object, text

_DEFAULT_HOST: Final = "unix:///var/run/docker.sock"
_PLAIN_PORT: Final = 2375
_TLS_PORT: Final = 2376
_LONGEST_ANSWER: Final = 64_000_000
_KNOCK_SECONDS: Final = 2


@dataclass(frozen=True, slots=True)
class EngineAddress:
    """Where an engine listens: ``unix://PATH`` or ``tcp://HOST:PORT``, the latter with client certificates or not."""

    host: str = _DEFAULT_HOST
    certificates: str = ""
    """A folder with ``ca.pem``, ``cert.pem`` and ``key.pem``; empty for a plain connection."""

    def variables(self) -> dict[str, str]:
        """Spell the address for the docker CLI, so that it speaks to the same engine whatever it would choose."""
        tls = {"DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": self.certificates} if self.certificates else {}
        return {"DOCKER_HOST": self.host} | tls


class RefusedRequest(Exception):  # noqa: N818 - not a failure until its caller says so
    """The engine answered with an error: its status and its message."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class Engine:
    """One engine; a connection is kept between requests."""

    def __init__(self, address: EngineAddress, *, timeout_seconds: float = 600) -> None:
        self.address = address
        self._timeout_seconds = timeout_seconds
        self._idle: list[Connection] = []

    def get(self, path: str) -> Json:
        """Give the object at a path; raises ``RefusedRequest`` for an error, ``EngineError`` where nobody answers."""
        return self.ask("GET", path)

    def ask(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Json:
        """Send a request with a JSON body; give the object that is answered, an empty one for none."""
        with self.stream(method, path, body) as response:
            answer = response.read(_LONGEST_ANSWER)
        return parse_object(answer, "answer of the engine") if answer else {}

    @contextmanager
    def stream(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Iterator[Response]:
        """Send a request; give the response to read from."""
        connection: Connection | None = None
        try:
            connection = self._idle_one() or connect(self.address, self._timeout_seconds)
            response = connection.ask(method, path, None if body is None else json.dumps(body).encode())
            if response.status >= 300:
                raise RefusedRequest(response.status, _message(response.read(_LONGEST_ANSWER)))
            yield response
            if response.finished and response.reusable:
                self._idle.append(connection)
                connection = None
        except OSError as error:
            raise self._silent(error) from error
        finally:
            if connection:
                connection.close()

    def _idle_one(self) -> Connection | None:
        """Take an idle connection; another thread may be faster."""
        with suppress(IndexError):
            return self._idle.pop()
        return None

    def _silent(self, error: Exception) -> EngineError:
        return EngineError(
            f"No Docker engine answers at {self.address.host}",
            why=(isinstance(error, OSError) and error.strerror) or str(error) or type(error).__name__,
            fix="start one, or set DOCKER_HOST to where it listens; archives and registries are read without one",
        )

    def close(self) -> None:
        """Close idle connections."""
        while self._idle:
            self._idle.pop().close()


def _message(body: bytes) -> str:
    with suppress(ImageError):
        return text(parse_object(body, "answer"), "message")
    return body[:200].decode(errors="replace").strip()


def connect(address: EngineAddress, timeout_seconds: float) -> Connection:
    """Connect to an engine; raises ``OSError`` where nobody listens, ``EngineError`` for an address we cannot use."""
    url = urlsplit(address.host)
    if url.scheme == "unix":
        local = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        local.settimeout(timeout_seconds)
        local.connect(url.path)
        return Connection(local, "engine")
    if url.scheme not in {"tcp", "http", "https"} or not url.hostname:
        raise EngineError(
            f"The engine's address {address.host} is not one to read from",
            why="it must be unix:// or tcp://",
            fix="for an engine behind ssh, forward its socket: ssh -L /tmp/docker.sock:/var/run/docker.sock HOST",
        )
    is_private = bool(address.certificates) or url.scheme == "https"
    port = url.port or (_TLS_PORT if is_private else _PLAIN_PORT)
    remote = socket.create_connection((url.hostname, port), timeout_seconds)
    return Connection(_private(remote, url.hostname, address.certificates) if is_private else remote, url.netloc)


def _private(remote: socket.socket, name: str, folder: str) -> socket.socket:
    """Speak TLS, with the client certificate in a folder where one is given."""
    import ssl  # noqa: PLC0415 - remote engines only

    context = ssl.create_default_context(cafile=str(Path(folder, "ca.pem")) if folder else None)
    if folder:
        context.load_cert_chain(Path(folder, "cert.pem"), Path(folder, "key.pem"))
    return context.wrap_socket(remote, server_hostname=name)


def engine_address(environment: Mapping[str, str], home: Path) -> EngineAddress:
    """Find the engine as the docker CLI does: ``DOCKER_HOST``, else the current context, else a usual socket.

    The usual ones are the machine's, a rootless engine's and Docker Desktop's; the first that somebody listens on wins.
    """
    if host := environment.get("DOCKER_HOST"):
        verify = environment.get("DOCKER_TLS_VERIFY") or environment.get("DOCKER_CERT_PATH")
        folder = environment.get("DOCKER_CERT_PATH") or str(home / ".docker")
        return EngineAddress(host, folder if verify and not host.startswith("unix:") else "")
    settings = Path(environment.get("DOCKER_CONFIG") or home / ".docker")
    context = environment.get("DOCKER_CONTEXT") or text(_read(settings / "config.json"), "currentContext")
    return _of_context(settings, context) if context not in {"", "default"} else _usual(environment, home)


def _usual(environment: Mapping[str, str], home: Path) -> EngineAddress:
    runtime = environment.get("XDG_RUNTIME_DIR")
    rootless = (f"unix://{runtime}/docker.sock",) if runtime else ()
    hosts = (_DEFAULT_HOST, *rootless, f"unix://{home}/.docker/run/docker.sock")
    return EngineAddress(next(filter(_listens, hosts), _DEFAULT_HOST))


def _listens(host: str) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(_KNOCK_SECONDS)
        try:
            client.connect(host.removeprefix("unix://"))
        except OSError:
            return False
    return True


def _of_context(folder: Path, context: str) -> EngineAddress:
    """Read the address of a context; the CLI keeps each in a folder named by the SHA-256 of its name."""
    key = sha256(context.encode()).hexdigest()
    host = text(inner(inner(_read(folder / "contexts" / "meta" / key / "meta.json"), "Endpoints"), "docker"), "Host")
    if not host:
        raise EngineError(f"There is no docker context {context!r}", why="", fix="docker context ls lists them")
    certificates = folder / "contexts" / "tls" / key / "docker"
    return EngineAddress(host, str(certificates) if certificates.is_dir() else "")


def _read(path: Path) -> Json:
    try:
        return parse_object(path.read_bytes(), str(path))
    except OSError:
        return {}
