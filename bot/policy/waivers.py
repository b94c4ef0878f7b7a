"""Which recorded permission covers an exceeded budget, and which one did until it ended."""

from collections.abc import Sequence
from datetime import date
from fnmatch import fnmatchcase
from typing import Final

from bot.model.budget import Budget, BudgetKind, Waiver

EVERY_BUDGET: Final = "*"
"""What a waiver by label allows until it is known what it was needed for."""


def name_of(budget: Budget) -> str:
    """Name a budget so that no other one of the image has its name: ``max-size``, ``paths /usr/share``."""
    return f"{budget.kind} {budget.patterns[0]}" if budget.kind is BudgetKind.PATHS else str(budget.kind)


def waivers_for(waivers: Sequence[Waiver], image: str, budget: Budget) -> tuple[Waiver, ...]:
    """Give the waivers of a budget of an image, ended ones included, those that hold longest last."""
    names = {str(budget.kind), name_of(budget), EVERY_BUDGET}
    found = [waiver for waiver in waivers if fnmatchcase(image, waiver.image) and waiver.allows in names]
    return tuple(sorted(found, key=lambda waiver: waiver.until or date.max))


def holds(waiver: Waiver, now: int | None, today: date) -> bool:
    """Tell whether a waiver covers a number today; its last day is included."""
    in_time = waiver.until is None or today <= waiver.until
    return in_time and (waiver.up_to is None or now is None or now <= waiver.up_to)
