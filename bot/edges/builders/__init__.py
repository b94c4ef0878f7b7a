"""Builds on the Docker engine: with buildx if it is there, else with the engine's own classic builder.

``builder`` implements the port on ``buildx`` (BuildKit, by the CLI) or ``classic_builder`` (by the docker SDK, which is
used for nothing else); what an engine is asked around a build, ``bot.edges.engine`` asks.
"""

from bot.edges.builders.builder import DockerBuilder, find_engine

__all__ = ["DockerBuilder", "find_engine"]
