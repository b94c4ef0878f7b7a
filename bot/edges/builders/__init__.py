"""The Docker engine: found, spoken to by the SDK, and built with, by buildx where it is there.

``builder`` implements the port on ``buildx`` (BuildKit, by the CLI) or ``classic`` (the Engine's own builder, by the
SDK); ``engine`` finds what to talk to.
"""

from bot.edges.builders.builder import DockerBuilder
from bot.edges.builders.sdk import Engine, find_engine

__all__ = ["DockerBuilder", "Engine", "find_engine"]
