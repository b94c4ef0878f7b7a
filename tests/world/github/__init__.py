"""A small GitHub that remembers: one repository's pull requests, comments, checks, runs, artifacts and files."""

from tests.world.github.faults import Fault
from tests.world.github.server import GitHubFake
from tests.world.github.state import Token

__all__ = ["Fault", "GitHubFake", "Token"]
