"""Budgets and images as people write them, for notes and ``config explain``."""

from bot.config.mistakes import shown
from bot.model.budget import Budget, BudgetKind


def value_text(budget: Budget) -> str:
    """Give what a budget allows: ``10 MB``, ``5 % in 30 days``, ``["**/.git/**"]``, ``none``."""
    if budget.lifted:
        return "none"
    if budget.limit is None:
        return "[" + ", ".join(shown(pattern) for pattern in budget.patterns) + "]"
    if budget.kind is BudgetKind.RATCHET:
        return f"smallest on record + {budget.limit.text}"
    if budget.kind is BudgetKind.CREEP:
        return f"{budget.limit.text} since {_since(budget.since_days)}"
    return budget.limit.text


def _since(days: int | None) -> str:
    return "the last release" if days is None else f"{days} day{'' if days == 1 else 's'} ago"


def images_text(images: str, platform: str) -> str:
    """Name an image, or the images that a glob stands for."""
    name = "every image" if images == "*" else f'"{images}"'
    return f"{name} on {platform}" if platform else name
