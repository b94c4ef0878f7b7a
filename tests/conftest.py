"""What every test shares: the little world (GitHub, runner, engines) comes from ``tests.world``."""

import os
import pathlib

import pytest

pytest_plugins = ["tests.world.plugin"]

ROOT = pathlib.Path(__file__).resolve().parent.parent
FIXTURES = ROOT.parent / "shared" / "fixtures"


@pytest.fixture(scope="session")
def root() -> pathlib.Path:
    """Return the root of the checkout."""
    return ROOT


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the runner's own variables of a CI machine out of every test."""
    for name in [name for name in os.environ if name.startswith(("GITHUB_", "INPUT_", "RUNNER_", "ACTIONS_"))]:
        monkeypatch.delenv(name)
