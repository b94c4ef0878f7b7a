"""Advice from evidence: one rule a file, listed here; ``engine`` runs them over an image or over text alone."""

from bot.rules import apt_lists, go_build_cache, multi_stage_go, pip_cache
from bot.rules.nouns import Rule

RULES: tuple[Rule, ...] = (
    multi_stage_go.RULE,
    go_build_cache.RULE,
    apt_lists.RULE,
    pip_cache.RULE,
)
