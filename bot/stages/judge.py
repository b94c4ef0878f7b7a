"""ImageReport × policy → ImageReport: every budget held against an image, and the worst verdict."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from bot.model import bounds
from bot.model.budget import Budget, BudgetKind, Judgement, Recorded, Verdict, worst
from bot.model.build import Departure
from bot.model.config import Policy
from bot.model.explain import MeasuredPair, Measurement
from bot.model.report import ImageReport
from bot.policy import sentences
from bot.policy.actual import ESTIMATE_ERROR_PERCENT, Actual, Case, Unknown, actual
from bot.policy.content_budgets import Denied, denied_packages, denied_paths, largest
from bot.policy.effective import Effective, budgets_at_stake, effective_budgets, removal_budget
from bot.policy.measured_facts import NOT_LISTED, Facts, claim_on, facts_of
from bot.policy.waivers import holds, waivers_for

_NOTHING_RECORDED = Recorded()
_DENIALS = frozenset({BudgetKind.DENY_PATHS, BudgetKind.DENY_PACKAGES})
_ABOUT_CONTENTS = _DENIALS | {BudgetKind.PATHS}


def judge(
    image: ImageReport,
    policy: Policy,
    today: date,
    recorded: Recorded = _NOTHING_RECORDED,
    measured: MeasuredPair | None = None,
) -> ImageReport:
    """Hold every budget that applies against an image, and return it with what they say.

    Growth is judged on the change itself: what a moved base image or rebuild drift adds has budgets of its own. An
    image exactly at a limit is within it. Without a base, growth is not measured, which fails nothing; an image
    of the head that could not be measured is itself ``NOT_MEASURED``. What budgets ask of files and packages is looked
    up in ``measured``; without it (a report that was written elsewhere) the report's own judgements are the only word.
    """
    facts = facts_of(image, measured)
    judgements = _judgements(facts, policy, today, recorded)
    return replace(
        image,
        budgets=tuple(map(bounds.judgement, judgements[: bounds.MOST_BUDGETS])),
        verdict=_verdict(facts, judgements, policy),
    )


def _judgements(facts: Facts, policy: Policy, today: date, recorded: Recorded) -> tuple[Judgement, ...]:
    """Hold budgets against an image; one that gets rid of its budgets fails for that, like for any other of them."""
    budgets = () if facts.gone else effective_budgets(policy, facts.name, facts.platform)
    held = (_held(item, Case(item.budget, facts, recorded, today)) for item in budgets)
    return tuple(_waived(judgement, facts, policy, today) for judgement in (*_departed(facts, policy), *held))


def _departed(facts: Facts, policy: Policy) -> Iterator[Judgement]:
    departure = Departure.REMOVED if facts.gone else facts.departure
    at_stake = budgets_at_stake(policy, facts.name, facts.platform)
    if departure is not None and at_stake:
        budget = removal_budget(at_stake)
        yield Judgement(budget, budget.on_exceed, 1, 0, sentences.departed(departure))


def _verdict(facts: Facts, judgements: Sequence[Judgement], policy: Policy) -> Verdict:
    if facts.head is None and not facts.gone and not facts.unchanged:
        return Verdict.NOT_MEASURED
    measured = [judgement.verdict for judgement in judgements if judgement.verdict is not Verdict.NOT_MEASURED]
    return worst((*measured, policy.on_base_failure if facts.base_failed and not facts.gone else Verdict.PASS))


def _held(item: Effective, case: Case) -> Judgement:
    head = case.facts.head_tree
    if case.budget.kind in _ABOUT_CONTENTS and head is None:
        return _held_against_claim(item, case.facts)
    if case.budget.kind in _DENIALS and head is not None:
        return _held_against_contents(item, head, case.facts.base_tree)
    match actual(case):
        case Unknown() as unknown:
            return _not_measured(case.budget, unknown)
        case Actual() as measured if measured.now <= measured.limit:
            return _judgement(case.budget, Verdict.PASS, measured, sentences.kept(case.budget, measured))
        case Actual() as measured:
            verdict, remark = _over(item, measured)
            reason = sentences.with_remark(sentences.exceeded(case.budget, measured), remark)
            return _judgement(case.budget, verdict, measured, reason)


def _not_measured(budget: Budget, unknown: Unknown) -> Judgement:
    limit = budget.limit.amount if budget.limit else None
    return Judgement(budget, Verdict.NOT_MEASURED, None, limit, sentences.not_measured(budget, unknown))


def _judgement(budget: Budget, verdict: Verdict, measured: Actual, reason: str) -> Judgement:
    return Judgement(budget, verdict, measured.now, measured.limit, reason)


def _over(item: Effective, measured: Actual) -> tuple[Verdict, str]:
    """Return the verdict on an exceeded budget, which is milder where this change is not to blame."""
    if measured.grown is not None and measured.grown <= 0:
        return _mildest(item.already_over, item.budget.on_exceed), sentences.ADDS_NOTHING
    if not measured.exact and _within_error(measured):
        return Verdict.WARN, sentences.TOO_CLOSE
    return item.budget.on_exceed, ""


def _mildest(one: Verdict, other: Verdict) -> Verdict:
    return other if worst((one, other)) is one else one


def _within_error(measured: Actual) -> bool:
    return (measured.now - measured.limit) * 100 <= abs(measured.now) * ESTIMATE_ERROR_PERCENT


def _held_against_contents(item: Effective, head: Measurement, base: Measurement | None) -> Judgement:
    budget = item.budget
    find = denied_paths if budget.kind is BudgetKind.DENY_PATHS else denied_packages
    found = find(head, base, budget.patterns)
    verdict, remark = _denied(item, found)
    reason = sentences.with_remark(sentences.denied(budget, found), remark)
    return Judgement(budget, verdict, found.number, 0, reason, evidence=largest(found.new or found.old))


def _denied(item: Effective, found: Denied) -> tuple[Verdict, str]:
    if found.new:
        return item.budget.on_exceed, ""
    if found.old:
        return _mildest(item.already_over, item.budget.on_exceed), sentences.ALL_OLD
    return Verdict.PASS, ""


def _held_against_claim(item: Effective, facts: Facts) -> Judgement:
    """Take the number from a report that lists neither files nor packages; the limit and the words are ours."""
    budget, claim = item.budget, claim_on(item.budget, facts)
    if claim is None:
        return _not_measured(budget, Unknown(facts.missing_head or NOT_LISTED))
    limit = (budget.limit.amount if budget.limit else None) or 0
    exceeded = _mildest(item.already_over, budget.on_exceed) if claim.is_old else budget.on_exceed
    verdict = Verdict.PASS if claim.number <= limit else exceeded
    reason = sentences.claimed(budget, claim.number, limit)
    return Judgement(budget, verdict, claim.number, limit, reason, evidence=claim.evidence)


def _waived(judgement: Judgement, facts: Facts, policy: Policy, today: date) -> Judgement:
    """Soften a failure that somebody has accepted; say so where the permission has ended."""
    waivers = waivers_for(policy.waivers, facts.name, judgement.budget)
    if judgement.verdict is not Verdict.FAIL or not waivers:
        return judgement
    holding = next((waiver for waiver in waivers if holds(waiver, judgement.actual, today)), None)
    if holding is None:
        ended = sentences.waiver_ended(waivers[-1], today)
        return replace(judgement, reason=sentences.with_remark(judgement.reason, ended))
    return replace(judgement, verdict=Verdict.WARN, waived_by=holding)
