"""Scripts as a shell runs them, and the engines that ``script/test`` prepared."""

import os
import pathlib
import subprocess
from collections.abc import Callable
from typing import NamedTuple

import pytest

KINDS = ("CLASSIC", "MODERN", "CONTAINERD")


class PreparedEngine(NamedTuple):
    """One engine of ``script/test``, and what its clients need."""

    kind: str
    environment: dict[str, str]

    def docker(self, *arguments: str) -> str:
        """Run its docker client and give what it prints."""
        done = subprocess.run(
            ["docker", *arguments],
            env={**os.environ, **self.environment, "DOCKER_BUILDKIT": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


RunScript = Callable[..., subprocess.CompletedProcess[str]]


def prepared_engine(kind: str) -> PreparedEngine:
    """Return the engine of that kind, or skip the test where ``script/test`` prepared none."""
    host = os.environ.get(f"DEADWEIGHT_TEST_ENGINE_{kind}")
    if host is None:
        pytest.skip(f"DEADWEIGHT_TEST_ENGINE_{kind} is not set; script/test sets it")
    environment = {
        "DOCKER_HOST": host,
        "DOCKER_CONFIG": os.environ[f"DEADWEIGHT_TEST_DOCKER_CONFIG_{kind}"],
        "PATH": os.environ[f"DEADWEIGHT_TEST_PATH_{kind}"],
    }
    return PreparedEngine(kind, environment)


@pytest.fixture(params=KINDS)
def engine(request: pytest.FixtureRequest) -> PreparedEngine:
    """Return each engine that ``script/test`` prepared."""
    return prepared_engine(request.param)


@pytest.fixture
def run_script(root: pathlib.Path) -> RunScript:
    """Run a script of ``script/`` with the given variables added to (or, with None, taken from) the environment."""

    def run(name: str, *arguments: str, **variables: str | None) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, **variables}
        return subprocess.run(
            [str(root / "script" / name), *arguments],
            env={key: value for key, value in environment.items() if value is not None},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    return run
