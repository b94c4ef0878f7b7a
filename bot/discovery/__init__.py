"""Discovery: repository → the images that its own CI ships, with the place that says so for each.

``discover`` is the entry. Evidence is asked for in the order of trust: workflows and pipelines, release tools, what the
configuration names, bake files, Makefiles and scripts, and Dockerfiles by name only where nothing else speaks.
"""

from bot.discovery.discover import discover
from bot.discovery.nouns import (
    DefinitionEvidence,
    DiscoveredImage,
    Discovery,
    DiscoveryOptions,
    EvidenceKind,
    NotShipped,
    Unbuildable,
)
from bot.discovery.tree import RepositoryTree

__all__ = [
    "DefinitionEvidence",
    "DiscoveredImage",
    "Discovery",
    "DiscoveryOptions",
    "EvidenceKind",
    "NotShipped",
    "RepositoryTree",
    "Unbuildable",
    "discover",
]
