"""Builds on the Docker engine: with buildx if it is there, else with the engine's own classic builder.

``builder`` implements the port on ``buildx`` (BuildKit, by the CLI) or ``classic_builder`` (by the docker SDK, which is
used for nothing else); what an engine is asked around a build, ``bot.edges.engine`` asks.
``bake_print`` has buildx read bake files, and builds nothing.
"""

from bot.edges.builders.bake_print import BakePrinter
from bot.edges.builders.builder import DockerBuilder, find_engine

__all__ = ["BakePrinter", "DockerBuilder", "find_engine"]
