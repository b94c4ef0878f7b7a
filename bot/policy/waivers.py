"""Which recorded permission covers an exceeded budget, and which one did until it ended."""

from collections.abc import Sequence
from datetime import date
from fnmatch import fnmatchcase
from typing import Final

from bot.model.budget import BudgetKind, Waiver

EVERY_BUDGET: Final = "*"
"""What a waiver by label allows."""


def waivers_for(waivers: Sequence[Waiver], image: str, kind: BudgetKind) -> tuple[Waiver, ...]:
    """Give the waivers of a budget of an image, ended ones included, those that hold longest last."""
    found = [
        waiver for waiver in waivers if fnmatchcase(image, waiver.image) and waiver.allows in {str(kind), EVERY_BUDGET}
    ]
    return tuple(sorted(found, key=lambda waiver: waiver.until or date.max))


def holds(waiver: Waiver, now: int | None, today: date) -> bool:
    """Tell whether a waiver covers a number today; its last day is included."""
    in_time = waiver.until is None or today <= waiver.until
    return in_time and (waiver.up_to is None or now is None or now <= waiver.up_to)
