"""Where a Docker engine listens, found as the docker CLI finds it, and how its silence is worded."""

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from bot.errors import EngineError
from bot.formats.documents import Json, inner, parse_object, text

_DEFAULT_HOST: Final = "unix:///var/run/docker.sock"
_KNOCK_SECONDS: Final = 2
_REASON_CHARACTERS: Final = 200


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


def no_answer(host: str, error: Exception) -> EngineError:
    """Word the failure of an engine to answer at the address that was tried."""
    return EngineError(
        f"No Docker engine answers at {host}.",
        why=_reason(host, error),
        fix="Start Docker, or say where it is with DOCKER_HOST; in Actions, use a runner that has Docker."
        " Archives and registries are read without one.",
    )


def _reason(host: str, error: Exception) -> str:
    if isinstance(error, FileNotFoundError) and host.startswith("unix://"):
        return "There is no such socket."
    if isinstance(error, PermissionError):
        return "Its socket may not be opened by this user."
    if isinstance(error, ConnectionRefusedError):
        return "Nobody listens there."
    told = (isinstance(error, OSError) and error.strerror) or str(error) or type(error).__name__
    return "".join(one if one.isprintable() else " " for one in told)[:_REASON_CHARACTERS]
