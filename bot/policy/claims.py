"""What a report says of files and packages, which it does not list: a number, and whether the base had them too."""

from typing import NamedTuple

from bot.model.budget import Budget, BudgetKind, Judgement, Verdict
from bot.policy.measured_facts import Facts

Evidence = tuple[tuple[str, int], ...]


class ReportedNumber(NamedTuple):
    """A number as somebody else measured it; it may be believed as much as the sizes of the same report.

    ``is_old`` tells that it was mild on account of what the base has already.
    """

    number: int
    is_old: bool
    evidence: Evidence


def claim_on(budget: Budget, facts: Facts) -> ReportedNumber | None:
    """Find what the report says of a budget; ``None`` where it does not know it, or did not measure."""
    claim = next((claim for claim in facts.claims if _is_about(claim, budget)), None)
    if claim is None or claim.actual is None:
        return None
    return ReportedNumber(claim.actual, claim.verdict is Verdict.WARN and claim.waived_by is None, claim.evidence)


def _is_about(claim: Judgement, budget: Budget) -> bool:
    same_path = budget.kind is not BudgetKind.PATHS or claim.budget.patterns == budget.patterns
    return claim.budget.kind is budget.kind and same_path
