"""What accepts an exceeded budget: a recorded permission, until it ends, and the label of somebody who may set it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from fnmatch import fnmatchcase
from typing import Final

from bot.model.budget import Acceptance, Amount, Budget, BudgetKind, Waiver
from bot.model.provider import LabelSetter
from bot.model.report import ImageReport

EVERY_BUDGET: Final = "*"
"""What a waiver by label allows until it is known what it was needed for."""


def name_of(budget: Budget) -> str:
    """Name a budget so that no other one of the image has its name: ``max-size``, ``paths /usr/share``."""
    return f"{budget.kind} {budget.patterns[0]}" if budget.kind is BudgetKind.PATHS else str(budget.kind)


def waivers_for(waivers: Sequence[Waiver], image: str, budget: Budget) -> tuple[Waiver, ...]:
    """Return the waivers of a budget of an image, ended ones included, those that hold longest last."""
    names = {str(budget.kind), name_of(budget), EVERY_BUDGET}
    found = [waiver for waiver in waivers if fnmatchcase(image, waiver.image) and waiver.allows in names]
    return tuple(sorted(found, key=lambda waiver: waiver.until or date.max))


def holds(waiver: Waiver, now: int | None, today: date) -> bool:
    """Tell whether a waiver covers a number today; its last day is included."""
    in_time = waiver.until is None or today <= waiver.until
    return in_time and (waiver.up_to is None or now is None or now <= waiver.up_to)


MAY_ACCEPT: Final = frozenset({"admin", "maintain", "write", "triage"})
"""Who may set labels at all; an author who is none of these gains nothing by a label."""

TOLERATED_PERCENT: Final = 1
"""Builds are not always repeated to the byte: only what exceeds an accepted amount by more than this has grown."""


def standing(setter: LabelSetter | None, comment: str | None) -> Acceptance | None:
    """Return what a label stands for, ``None`` where whoever set it may not accept anything.

    ``comment`` is our own, from an earlier run: what it remembers holds as long as nobody sets the label anew.
    """
    if setter is None or setter.permission not in MAY_ACCEPT:
        return None
    when = setter.when.replace(microsecond=0)
    remembered = Acceptance.parse(comment or "")
    if remembered is not None and (remembered.login, remembered.when) == (setter.login, when):
        return remembered
    return Acceptance(setter.login, when)


def given_for(acceptance: Acceptance, head: str, labelled_head: str) -> Acceptance | None:
    """Bind an acceptance to the commit that is judged; ``None`` where the label was set for another one.

    Where nothing is remembered of it, a label covers whatever that commit exceeds, and no other commit.
    ``labelled_head`` is the commit that was there when the label was set, empty: unknown.
    """
    return replace(acceptance, amounts=(), head=head) if head and head == labelled_head else None


def label_waivers(label: str, acceptance: Acceptance, image: str, platform: str) -> tuple[Waiver, ...]:
    """Return what a label accepts of an image: anything the first time, later no more than what was seen then."""
    if not acceptance.amounts:
        return (_waiver(label, acceptance, EVERY_BUDGET),)
    seen = [one for one in acceptance.amounts if (one.image, one.platform) == (image, platform)]
    return (
        # What was not seen is not accepted; this one has ended as soon as there is anything to accept.
        _waiver(label, acceptance, EVERY_BUDGET, up_to=0),
        *(_waiver(label, acceptance, one.budget, image, _tolerated(one.amount)) for one in seen),
    )


def accepted_in(images: Iterable[ImageReport]) -> tuple[Amount, ...]:
    """Find what a label was needed for: image, platform, budget and what that measured."""
    return tuple(
        Amount(image.name, image.platform, name_of(judged.budget), judged.actual)
        for image in images
        for judged in image.budgets
        if judged.waived_by is not None and judged.waived_by.granted_by and judged.actual is not None
    )


def _waiver(label: str, acceptance: Acceptance, allows: str, image: str = "*", up_to: int | None = None) -> Waiver:
    glob = "*" if image == "*" else re.sub(r"([*?[])", r"[\1]", image)
    day = acceptance.when.date().isoformat()
    reason, source = f"label {label} of {day}", f"label {label}"
    return Waiver(glob, allows, reason, None, source, granted_by=acceptance.login, up_to=up_to)


def _tolerated(amount: int) -> int:
    return amount + amount * TOLERATED_PERCENT // 100
