"""Hands for the tests of the GitHub edge: a client with little patience, and effects with one line."""

from collections.abc import Callable

import pytest

from bot.edges.providers.github import connect
from bot.edges.providers.github.patience import Patience
from bot.model.effects import Marker, UpsertComment
from bot.ports import Provider
from tests.world.github import GitHubFake
from tests.world.github.people import HEAD_SHA

HURRIED = Patience(
    answer_seconds=60,
    backoff_seconds=0.01,
    limit_seconds=0.01,
    longest_wait_seconds=2,
    total_wait_seconds=10.0,
    between_writes_seconds=0.0,
    settle_seconds=(0.01, 0.02, 0.05, 0.1, 0.2),
)

Connect = Callable[..., Provider]


def client(fake: GitHubFake, token: str = "write-token", patience: Patience = HURRIED) -> Provider:
    """The edge, connected to a fake."""
    return connect(token, fake.state.full_name, fake.api_url, patience)


def marker(run_id: int = 100, *, attempt: int = 1, key: str = "size", head_sha: str = HEAD_SHA) -> Marker:
    """The marker of a run."""
    return Marker(key, head_sha, run_id, attempt)


def comment(text: str = "**+12 MB**", *, create: bool = True, **run: object) -> UpsertComment:
    """The effect of one run on pull request 5."""
    mark = marker(**run)
    return UpsertComment(5, mark, f"{mark.text}\n{text}", create)


@pytest.fixture
def bot() -> str:
    """Return the login of GITHUB_TOKEN."""
    return "github-actions[bot]"
