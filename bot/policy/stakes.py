"""Which budgets an image has at stake: it must be measured under its own name, or they are lost."""

from collections.abc import Iterable
from fnmatch import fnmatchcase

from bot.model.budget import Budget, BudgetKind, Verdict, worst
from bot.model.config import Policy
from bot.policy.effective import Effective, effective_budgets


def budgets_at_stake(policy: Policy, image: str, platform: str = "") -> tuple[Effective, ...]:
    """Give the budgets of an image; where its platform is not known, those of any."""
    if platform:
        return effective_budgets(policy, image, platform)
    platforms = dict.fromkeys(("", *(sets.platform for sets in policy.sets if fnmatchcase(image, sets.images))))
    return tuple(item for one in platforms for item in effective_budgets(policy, image, one))


def bounds_of(policy: Policy, image: str) -> frozenset[tuple[object, ...]]:
    """Give what an image's budgets bound, to compare it under two names."""
    return frozenset(map(_bound, (item.budget for item in budgets_at_stake(policy, image))))


def _bound(budget: Budget) -> tuple[object, ...]:
    return budget.kind, budget.limit, budget.patterns, budget.on_exceed, budget.since_days


def removal_budget(items: Iterable[Effective]) -> Budget:
    """Give the budget that stands for all budgets of an image: that it is still built as the base says."""
    budgets = [item.budget for item in items]
    return Budget(
        BudgetKind.REMOVAL,
        None,
        on_exceed=worst((*(budget.on_exceed for budget in budgets), Verdict.WARN)),
        source=next((budget.source for budget in budgets if budget.source), ""),
    )
