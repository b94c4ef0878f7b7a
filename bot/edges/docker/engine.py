"""Finds the Docker engine that answers: the one that is named, else the usual sockets."""

import hashlib
import json
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Protocol, cast

import requests
from docker import APIClient
from docker.errors import DockerException
from docker.utils import kwargs_from_env

from bot.errors import EngineError

_TIMEOUT_SECONDS = 60
_REASON_CHARACTERS = 200
_FIX = "Start Docker, or say where it is with DOCKER_HOST. In Actions, use a runner that has Docker."


class EngineApi(Protocol):
    """What we ask of the docker SDK's ``APIClient``, whose stubs leave most of it untyped."""

    def inspect_image(self, image: str) -> dict[str, Any]:
        """GET /images/{name}/json."""

    def history(self, image: str) -> list[dict[str, Any]]:
        """GET /images/{name}/history, the newest step first."""

    def remove_image(self, image: str) -> object:
        """DELETE /images/{name}."""

    def kill(self, container: str) -> None:
        """POST /containers/{id}/kill."""

    def version(self) -> dict[str, Any]:
        """GET /version."""

    def build(self, *, fileobj: IO[bytes], timeout: int, **options: Any) -> Generator[dict[str, Any], None, None]:
        """POST /build; gives the events of the stream, decoded."""


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine that answered: its address, a client for it, and its version such as ``28.5.2``."""

    host: str
    client: EngineApi = field(repr=False)
    version: str


def find_engine(environment: Mapping[str, str]) -> Engine:
    """Find the engine. Raises ``EngineError`` that names every address tried and what happened there.

    ``DOCKER_HOST`` and a context that was chosen are obeyed without a second try elsewhere.
    """
    tried: list[str] = []
    for host in _addresses(environment):
        try:
            return _connect(host, environment)
        except (DockerException, requests.RequestException, OSError) as error:
            tried.append(f"{host}: {_reason(host, error)}")
    raise EngineError("No Docker engine answers.", why="Tried " + "; ".join(tried) + ".", fix=_FIX)


def _connect(host: str, environment: Mapping[str, str]) -> Engine:
    named = dict(environment) | {"DOCKER_HOST": host}
    options = kwargs_from_env(environment=named)
    client = cast(
        "EngineApi",
        APIClient(
            base_url=options.get("base_url", host),
            tls=options.get("tls", False),
            version="auto",
            timeout=_TIMEOUT_SECONDS,
            use_ssh_client=host.startswith("ssh://"),
        ),
    )
    return Engine(host, client, str(client.version()["Version"]).partition("+")[0])


def _addresses(environment: Mapping[str, str]) -> Iterator[str]:
    named = environment.get("DOCKER_HOST") or _context_host(environment)
    if named:
        yield named
        return
    yield "unix:///var/run/docker.sock"
    runtime, home = environment.get("XDG_RUNTIME_DIR"), environment.get("HOME")
    if runtime:
        yield f"unix://{runtime}/docker.sock"
    if home:
        yield f"unix://{home}/.docker/run/docker.sock"


def _context_host(environment: Mapping[str, str]) -> str:
    """Give the address of the context in use, as ``docker context use`` keeps it; empty for the default one."""
    home = environment.get("HOME", "")
    folder = Path(environment.get("DOCKER_CONFIG") or f"{home}/.docker")
    name = environment.get("DOCKER_CONTEXT") or _read(folder / "config.json").get("currentContext")
    if not isinstance(name, str) or name in {"", "default"}:
        return ""
    meta = folder / "contexts" / "meta" / hashlib.sha256(name.encode()).hexdigest() / "meta.json"
    endpoints = _read(meta).get("Endpoints")
    docker = endpoints.get("docker") if isinstance(endpoints, dict) else None
    host = docker.get("Host") if isinstance(docker, dict) else None
    return host if isinstance(host, str) else ""


def _read(path: Path) -> dict[str, object]:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _reason(host: str, error: Exception) -> str:
    path = Path(host.removeprefix("unix://"))
    if host.startswith("unix://") and not path.exists():
        return "no such socket"
    text = str(error)
    if "Permission denied" in text or "PermissionError" in text:
        return "permission denied"
    if "Connection refused" in text or "ConnectionRefused" in text:
        return "connection refused"
    return "".join(one if one.isprintable() else " " for one in text)[:_REASON_CHARACTERS]
