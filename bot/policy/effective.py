"""Policy × image → the budgets that hold for it, and what each overrides; the most specific table wins, key by key.

An image with budgets must be measured under its own name, or they are lost.
"""

from collections.abc import Iterable
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Final, NamedTuple

from bot.model.budget import Budget, BudgetKind, Verdict, worst
from bot.model.config import BudgetSet, Policy


class Effective(NamedTuple):
    """A budget with the ``on_exceed`` and ``already_over`` that hold, and the budgets it overrides, general first."""

    budget: Budget
    already_over: Verdict
    overridden: tuple[Budget, ...] = ()


_Key = tuple[str, str]


def effective_budgets(policy: Policy, image: str, platform: str) -> tuple[Effective, ...]:
    """Return the budgets of an image, lifted ones left out; those of inputs come last and override none."""
    return tuple(item for item in all_effective(policy, image, platform) if not item.budget.lifted)


def all_effective(policy: Policy, image: str, platform: str) -> tuple[Effective, ...]:
    """Return the budgets of an image, those that it lifts included."""
    sets = [budgets for budgets in policy.sets if applies(budgets, image, platform)]
    own = [budgets for budgets in sets if not budgets.adds]
    already_over = _last([budgets.already_over for budgets in own]) or policy.already_over
    on_exceed = _last([budgets.on_exceed for budgets in own]) or Verdict.FAIL
    chains = _chains(own)
    return (
        *(Effective(_settled(chain[-1], on_exceed), already_over, chain[:-1]) for chain in chains.values()),
        *(Effective(budget, already_over) for budgets in sets if budgets.adds for budget in budgets.budgets),
    )


def applies(budgets: BudgetSet, image: str, platform: str) -> bool:
    """Tell whether a set is for an image on a platform."""
    return fnmatchcase(image, budgets.images) and budgets.platform in {"", platform, without_default(platform)}


_DEFAULT_VARIANTS: Final = {"linux/arm64/v8": "linux/arm64", "linux/arm/v7": "linux/arm"}


def without_default(platform: str) -> str:
    """Return a platform without the variant that its architecture has by default."""
    return _DEFAULT_VARIANTS.get(platform, platform)


def _last(verdicts: list[Verdict | None]) -> Verdict | None:
    return next((verdict for verdict in reversed(verdicts) if verdict is not None), None)


def _chains(sets: list[BudgetSet]) -> dict[_Key, tuple[Budget, ...]]:
    """Collect the budgets that stand for the same thing, general first; their order is that of ``BudgetKind``."""
    chains: dict[_Key, tuple[Budget, ...]] = {}
    for budgets in sets:
        for budget in budgets.budgets:
            key = (budget.kind, budget.patterns[0] if budget.kind is BudgetKind.PATHS else "")
            chains[key] = (*chains.get(key, ()), budget)
    order = list(BudgetKind)
    return dict(sorted(chains.items(), key=lambda item: order.index(item[1][-1].kind)))


def _settled(budget: Budget, on_exceed: Verdict) -> Budget:
    return budget if budget.on_exceed_stated else replace(budget, on_exceed=on_exceed)


def budgets_at_stake(policy: Policy, image: str, platform: str = "") -> tuple[Effective, ...]:
    """Return the budgets of an image; where its platform is not known, those of any."""
    if platform:
        return effective_budgets(policy, image, platform)
    platforms = dict.fromkeys(("", *(sets.platform for sets in policy.sets if fnmatchcase(image, sets.images))))
    return tuple(item for one in platforms for item in effective_budgets(policy, image, one))


def bounds_of(policy: Policy, image: str) -> frozenset[tuple[object, ...]]:
    """Return what an image's budgets bound, to compare it under two names."""
    return frozenset(map(_bound, (item.budget for item in budgets_at_stake(policy, image))))


def _bound(budget: Budget) -> tuple[object, ...]:
    return budget.kind, budget.limit, budget.patterns, budget.on_exceed, budget.since_days


def removal_budget(items: Iterable[Effective]) -> Budget:
    """Return the budget that stands for all budgets of an image: that it is still built as the base says."""
    budgets = [item.budget for item in items]
    return Budget(
        BudgetKind.REMOVAL,
        None,
        on_exceed=worst((*(budget.on_exceed for budget in budgets), Verdict.WARN)),
        source=next((budget.source for budget in budgets if budget.source), ""),
    )
