"""Edits of the Dockerfile → the patch of a finding."""

from collections.abc import Sequence

from bot.dockerfile.edits import Edit, apply
from bot.dockerfile.patch import unified_patch
from bot.rules.kit.evidence import Evidence


def patch_of(evidence: Evidence, edits: Sequence[Edit]) -> str:
    """Give the unified diff of some edits; empty where there is none, or where the gate refuses them."""
    if evidence.dockerfile is None or not edits or not evidence.head.dockerfile_path:
        return ""
    changed = apply(evidence.dockerfile, edits)
    return unified_patch(evidence.head.dockerfile_path, evidence.dockerfile.text, changed.text) if changed else ""
