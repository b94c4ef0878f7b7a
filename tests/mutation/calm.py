"""A pytest plugin for tests that are run hundreds of times: the same every time, and without what only judges fakes."""

from __future__ import annotations

from pathlib import Path
from typing import Self

import hypothesis
import pytest

from tests.world import plugin


class NoPrism:
    """Stands in for the proxy that checks every request: it takes seconds to start, and judges the fake, not us."""

    def __init__(self, url: str, _folder: Path) -> None:
        self.url = url

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def violations(self) -> list[str]:
        """There are none."""
        return []


EXAMPLES = 25


def pytest_configure(config: pytest.Config) -> None:
    """Set what holds for the whole run."""
    hypothesis.settings.register_profile(
        "calm",
        derandomize=True,
        database=None,
        max_examples=EXAMPLES,
        deadline=None,
        phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),  # nobody reads the smallest example of a mutant
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    hypothesis.settings.load_profile("calm")
    plugin.PrismProxy = NoPrism  # type: ignore[misc, assignment]
    plugin._require_test_tools = lambda: None
