"""Connects to the Docker engine through the SDK."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Protocol, cast

import requests
from docker import APIClient
from docker.errors import DockerException
from docker.tls import TLSConfig

from bot.edges.engine import EngineAddress, engine_address
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

    address: EngineAddress
    client: EngineApi = field(repr=False)
    version: str


def find_engine(environment: Mapping[str, str]) -> Engine:
    """Find the engine. Raises ``EngineError`` that names the address tried and what happened there."""
    address = engine_address(environment, Path(environment.get("HOME", "/")))
    try:
        client = _client(address)
        version = str(client.version()["Version"]).partition("+")[0]
    except (DockerException, requests.RequestException, OSError) as error:
        raise EngineError(
            f"No Docker engine answers at {address.host}.", why=_reason(address.host, error), fix=_FIX
        ) from None
    return Engine(address, client, version)


def _client(address: EngineAddress) -> EngineApi:
    client = APIClient(
        base_url=address.host,
        tls=_tls(Path(address.certificates)) if address.certificates else False,
        version="auto",
        timeout=_TIMEOUT_SECONDS,
        use_ssh_client=address.host.startswith("ssh://"),
    )
    return cast("EngineApi", client)


def _tls(folder: Path) -> TLSConfig:
    names = {name: str(folder / f"{name}.pem") for name in ("ca", "cert", "key")}
    return TLSConfig(client_cert=(names["cert"], names["key"]), ca_cert=names["ca"], verify=True)


def _reason(host: str, error: Exception) -> str:
    path = Path(host.removeprefix("unix://"))
    text = str(error)
    if host.startswith("unix://") and not path.exists():
        return "There is no such socket."
    if "Permission denied" in text or "PermissionError" in text:
        return "Its socket may not be opened by this user."
    if "Connection refused" in text or "ConnectionRefused" in text:
        return "Nobody listens there."
    return "".join(one if one.isprintable() else " " for one in text)[:_REASON_CHARACTERS]
