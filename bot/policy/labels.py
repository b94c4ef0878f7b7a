"""Who set the label that accepts an exceeded budget, and whether they may."""

from typing import Final

from bot.model.budget import Waiver
from bot.model.github import LabelSetter
from bot.policy.waivers import EVERY_BUDGET

MAY_ACCEPT: Final = frozenset({"admin", "maintain", "write", "triage"})
"""GitHub's roles that may set labels at all; an author who is none of these gains nothing by a label."""


def waiver_of_label(label: str, setter: LabelSetter) -> Waiver | None:
    """Make the waiver that a label stands for; ``None`` where whoever set it may not accept anything."""
    if setter.permission not in MAY_ACCEPT:
        return None
    day = setter.when.date().isoformat()
    return Waiver("*", EVERY_BUDGET, f"label {label} of {day}", None, f"label {label}", granted_by=setter.login)
