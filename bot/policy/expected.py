"""Which images budgets are about: those must be measured under their own names, or their budgets are lost."""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import NamedTuple

from bot.model.budget import Budget, BudgetKind, Verdict, worst
from bot.model.config import Config, Policy
from bot.policy.effective import Effective, effective_budgets


class ExpectedImage(NamedTuple):
    """An image that a report must hold; ``platform`` is empty where it is the builder's own."""

    name: str
    platform: str


def expected_images(config: Config) -> tuple[ExpectedImage, ...]:
    """Give the images of the base's configuration that have budgets; a report without one of them is no pass.

    Images that are found are not among them: what there is to be found, only the base's tree can say.
    """
    declared = ((image.name, str(image.platform or "")) for image in config.base_images)
    return tuple(ExpectedImage(*one) for one in dict.fromkeys(declared) if budgets_at_stake(config.policy, *one))


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
