"""What the verdicts of all images come to: the report's verdict, its waivers, and the exit code."""

import pytest

from bot.model import bounds
from bot.model.budget import Budget, BudgetKind, Judgement, Verdict, Waiver
from bot.model.build import BuildFailure, FailureKind
from bot.model.config import FailOn
from bot.model.plan import Comparison
from bot.model.report import Delta, ImageReport, ImageState, MissingSide, Report, RunInfo
from bot.policy.measured_facts import facts_of
from bot.policy.outcome import exit_code, not_arrived, summed_up

WAIVER = Waiver("*", "*", "agreed", None, "deadweight.toml:9")


def judgement(verdict: Verdict, waived_by: Waiver | None = None) -> Judgement:
    """A judgement of some budget."""
    return Judgement(Budget(BudgetKind.MAX_SIZE, None), verdict, 2, 1, "", waived_by)


def image(verdict: Verdict, *held: Judgement, own_bytes: int | None = 0) -> ImageReport:
    """An image with its verdict; ``own_bytes`` is what this change adds, ``None`` where that is not known."""
    delta = None if own_bytes is None else Delta(own_bytes, None, 0, own_bytes, 0, 0)
    return ImageReport("api", "", ImageState.CHANGED, None, None, delta, budgets=held, verdict=verdict)


KEPT = image(Verdict.PASS, judgement(Verdict.PASS))
GREW = image(Verdict.PASS, judgement(Verdict.PASS), own_bytes=1)
SHRANK = image(Verdict.PASS, judgement(Verdict.PASS), own_bytes=-1)
WARNED = image(Verdict.WARN, judgement(Verdict.WARN, WAIVER))
EXCEEDED = image(Verdict.FAIL, judgement(Verdict.PASS), judgement(Verdict.FAIL))
UNMEASURED = image(Verdict.NOT_MEASURED, judgement(Verdict.NOT_MEASURED), own_bytes=None)
BASE_FAILED = image(Verdict.FAIL, judgement(Verdict.PASS), own_bytes=None)
UNMEASURED_AND_EXCEEDED = image(Verdict.NOT_MEASURED, judgement(Verdict.FAIL), own_bytes=None)


@pytest.mark.parametrize(
    ("images", "budget", "growth", "error"),
    [
        ([], 0, 0, 0),
        ([KEPT, WARNED, SHRANK], 0, 0, 0),
        ([SHRANK, GREW, UNMEASURED], 3, 1, 3),
        ([KEPT, EXCEEDED], 1, 1, 0),
        ([EXCEEDED, UNMEASURED], 1, 1, 3),
        ([KEPT, UNMEASURED], 3, 3, 3),
        ([BASE_FAILED, KEPT], 3, 3, 3),
        ([UNMEASURED_AND_EXCEEDED], 1, 1, 3),
    ],
)
def test_exit_code__is_what_fail_on_says(images: list[ImageReport], budget: int, growth: int, error: int):
    """1 is for a budget, or for growth where that counts; 3 for a number that could not be had; never is never."""
    found = {fail_on: exit_code(images, fail_on) for fail_on in FailOn}

    assert found == {FailOn.BUDGET: budget, FailOn.GROWTH: growth, FailOn.ERROR: error, FailOn.NEVER: 0}


def test_summed_up__follows_from_the_images():
    """The verdict is the worst one, every waiver that was needed is there once, and the exit code fits."""
    report = Report("1", Comparison("b", "h", "", ""), (), Verdict.PASS, RunInfo())

    found = summed_up(report, [KEPT, WARNED, WARNED, EXCEEDED], FailOn.BUDGET)

    assert found.images == (KEPT, WARNED, WARNED, EXCEEDED)
    assert (found.verdict, found.waivers, found.exit_code) == (Verdict.FAIL, (WAIVER,), 1)


def test_not_arrived__is_not_measured():
    """An image of which nobody has a measurement is listed by its name as far as it may be long, with nothing but why."""
    found = not_arrived("n" * 10_000)

    why = MissingSide("its measurement did not arrive")
    assert found == ImageReport(
        bounds.text("n" * 10_000), "", ImageState.NOT_MEASURED, None, why, None, verdict=Verdict.NOT_MEASURED
    )
    assert len(found.name) < 10_000


def test_base__without_a_dockerfile_is_not_one_that_failed():
    """A base that has no Dockerfile for the image makes it a new one; one that does not build is another matter."""

    def of(kind: FailureKind):
        failed = MissingSide("why", BuildFailure(kind, "why"))
        return facts_of(ImageReport("api", "", ImageState.NOT_COMPARED, failed, failed, None))

    absent, broken = of(FailureKind.NO_DOCKERFILE), of(FailureKind.INSTRUCTION)
    assert (absent.base_failed, absent.missing_base[:16]) == (False, "the image is new")
    assert (broken.base_failed, broken.missing_base) == (True, "the base could not be measured")
