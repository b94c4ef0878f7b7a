"""A shop for every test of the pipeline."""

import pytest

from tests.pipeline.world import Shop


@pytest.fixture
def shop() -> Shop:
    """Give an empty repository with a world around it."""
    return Shop()
