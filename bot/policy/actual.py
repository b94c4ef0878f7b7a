"""Budget × facts → what is measured and where the bound lies, or why there is no number."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final, NamedTuple

from bot.model.budget import Budget, BudgetKind, Recorded, RecordedSize
from bot.policy.content_budgets import bytes_below
from bot.policy.measured_facts import NOT_LISTED, Facts, Growth, SideFacts

ESTIMATE_ERROR_PERCENT: Final = 3
"""A download size that is estimated layer by layer is right within this."""


class Clause(NamedTuple):
    """What to say before and after an amount."""

    before: str
    after: str = ""


@dataclass(frozen=True, slots=True)
class Actual:
    """What a budget measures: ``now`` against ``limit``, in bytes, or layers where not ``in_bytes``.

    ``told`` is what to say before and after the amount; a growth has ``told_less`` for where it is below zero.
    ``grown`` is what this change adds to ``now``; ``None`` where that is not known or where ``now`` itself is a
    growth. ``whole`` is what a percentage is of.
    """

    told: Clause
    now: int
    limit: int
    grown: int | None = None
    in_bytes: bool = True
    exact: bool = True
    whole: int | None = None
    told_less: Clause | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """Why a budget cannot be held against anything."""

    why: str


Measured = Actual | Unknown

_WEIGHS: Final = Clause("The image weighs ")


@dataclass(frozen=True, slots=True)
class Case:
    """A budget and all that it may be held against."""

    budget: Budget
    facts: Facts
    recorded: Recorded
    today: date


def actual(case: Case) -> Measured:
    """Measure what a budget bounds, except for the two budgets that deny things."""
    return _MEASURES[case.budget.kind](case)


def _amount(case: Case) -> int:
    limit = case.budget.limit
    return 0 if limit is None or limit.amount is None else limit.amount


def _share(case: Case, whole: int | None) -> tuple[int, int | None] | None:
    """Return the bound in bytes, and what it is a percentage of; ``None`` where that is not known."""
    percent = case.budget.limit.percent if case.budget.limit else None
    if percent is None:
        return _amount(case), None
    return None if whole is None else (int(Decimal(whole) * percent / 100), whole)


def _on_head(measure: Callable[[Case, SideFacts, Growth | None], Measured]) -> Callable[[Case], Measured]:
    def measured(case: Case) -> Measured:
        head = case.facts.head
        return Unknown(case.facts.missing_head) if head is None else measure(case, head, case.facts.growth)

    return measured


def _size(case: Case, head: SideFacts, growth: Growth | None) -> Measured:
    return Actual(_WEIGHS, head.unpacked_bytes, _amount(case), growth.own_bytes if growth else None)


def _download(case: Case, head: SideFacts, growth: Growth | None) -> Measured:
    if head.download is None:
        return Unknown("the download size is not known")
    own = growth.own_download if growth else None
    return Actual(
        Clause("The download weighs "),
        head.download.bytes,
        _amount(case),
        own.bytes if own else None,
        exact=head.download.exact,
    )


def _layers(case: Case, head: SideFacts, growth: Growth | None) -> Measured:
    return Actual(
        Clause("The image has "), head.layers, _amount(case), growth.layers if growth else None, in_bytes=False
    )


def _dead(case: Case, head: SideFacts, _growth: Growth | None) -> Measured:
    base = case.facts.base
    grown = head.dead_bytes - base.dead_bytes if base else None
    return Actual(Clause("", " of the image are dead"), head.dead_bytes, _amount(case), grown)


def _paths(case: Case, _head: SideFacts, _growth: Growth | None) -> Measured:
    head, base = case.facts.head_tree, case.facts.base_tree
    if head is None:
        return Unknown(NOT_LISTED)
    prefix = case.budget.patterns[0]
    now = bytes_below(head, prefix)
    return Actual(Clause(f"{prefix} holds "), now, _amount(case), now - bytes_below(base, prefix) if base else None)


def _ratchet(case: Case, head: SideFacts, growth: Growth | None) -> Measured:
    floor = _floor(case)
    if floor is None:
        return Unknown("no earlier size is on record")
    return Actual(
        _WEIGHS,
        head.unpacked_bytes,
        floor + _amount(case),
        growth.own_bytes if growth else None,
    )


def _floor(case: Case) -> int | None:
    """Return the smallest size on record; the base counts as one, for it may be newer than the record."""
    smallest, base = case.recorded.smallest, case.facts.base
    sizes = [size.unpacked_bytes for size in (smallest, base) if size is not None]
    return min(sizes, default=None)


def _creep(case: Case, head: SideFacts, _growth: Growth | None) -> Measured:
    start = _start(case)
    if start is None:
        what = "no release is on record" if case.budget.since_days is None else "no earlier size is on record"
        return Unknown(what)
    share = _share(case, start.unpacked_bytes)
    limit, whole = share or (0, None)
    release = "the release of " if case.budget.since_days is None else ""
    since = f"Since {release}{start.day.isoformat()} the image"
    return Actual(
        Clause(f"{since} gained "),
        head.unpacked_bytes - start.unpacked_bytes,
        limit,
        whole=whole,
        told_less=Clause(f"{since} lost "),
    )


def _start(case: Case) -> RecordedSize | None:
    days = case.budget.since_days
    return case.recorded.last_release if days is None else case.recorded.on(case.today - timedelta(days=days))


def _on_growth(take: Callable[[Growth], int], who: str) -> Callable[[Case], Measured]:
    def measured(case: Case) -> Measured:
        growth, base = case.facts.growth, case.facts.base
        share = _share(case, base.unpacked_bytes if base else 0 if case.facts.unchanged else None)
        if growth is None or share is None:
            return Unknown(_why_no_growth(case.facts))
        more, less = Clause(f"{who} adds "), Clause(f"{who} removes ")
        return Actual(more, take(growth), share[0], whole=share[1], told_less=less)

    return measured


def _own_download(case: Case) -> Measured:
    growth, base = case.facts.growth, case.facts.base
    if growth is None:
        return Unknown(_why_no_growth(case.facts))
    own = growth.own_download
    share = _share(case, base.download.bytes if base and base.download else 0 if case.facts.unchanged else None)
    if own is None or share is None:
        return Unknown("the download sizes cannot be compared")
    who = "This change with base image and drift" if growth.own_download_is_whole else "This change"
    return Actual(
        Clause(f"{who} adds ", " to the download"),
        own.bytes,
        share[0],
        exact=own.exact,
        whole=share[1],
        told_less=Clause(f"{who} takes ", " off the download"),
    )


def _new_layers(case: Case) -> Measured:
    growth = case.facts.growth
    if growth is None:
        return Unknown(_why_no_growth(case.facts))
    more, less = Clause("This change adds "), Clause("This change removes ")
    return Actual(more, growth.layers, _amount(case), in_bytes=False, told_less=less)


def _why_no_growth(facts: Facts) -> str:
    return facts.missing_head if facts.head is None else facts.missing_base


_MEASURES: Final[Mapping[BudgetKind, Callable[[Case], Measured]]] = {
    BudgetKind.MAX_SIZE: _on_head(_size),
    BudgetKind.MAX_GROWTH: _on_growth(lambda growth: growth.own_bytes, "This change"),
    BudgetKind.DOWNLOAD_MAX_SIZE: _on_head(_download),
    BudgetKind.DOWNLOAD_MAX_GROWTH: _own_download,
    BudgetKind.MAX_LAYERS: _on_head(_layers),
    BudgetKind.MAX_NEW_LAYERS: _new_layers,
    BudgetKind.MAX_DEAD: _on_head(_dead),
    BudgetKind.BASE_IMAGE_MAX_GROWTH: _on_growth(lambda growth: growth.base_image_bytes, "The base image moved and"),
    BudgetKind.DRIFT_MAX_GROWTH: _on_growth(lambda growth: growth.drift_bytes, "Rebuilding alone"),
    BudgetKind.PATHS: _on_head(_paths),
    BudgetKind.RATCHET: _on_head(_ratchet),
    BudgetKind.CREEP: _on_head(_creep),
}
