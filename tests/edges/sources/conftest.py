"""Engines, a registry and small images for the tests of reading images."""

import os
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from bot.edges.engine_address import EngineAddress

KINDS = ("CLASSIC", "MODERN", "CONTAINERD")


class TestEngine(NamedTuple):
    """A real engine, its address, and the environment for its docker client."""

    __test__ = False

    kind: str
    address: EngineAddress
    environment: dict[str, str]

    def docker(self, *arguments: str, stdin: bytes = b"") -> str:
        """Run the docker client; give its output without the last line's end."""
        command = ["docker", *arguments]
        done = subprocess.run(command, env=self.environment, input=stdin, capture_output=True, check=False)
        assert 0 == done.returncode, done.stderr.decode()
        return done.stdout.decode().strip()


def engine_of(kind: str) -> TestEngine:
    """Return an engine of a kind, or skip where ``script/test`` has not started one."""
    host = os.environ.get(f"DEADWEIGHT_TEST_ENGINE_{kind}")
    if not host:
        pytest.skip(f"no {kind.lower()} engine: DEADWEIGHT_TEST_ENGINE_{kind} is not set (script/test sets it)")
    config = os.environ.get(f"DEADWEIGHT_TEST_DOCKER_CONFIG_{kind}", "/nonexistent")
    path = os.environ.get(f"DEADWEIGHT_TEST_PATH_{kind}", os.environ["PATH"])
    return TestEngine(kind, EngineAddress(host), {"DOCKER_HOST": host, "DOCKER_CONFIG": config, "PATH": path})


@pytest.fixture(scope="session", params=KINDS)
def engine(request: pytest.FixtureRequest) -> TestEngine:
    """Return each kind of engine in turn."""
    return engine_of(request.param)


@pytest.fixture(scope="session", params=("CLASSIC", "MODERN"))
def classic_store(request: pytest.FixtureRequest) -> TestEngine:
    """Return each engine with the classic image store in turn."""
    return engine_of(request.param)


@pytest.fixture(scope="session")
def busybox() -> Path:
    """Return a statically linked busybox."""
    found = shutil.which("busybox")
    if not found:
        pytest.skip("there is no busybox on this machine (Debian's busybox-static)")
    return Path(found)


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the host of a real registry on this machine."""
    program = shutil.which("docker-registry")
    if not program:
        pytest.skip("there is no docker-registry on this machine (Debian's package of that name)")
    folder = tmp_path_factory.mktemp("registry")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{free.getsockname()[1]}"
    config = folder / "config.yml"
    config.write_text(
        f"version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {folder}}}}}\nhttp: {{addr: {host}}}\n"
    )
    process = subprocess.Popen([program, "serve", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(f"http://{host}/v2/")
        yield host
    finally:
        process.terminate()
        process.wait()


def _wait_for(url: str) -> None:
    for _ in range(100):
        try:
            urllib.request.urlopen(url, timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"nothing answers at {url}")
