"""What is said of a run that only its report and its conclusion are known of."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.model.budget import Budget, BudgetKind, Judgement, Limit, Verdict
from bot.model.config import Settings
from bot.model.effects import Marker
from bot.model.provider import Artifact, PipelineRun
from bot.model.report import Report
from bot.policy.measuring_run import (
    EXPIRED,
    GONE,
    OLDER,
    Missing,
    caveat_on,
    notes_on,
    report_of,
    still_holds,
    unknown_inputs,
)
from tests.render.reports import no_change

STARTED = datetime(2026, 11, 24, 12, tzinfo=UTC)
HEAD, OTHER = "a" * 40, "b" * 40
RUN = PipelineRun(5, "pull_request", ".github/workflows/size.yml", HEAD, "topic", "f/r", "o/r", 1, started=STARTED)
ABOUT_RUN = (
    "The budgets that are known here are kept, but the measuring run did not succeed: a budget of its inputs, "
    "another step or another job may have failed it."
)


def concluded(conclusion: str, attempt: int = 1) -> PipelineRun:
    """The run, ended in some way."""
    return replace(RUN, conclusion=conclusion, run_attempt=attempt)


def claiming(*sources: str) -> Report:
    """A report whose image was judged by budgets of these sources."""
    report = no_change()
    held = (
        Judgement(Budget(BudgetKind.MAX_SIZE, Limit(1, text="1 B"), source=one), Verdict.PASS, 1, 1) for one in sources
    )
    return replace(report, images=(replace(report.images[0], budgets=tuple(held)),), exit_code=0)


@pytest.mark.parametrize(
    ("conclusion", "ending"),
    [
        ("failure", "failed"),
        ("cancelled", "was cancelled"),
        ("timed_out", "ran out of time"),
        ("action_required", "waits for somebody"),
        ("startup_failure", "did not start"),
        ("neutral", "did not succeed"),
    ],
)
def test_caveat__says_how_the_run_ended(conclusion: str, ending: str):
    """A run that did not succeed is said to have ended as it did, where the budgets known here are kept."""
    assert caveat_on(concluded(conclusion), claiming()) == f"the workflow run that measured it {ending}"
    assert notes_on(concluded(conclusion), claiming(), claiming(), Settings()) == (ABOUT_RUN,)


@pytest.mark.parametrize(("conclusion", "exit_code"), [("success", 0), ("", 0), ("failure", 1), ("success", 1)])
def test_caveat__is_none_where_both_agree(conclusion: str, exit_code: int):
    """A run that succeeded, or that failed as the budgets here do, needs no remark."""
    judged = replace(claiming(), exit_code=exit_code)

    assert caveat_on(concluded(conclusion), judged) == ""
    assert notes_on(concluded(conclusion), claiming(), judged, Settings()) == ()


INPUTS = {"max-size": "max_size", "max-growth": "max_growth", "max-layers": "max_layers"}


@pytest.mark.parametrize("name", INPUTS)
def test_unknown_inputs__are_those_that_this_step_was_not_given(name: str):
    """A budget of an input that the measuring step had and this one has not is named; one that both have is not."""
    claimed = claiming(f"input {name}", "deadweight.toml:3")

    assert unknown_inputs(claimed, Settings()) == (name,)
    assert unknown_inputs(claimed, Settings(**{INPUTS[name]: "1"})) == ()
    assert notes_on(concluded("success"), claimed, claimed, Settings()) == (
        (
            f"The measuring step was given budgets as inputs ({name}) that this step was not, so they are "
            "not judged here; give `command: publish` the same inputs."
        ),
    )


def test_unknown_inputs__come_in_the_order_of_the_action():
    """Several are named in one note, before the one about the run."""
    claimed = claiming("input max-layers", "input max-growth", "input max-size", "input other")
    first, second = notes_on(concluded("failure"), claimed, claiming(), Settings())

    assert "(max-size, max-growth, max-layers)" in first
    assert second == ABOUT_RUN


def artifact(
    run_id: int = 5, *, created: datetime | None = STARTED, expired: bool = False, number: int = 1
) -> Artifact:
    """An artifact of a run."""
    return Artifact(number, "deadweight-report", 10, expired, run_id, created)


def test_report_of__is_the_first_of_the_run():
    """The latest artifact of this very run is taken; another run's is none."""
    assert report_of(RUN, [artifact(4), artifact(number=2), artifact(number=3)]) == artifact(number=2)
    assert report_of(RUN, [artifact(4)]) == Missing(GONE)
    assert report_of(RUN, []) == Missing(GONE)


def test_report_of__that_has_expired_is_missing():
    """An artifact that GitHub has deleted is there by name only."""
    assert report_of(RUN, [artifact(expired=True)]) == Missing(EXPIRED)


@pytest.mark.parametrize(
    ("created", "started", "is_taken"),
    [
        (STARTED, STARTED, True),
        (STARTED + timedelta(seconds=1), STARTED, True),
        (STARTED - timedelta(seconds=1), STARTED, False),
        (None, STARTED, False),
        (STARTED, None, False),
    ],
)
def test_report_of__a_later_attempt_is_not_older_than_the_attempt(
    created: datetime | None, started: datetime | None, is_taken: bool
):
    """What was there before the second attempt started, or may have been, is not taken for its report."""
    one = artifact(created=created)

    assert report_of(replace(RUN, run_attempt=2, started=started), [one]) == (one if is_taken else Missing(OLDER))
    assert report_of(replace(RUN, started=started), [one]) == one


@pytest.mark.parametrize(
    ("conclusion", "holds"), [("success", True), ("cancelled", True), ("failure", False), ("", False)]
)
def test_still_holds__after_a_run_that_did_not_fail(conclusion: str, holds: bool):
    """A comment on the same commit stays true after a run that found nothing to do; not after one that failed."""
    run = concluded(conclusion)

    assert still_holds(f"{Marker('k', HEAD, 1, 1).text}\nx", run) == holds
    assert still_holds(None, run) == holds
    assert still_holds("somebody else's", run) == holds
    assert not still_holds(f"{Marker('k', OTHER, 1, 1).text}\nx", run)
