"""A shop for every test of the pipeline."""

import pytest

from tests.flows.world import Shop


@pytest.fixture
def shop() -> Shop:
    """Return an empty repository with a world around it."""
    return Shop()
