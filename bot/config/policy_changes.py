"""What a pull request would change in the policy → sentences for the report."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from bot.config.describe import images_text, value_text
from bot.config.mistakes import shown
from bot.model.budget import Budget, BudgetKind, Waiver
from bot.model.config import BudgetSet, Config, Policy


class _Place(NamedTuple):
    """Which budget: of which images, on which platform, of which kind, and for ``paths`` of which prefix."""

    images: str
    platform: str
    kind: BudgetKind
    prefix: str


def describe_changes(before: Config, now: Config) -> tuple[str, ...]:
    """Say what the head's configuration would change; nothing of it holds before it is merged."""
    return (
        *_budget_changes(before.policy, now.policy),
        *_option_changes(before.policy, now.policy),
        *_waiver_changes(before.policy, now.policy),
        *_other_changes(before, now),
    )


def _budget_changes(before: Policy, now: Policy) -> Iterator[str]:
    old, new = _budgets(before), _budgets(now)
    for place in dict.fromkeys((*old, *new)):
        one, other = _text(old.get(place)), _text(new.get(place))
        if one != other:
            yield f"This change would change {_words(place)} from {one} to {other}; the base's holds."


def _budgets(policy: Policy) -> Mapping[_Place, Budget]:
    return {_place(budgets, budget): budget for budgets in policy.sets for budget in budgets.budgets}


def _place(budgets: BudgetSet, budget: Budget) -> _Place:
    prefix = budget.patterns[0] if budget.kind is BudgetKind.PATHS else ""
    return _Place(budgets.images, budgets.platform, budget.kind, prefix)


def _text(budget: Budget | None) -> str:
    return "none" if budget is None else " ".join((value_text(budget), *_riders(budget)))


def _riders(budget: Budget) -> Iterator[str]:
    if budget.on_exceed_stated:
        yield f"(on-exceed {budget.on_exceed})"


def _words(place: _Place) -> str:
    prefix = f" {shown(place.prefix)}" if place.prefix else ""
    return f"{place.kind}{prefix} of {images_text(place.images, place.platform)}"


def _option_changes(before: Policy, now: Policy) -> Iterator[str]:
    old, new = _options(before), _options(now)
    for place in dict.fromkeys((*old, *new)):
        one, other = old.get(place, "none"), new.get(place, "none")
        if one != other:
            what = f"{place[0]} of {images_text(*place[1:])}"
            yield f"This change would change {what} from {one} to {other}; the base's holds."


def _options(policy: Policy) -> Mapping[tuple[str, str, str], str]:
    return {
        (name, budgets.images, budgets.platform): str(verdict)
        for budgets in policy.sets
        for name, verdict in (("on-exceed", budgets.on_exceed), ("already-over", budgets.already_over))
        if verdict is not None
    }


def _waiver_changes(before: Policy, now: Policy) -> Iterator[str]:
    old, new = _waivers(before), _waivers(now)
    for key in old.keys() - new.keys():
        yield f"This change would end {_waiver_words(old[key])}; it still holds."
    for key in sorted(new.keys() - old.keys()):
        yield f"This change would add {_waiver_words(new[key])}; it does not hold before it is merged."


def _waivers(policy: Policy) -> Mapping[tuple[str, str, str], Waiver]:
    return {(waiver.image, waiver.allows, str(waiver.until)): waiver for waiver in policy.waivers}


def _waiver_words(waiver: Waiver) -> str:
    return f"a waiver of {waiver.allows} for {images_text(waiver.image, '')} until {waiver.until}"


def _other_changes(before: Config, now: Config) -> Iterator[str]:
    parts = {
        "override-label": (before.override_label, now.override_label),
        "override-label-sticky": (before.override_label_sticky, now.override_label_sticky),
        "[comment]": (before.comment, now.comment),
        "[[ignore]]": (_ignored(before), _ignored(now)),
        "[discover]": ((before.discover, before.exclude), (now.discover, now.exclude)),
    }
    for name, (one, other) in parts.items():
        if one != other:
            yield f"This change would change {name}; the base's holds."


def _ignored(config: Config) -> tuple[tuple[str, str, str], ...]:
    return tuple((item.rule, item.image, item.reason) for item in config.suppressions)
