"""What the trusted half cannot know of another run, and must therefore say: budgets of inputs, and why a run failed."""

from typing import Final

from bot.model.budget import BudgetKind
from bot.model.config import Settings
from bot.model.provider import PipelineRun
from bot.model.report import Report

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
