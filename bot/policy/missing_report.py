"""What a run left: its report; where it left none that can be used, that is what the pull request is told."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.model.effects import Marker
from bot.model.provider import Artifact, PipelineRun

GONE: Final = "the run left no report"
EXPIRED: Final = "the report of the run has expired"
OLDER: Final = "this attempt of the run left no report of its own, and an earlier attempt's is not taken for it"
UNUSABLE: Final = "what the run left is no report that can be used"

_DID_NOT_FAIL: Final = frozenset({"success", "cancelled"})


@dataclass(frozen=True, slots=True)
class Missing:
    """There is no report, and why, in words of our own."""

    why: str


def report_of(run: PipelineRun, artifacts: Sequence[Artifact]) -> Artifact | Missing:
    """Choose the report among the artifacts of a run, the latest first.

    Attempts of a run share its number and its list of artifacts: what was there before the latest attempt started is
    not of it. If nobody says when that was, nothing of a later attempt can be told from the first one's.
    """
    found = [one for one in artifacts if one.run_id == run.run_id]
    if not found:
        return Missing(GONE)
    latest = found[0]
    if latest.expired:
        return Missing(EXPIRED)
    return latest if run.run_attempt == 1 or _is_of_attempt(latest, run) else Missing(OLDER)


def _is_of_attempt(artifact: Artifact, run: PipelineRun) -> bool:
    return artifact.created is not None and run.started is not None and artifact.created >= run.started


def still_holds(comment: str | None, run: PipelineRun) -> bool:
    """Tell whether what our comment says stays true after a run that left no report and yet did not fail.

    Such a run found nothing to do (only the text of a pull request was edited, say), or a newer one took its place;
    it takes nothing back, but what is said of another commit does not stand for the one that was not measured.
    """
    marker = Marker.parse(comment or "")
    return run.conclusion in _DID_NOT_FAIL and (marker is None or marker.head_sha == run.head_sha)
