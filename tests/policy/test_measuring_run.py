"""What is concluded from how another run went: which report is its own, what stays true without one, what is unknown."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.model.budget import Budget, BudgetKind, Judgement, Limit, Verdict
from bot.model.config import Settings
from bot.model.effects import Marker
from bot.model.plan import Comparison
from bot.model.provider import Artifact, PipelineRun
from bot.model.report import ImageReport, ImageState, Report, RunInfo
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

STARTED = datetime(2026, 3, 1, 12, tzinfo=UTC)
HEAD, OTHER = "a" * 40, "b" * 40
RUN = PipelineRun(7, "pull_request", "x.yml", HEAD, "topic", "o/r", "o/r", 1, (), "success", STARTED)


def artifact(number: int = 1, **fields: object) -> Artifact:
    """An artifact of the run, from when its latest attempt started."""
    return replace(Artifact(number, "deadweight-report", 9, expired=False, run_id=7, created=STARTED), **fields)


SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("attempt", "created", "started", "is_its_own"),
    [
        (1, STARTED - SECOND, STARTED, True),
        (1, None, None, True),
        (2, STARTED - SECOND, STARTED, False),
        (2, STARTED, STARTED, True),
        (2, STARTED + SECOND, STARTED, True),
        (2, None, STARTED, False),
        (2, STARTED, None, False),
        (3, STARTED - SECOND, STARTED, False),
    ],
)
def test_report_of__is_the_attempts_own(
    attempt: int, created: datetime | None, started: datetime | None, is_its_own: bool
):
    """Of a later attempt only what was made since it started is its own, and nothing where that is not known."""
    made = artifact(created=created)

    found = report_of(replace(RUN, run_attempt=attempt, started=started), [made])

    assert found == (made if is_its_own else Missing(OLDER))


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        ([], Missing(GONE)),
        ([artifact(run_id=8)], Missing(GONE)),
        ([artifact(expired=True)], Missing(EXPIRED)),
        ([artifact(2), artifact(1, expired=True)], artifact(2)),
        ([artifact(2, expired=True), artifact(1)], Missing(EXPIRED)),
        ([artifact(3, run_id=8), artifact(2), artifact(1)], artifact(2)),
    ],
)
def test_report_of__is_the_latest_of_that_run(listed: list[Artifact], expected: Artifact | Missing):
    """The latest artifact of that very run counts; an older one does not take the place of an expired one."""
    assert report_of(RUN, listed) == expected


def comment(head: str) -> str:
    """Return a comment of ours about a commit."""
    return f"{Marker('', head, 3, 1).text}\nfine"


@pytest.mark.parametrize(
    ("conclusion", "text", "holds"),
    [
        ("success", None, True),
        ("success", "", True),
        ("success", "somebody's words", True),
        ("success", comment(HEAD), True),
        ("success", comment(OTHER), False),
        ("cancelled", comment(HEAD), True),
        ("cancelled", comment(OTHER), False),
        ("failure", comment(HEAD), False),
        ("failure", None, False),
        ("timed_out", comment(HEAD), False),
        ("", comment(HEAD), False),
    ],
)
def test_still_holds__where_nothing_failed_and_nothing_else_was_measured(
    conclusion: str, text: str | None, holds: bool
):
    """A run that did not fail takes nothing back; what is said of another commit never stands for this one."""
    assert still_holds(text, replace(RUN, conclusion=conclusion)) is holds


def report(*sources: str, exit_code: int = 0) -> Report:
    """Return a report of one image that was judged by budgets from these places."""
    budget = Budget(BudgetKind.MAX_SIZE, Limit(1))
    judged = tuple(Judgement(replace(budget, source=source), Verdict.PASS, 1, 1) for source in sources)
    image = ImageReport("a", "", ImageState.NEW, None, None, None, budgets=judged)
    return Report("1", Comparison("", HEAD, ""), (image,), Verdict.PASS, RunInfo(), exit_code=exit_code)


@pytest.mark.parametrize(
    ("conclusion", "exit_code", "caveat"),
    [
        ("success", 0, ""),
        ("", 0, ""),
        ("failure", 1, ""),
        ("failure", 3, ""),
        ("failure", 0, "the workflow run that measured it failed"),
        ("cancelled", 0, "the workflow run that measured it was cancelled"),
        ("timed_out", 0, "the workflow run that measured it ran out of time"),
        ("action_required", 0, "the workflow run that measured it waits for somebody"),
        ("startup_failure", 0, "the workflow run that measured it did not start"),
        ("stale", 0, "the workflow run that measured it did not succeed"),
    ],
)
def test_caveat__where_the_run_did_worse_than_its_report(conclusion: str, exit_code: int, caveat: str):
    """A run that did not end well although every known budget is kept is said to, in words of our own."""
    run = replace(RUN, conclusion=conclusion)
    judged = report(exit_code=exit_code)

    assert caveat_on(run, judged) == caveat
    assert len(notes_on(run, judged, judged, Settings())) == bool(caveat)


@pytest.mark.parametrize(
    ("sources", "given", "unknown"),
    [
        ((), {}, ()),
        (("deadweight.toml:3",), {}, ()),
        (("input max-size",), {}, ("max-size",)),
        (("input max-growth",), {}, ("max-growth",)),
        (("input max-layers",), {}, ("max-layers",)),
        (("input max-layers", "input max-size"), {}, ("max-size", "max-layers")),
        (("input max-size", "input max-growth"), {"max_size": "1 MB"}, ("max-growth",)),
        (("input max-size", "input max-growth"), {"max_growth": "1 MB"}, ("max-size",)),
        (("input max-layers",), {"max_layers": "3"}, ()),
        (("input max-paths",), {}, ()),
    ],
)
def test_unknown_inputs__are_those_that_only_the_measuring_step_had(
    sources: tuple[str, ...], given: dict[str, str], unknown: tuple[str, ...]
):
    """Budgets of inputs that the measuring step had and this one has not are named, in the order of the inputs."""
    settings = replace(Settings(), **given)
    claimed = report(*sources)

    assert unknown_inputs(claimed, settings) == unknown
    notes = notes_on(RUN, claimed, claimed, settings)
    assert [", ".join(unknown) in note for note in notes] == [True] * bool(unknown)
