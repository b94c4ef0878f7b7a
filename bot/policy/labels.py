"""Who set the label that accepts an exceeded budget, and whether they may."""

from dataclasses import replace
from typing import Final

from bot.model.budget import Waiver
from bot.model.config import Config
from bot.model.github import LabelSetter
from bot.policy.waivers import EVERY_BUDGET

MAY_ACCEPT: Final = frozenset({"admin", "maintain", "write", "triage"})
"""GitHub's roles that may set labels at all; an author who is none of these gains nothing by a label."""


def accept_label(config: Config, setter: LabelSetter | None) -> Config:
    """Add the waiver that the override label stands for, or a note that whoever set it may not accept anything."""
    label = config.override_label
    if setter is None or setter.permission not in MAY_ACCEPT:
        note = f"The label {label} accepts nothing: it is not known that somebody who may triage has set it."
        return replace(config, notes=(*config.notes, note))
    waiver = _waiver(label, setter)
    return replace(config, policy=replace(config.policy, waivers=(*config.policy.waivers, waiver)))


def _waiver(label: str, setter: LabelSetter) -> Waiver:
    day = setter.when.date().isoformat()
    return Waiver("*", EVERY_BUDGET, f"label {label} of {day}", None, f"label {label}", granted_by=setter.login)
