"""The fixtures that put a test into the little world; ``tests/conftest.py`` loads them for every test."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.world.act import Act
from tests.world.github import GitHubFake
from tests.world.openapi import PrismProxy, tools_folder


def _require_test_tools() -> None:
    if (tools_folder() / "npm/node_modules").is_dir():
        return
    reason = "the test tools are missing; script/test-tools installs them"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def test_tools() -> None:
    """Skip (or fail in CI) where ``script/test-tools`` has not run."""
    _require_test_tools()


@pytest.fixture(scope="session")
def _checked_github(
    test_tools: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[GitHubFake, PrismProxy]]:
    with GitHubFake() as fake, PrismProxy(fake.url, tmp_path_factory.mktemp("prism")) as proxy:
        yield fake, proxy


@pytest.fixture
def prism(_checked_github: tuple[GitHubFake, PrismProxy]) -> PrismProxy:
    """Return the proxy that stands before ``github``; ``violations()`` drains what it objected to."""
    return _checked_github[1]


@pytest.fixture
def github(_checked_github: tuple[GitHubFake, PrismProxy], prism: PrismProxy) -> Iterator[GitHubFake]:
    """Yield an empty GitHub behind Prism; every request and answer must satisfy GitHub's OpenAPI."""
    fake = _checked_github[0]
    fake.reset()
    fake.api_url = prism.url
    yield fake
    assert prism.violations() == []


@pytest.fixture(scope="session")
def _bare_github() -> Iterator[GitHubFake]:
    with GitHubFake() as fake:
        yield fake


@pytest.fixture
def github_fast(_bare_github: GitHubFake) -> GitHubFake:
    """Return an empty GitHub without Prism, for faults that no description covers and for many requests."""
    _bare_github.reset()
    return _bare_github


@pytest.fixture(scope="session")
def modern_engine() -> dict[str, str]:
    """Return the variables of an engine with BuildKit, or of whichever ``script/test`` offers."""
    kind = next((kind for kind in ("MODERN", "CLASSIC") if f"DEADWEIGHT_TEST_ENGINE_{kind}" in os.environ), None)
    if kind is None:
        pytest.skip("there is no engine; script/test starts one")
    return {
        "DOCKER_HOST": os.environ[f"DEADWEIGHT_TEST_ENGINE_{kind}"],
        "DOCKER_CONFIG": os.environ[f"DEADWEIGHT_TEST_DOCKER_CONFIG_{kind}"],
        "PATH": os.environ[f"DEADWEIGHT_TEST_PATH_{kind}"],
    }


@pytest.fixture(scope="session")
def act(test_tools: None, modern_engine: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Act]:
    """Yield a real runner on that engine."""
    with Act(modern_engine, tmp_path_factory.mktemp("act")) as runner:
        yield runner
