"""Another run, as the trusted half sees it: the report that it left or why there is none, and what stays unknown."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.model.budget import BudgetKind
from bot.model.config import Settings
from bot.model.effects import Marker
from bot.model.provider import Artifact, PipelineRun
from bot.model.report import Report

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


_ENDINGS: Final = {
    "failure": "failed",
    "cancelled": "was cancelled",
    "timed_out": "ran out of time",
    "action_required": "waits for somebody",
    "startup_failure": "did not start",
}
_INPUTS: Final = (BudgetKind.MAX_SIZE, BudgetKind.MAX_GROWTH, BudgetKind.MAX_LAYERS)


def caveat_on(run: PipelineRun, judged: Report) -> str:
    """Say that the measuring run did not end well although the budgets known here are kept; empty where all agrees.

    What failed it may be another budget, another step, or another job: that is for its log to say.
    """
    if run.conclusion in {"success", ""} or judged.exit_code:
        return ""
    return f"the workflow run that measured it {_ENDINGS.get(run.conclusion, 'did not succeed')}"


def notes_on(run: PipelineRun, claimed: Report, judged: Report, settings: Settings) -> tuple[str, ...]:
    """Say for the reader which budgets could not be judged here, and what a caveat means."""
    unknown = unknown_inputs(claimed, settings)
    about_inputs = (
        f"The measuring step was given budgets as inputs ({', '.join(unknown)}) that this step was not, so they are "
        "not judged here; give `command: publish` the same inputs."
    )
    about_run = (
        "The budgets that are known here are kept, but the measuring run did not succeed: a budget of its inputs, "
        "another step or another job may have failed it."
    )
    return (*([about_inputs] if unknown else ()), *([about_run] if caveat_on(run, judged) else ()))


def unknown_inputs(claimed: Report, settings: Settings) -> tuple[str, ...]:
    """Name the inputs whose budgets a report was judged by, and for which there is none here.

    What the report says is a hint that costs nothing: it can only make the result look worse than it is.
    """
    given = {
        BudgetKind.MAX_SIZE: settings.max_size,
        BudgetKind.MAX_GROWTH: settings.max_growth,
        BudgetKind.MAX_LAYERS: settings.max_layers,
    }
    held = {judged.budget.source for image in claimed.images for judged in image.budgets}
    return tuple(str(kind) for kind in _INPUTS if not given[kind] and f"input {kind}" in held)
