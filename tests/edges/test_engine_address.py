"""Which engine is asked: the one that the docker CLI would ask."""

import hashlib
import json
from pathlib import Path

import pytest

from bot.edges.engine import Engine
from bot.edges.engine_address import EngineAddress, engine_address
from bot.errors import EngineError


def with_context(home: Path, name: str, host: str, *, certificates: bool = False) -> Path:
    """Write a docker context and make it the current one; give the configuration's folder."""
    folder, key = home / ".docker", hashlib.sha256(name.encode()).hexdigest()
    meta = folder / "contexts" / "meta" / key / "meta.json"
    meta.parent.mkdir(parents=True)
    meta.write_text(json.dumps({"Name": name, "Endpoints": {"docker": {"Host": host}}}))
    (folder / "config.json").write_text(json.dumps({"currentContext": name}))
    if certificates:
        (folder / "contexts" / "tls" / key / "docker").mkdir(parents=True)
    return folder


def test_engine_address__nothing_said(tmp_path: Path) -> None:
    """Without a word it is the usual socket."""
    assert EngineAddress("unix:///var/run/docker.sock") == engine_address({}, tmp_path)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"DOCKER_HOST": "unix:///x.sock"}, EngineAddress("unix:///x.sock")),
        ({"DOCKER_HOST": "tcp://h:1"}, EngineAddress("tcp://h:1")),
        (
            {"DOCKER_HOST": "tcp://h:1", "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": "/c"},
            EngineAddress("tcp://h:1", "/c"),
        ),
        ({"DOCKER_HOST": "unix:///x.sock", "DOCKER_TLS_VERIFY": "1"}, EngineAddress("unix:///x.sock")),
    ],
)
def test_engine_address__docker_host(environment: dict[str, str], expected: EngineAddress, tmp_path: Path) -> None:
    """DOCKER_HOST comes before the current context, with client certificates where they are asked for."""
    with_context(tmp_path, "other", "unix:///other.sock")

    assert expected == engine_address(environment, tmp_path)


def test_engine_address__current_context(tmp_path: Path) -> None:
    """The current context of the configuration is followed, its certificates included."""
    folder = with_context(tmp_path, "far", "tcp://far:2376", certificates=True)

    found = engine_address({}, tmp_path)

    assert "tcp://far:2376" == found.host
    assert found.certificates.startswith(str(folder / "contexts" / "tls"))
    assert found == engine_address({"DOCKER_CONFIG": str(folder)}, Path("/nonexistent"))
    assert found == engine_address({"DOCKER_CONTEXT": "far"}, tmp_path)


def test_engine_address__default_context(tmp_path: Path) -> None:
    """DOCKER_CONTEXT=default means the usual socket."""
    with_context(tmp_path, "far", "tcp://far:2376")

    assert EngineAddress() == engine_address({"DOCKER_CONTEXT": "default"}, tmp_path)


def test_engine_address__unknown_context(tmp_path: Path) -> None:
    """A context that does not exist is an error that names it."""
    with pytest.raises(EngineError, match="no docker context 'gone'"):
        engine_address({"DOCKER_CONTEXT": "gone"}, tmp_path)


def test_get__address_behind_ssh() -> None:
    """An engine behind ssh is not read from, and the message says how it can be."""
    with pytest.raises(EngineError, match=r"(?s)ssh://host.*ssh -L"):
        Engine(EngineAddress("ssh://host")).get("/info")


def test_get__nobody_listens(tmp_path: Path) -> None:
    """A socket that is not there is an error with its address."""
    with pytest.raises(EngineError, match=str(tmp_path)):
        Engine(EngineAddress(f"unix://{tmp_path}/none.sock")).get("/info")
