"""A judgement in one sentence: what was measured, what is allowed, and by how much it is exceeded."""

from datetime import date
from typing import Final

from bot.model.budget import Budget, BudgetKind, Waiver
from bot.model.build import Departure
from bot.policy.actual import Actual, Clause, Unknown
from bot.policy.content_budgets import Denied
from bot.units import NO_BREAK_SPACE, format_bytes

ADDS_NOTHING: Final = "this change adds nothing to that"
TOO_CLOSE: Final = "the size is an estimate, and too close to call that exceeded"
ALL_OLD: Final = "the base contains that as well"


def kept(budget: Budget, actual: Actual) -> str:
    """Say what is measured and what is allowed."""
    return f"{_told(actual)}; {_name(budget)} allows {_allowed(budget, actual)}."


def exceeded(budget: Budget, actual: Actual) -> str:
    """Say what is measured and by how much it is too much."""
    over = _amount(actual, actual.now - actual.limit)
    return f"{_told(actual)}, {over} more than {_name(budget)} allows ({_allowed(budget, actual)})."


def with_remark(sentence: str, remark: str) -> str:
    """Add a clause to a sentence."""
    return f"{sentence.removesuffix('.')}; {remark}." if remark else sentence


def not_measured(budget: Budget, unknown: Unknown) -> str:
    """Say why a budget is held against nothing."""
    return f"{budget.kind} is not checked: {unknown.why}."


def denied(budget: Budget, found: Denied) -> str:
    """Say how much there is of what is denied; the names are evidence, not part of the sentence."""
    things = (*found.new, *found.old)
    count = _counted(len(things), "file" if budget.kind is BudgetKind.DENY_PATHS else "package")
    if not things:
        return f"The image contains nothing that {budget.kind} names."
    total = format_bytes(sum(thing.bytes for thing in things))
    return f"The image contains {count} of {total} that {budget.kind} names{_brought(found)}."


def claimed(budget: Budget, number: int, limit: int) -> str:
    """Say what a report claims that was written elsewhere."""
    if budget.kind is BudgetKind.PATHS:
        prefix = budget.patterns[0] if budget.patterns else "/"
        actual = Actual(Clause(f"{prefix} holds "), number, limit)
        return kept(budget, actual) if number <= limit else exceeded(budget, actual)
    word = "file" if budget.kind is BudgetKind.DENY_PATHS else "package"
    return f"The image contains {_counted(number, word)} that {budget.kind} names."


_DEPARTED: Final = {
    Departure.REMOVED: "This image has a budget and is not built any more.",
    Departure.REPOINTED: "This image has a budget and is not built any more as the base says; what is named in its"
    " place is measured.",
    Departure.RENAMED: "This image has a budget and loses it, because it gets another name by being merged.",
    Departure.REPORTED: "This image has a budget and, as the run says that measured it, is not any more what that is"
    " for.",
}


def departed(departure: Departure) -> str:
    """Say how an image gets rid of its budgets."""
    return _DEPARTED[departure]


def waiver_ended(waiver: Waiver, today: date) -> str:
    """Say that a waiver no longer covers what it was for."""
    if waiver.until is not None and waiver.until < today:
        return f"its waiver ended on {waiver.until.isoformat()}"
    anew = ", so the label must be set anew" if waiver.granted_by else ""
    return f"it has grown further since that was accepted{anew}"


def _brought(found: Denied) -> str:
    return f", {len(found.new)} of them brought by this change" if found.new and found.old else ""


def _name(budget: Budget) -> str:
    return "its budget" if budget.kind is BudgetKind.PATHS else str(budget.kind)


def _told(actual: Actual) -> str:
    is_less = actual.told_less is not None and actual.now < 0
    clause = (actual.told_less if is_less else None) or actual.told
    return f"{clause.before}{_amount(actual, -actual.now if is_less else actual.now)}{clause.after}"


def _allowed(budget: Budget, actual: Actual) -> str:
    limit = _amount(actual, actual.limit, exact=True)
    percent = budget.limit.percent if budget.limit else None
    if percent is None or actual.whole is None:
        return limit
    return f"{limit}, {percent.normalize():f}{NO_BREAK_SPACE}% of {format_bytes(actual.whole)}"


def _amount(actual: Actual, count: int, *, exact: bool | None = None) -> str:
    if not actual.in_bytes:
        return _counted(count, "layer")
    mark = "" if (actual.exact if exact is None else exact) else "≈"
    return f"{mark}{_digits(actual, count)}"


def _digits(actual: Actual, count: int) -> str:
    """Return every digit where three would show two different sizes as the same."""
    look_alike = format_bytes(actual.now) == format_bytes(actual.limit) and actual.now != actual.limit
    return f"{count:,}{NO_BREAK_SPACE}B" if look_alike else format_bytes(count)


def _counted(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"
