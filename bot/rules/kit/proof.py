"""Which findings a proposal answers that was built, and so how far they are proven."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.model.advice import Finding, Ladder
from bot.model.explain import Measurement
from bot.model.verify import Verification

_ANSWERED: Final = 0.9
"""Share of a finding's bytes that has to be gone, for a proposal to be what the finding asks for."""


def proven(
    findings: Sequence[Finding], found: Verification, winner: Measurement | None, head: Measurement
) -> tuple[Finding, ...]:
    """Lift the findings whose bytes the best proposal, ``winner``, does not have any more."""
    if winner is None:
        return tuple(findings)
    step, after = Ladder.VERIFIED if found.verified else Ladder.BUILT, winner.image.unpacked_bytes
    return tuple(
        replace(finding, ladder=step, measured_after_bytes=after) if _is_answered(finding, winner, head) else finding
        for finding in findings
    )


def _is_answered(finding: Finding, winner: Measurement, head: Measurement) -> bool:
    """Tell whether most of what a finding claims is gone: no file of that path and size lives in the proposal."""
    if finding.suppressed or finding.ladder < Ladder.MEASURED or not finding.claims:
        return False
    sizes = {
        (index, entry.path): entry.stored_bytes
        for index in {claim.layer for claim in finding.claims}
        for entry in head.image.layers[index].entries
    }
    left = 0
    for claim in finding.claims:
        there, size = winner.tree.live.get(claim.path), sizes.get(claim, 0)
        left += size if there is not None and there.entry.stored_bytes == size else 0
    return left <= (1 - _ANSWERED) * finding.claimed.total
