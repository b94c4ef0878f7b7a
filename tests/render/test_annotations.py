"""Annotations: on the lines that are to blame, few, and most important first."""

from dataclasses import replace

from bot.model.advice import Ladder
from bot.model.budget import BudgetKind, Verdict
from bot.model.effects import Level
from bot.model.explain import CauseKind
from bot.render.annotations import annotations
from tests.render.reports import (
    STORIES,
    base_fails,
    cause,
    growth,
    head_fails,
    held,
    image,
    no_change,
    report,
    shrink,
    side,
    thirty_images,
)


def placed(one):
    """Return level, file and first line of every annotation."""
    return [(made.level, made.path, made.start_line) for made in annotations(one)]


def test_annotations__blame_the_line_that_adds_most():
    """A broken budget stands on the line of the heaviest cause; further growth and findings are notices."""
    assert placed(growth()) == [
        (Level.FAILURE, "api/Dockerfile", 1),
        (Level.FAILURE, "api/Dockerfile", 1),
        (Level.NOTICE, "api/Dockerfile", 4),
        (Level.NOTICE, "api/Dockerfile", 1),
    ]


def test_annotations__say_what_is_exceeded_and_by_what():
    """The message has the budget's sentence and the heaviest cause with its bytes."""
    first = annotations(growth())[0]

    assert first.title == "`api`: max-growth 10\u00a0MB"
    assert (
        first.message.replace("\u00a0", " ")
        == "+855 MB exceeds 10 MB Most of the change: +774 MB by `FROM golang:1.22`."
    )


def test_annotations__warn_where_a_budget_warns():
    """A budget that only warns is a warning."""
    warned = held(BudgetKind.MAX_SIZE, "5 MB", 9_000_000, 5_000_000, Verdict.WARN)
    one = image("api", side(1_000_000), side(9_000_000), budgets=(warned,))

    assert Level.WARNING is annotations(report(one))[0].level


def test_annotations__without_a_line_stand_nowhere():
    """A budget that is exceeded for no line's sake is told without a place."""
    over = held(BudgetKind.MAX_SIZE, "5 MB", 9_000_000, 5_000_000)
    one = image("api", side(9_000_000), side(9_000_000), budgets=(over,))

    assert placed(report(one)) == [(Level.FAILURE, "", 0)]


def test_annotations__point_at_the_instruction_that_does_not_build():
    """A head that does not build is a failure on its line; a base that does not is nobody's line here."""
    assert placed(head_fails()) == [(Level.FAILURE, "api/Dockerfile", 4)]
    assert placed(base_fails()) == []


def test_annotations__leave_shrinking_and_unchanged_images_alone():
    """Where nothing grew there is nothing to point at."""
    assert placed(no_change()) == []
    assert placed(shrink()) == []


def test_annotations__name_a_shared_line_once():
    """A layer that three images gained is annotated once."""
    lines = [(path, line) for _, path, line in placed(thirty_images())]

    assert lines.count(("images/base/Dockerfile", 3)) == 1


def test_annotations__leave_small_causes_out():
    """A cause below a megabyte is not worth a line in the diff."""
    one = cause(CauseKind.INSTRUCTION, 0, 999_999, "COPY a /a", file="Dockerfile", lines=(2, 2))

    assert placed(report(image("api", side(1), side(1_000_000), (one,)))) == []


def test_annotations__tell_only_measured_findings_of_this_change():
    """A suspicion, old weight, and what is ignored on purpose stay out of the diff."""
    [one] = growth().images
    quiet = replace(one, budgets=(), causes=(), contents=(), delta=None, verdict=Verdict.PASS)
    finding = one.findings[0]
    others = (
        replace(finding, ladder=Ladder.SUSPECTED),
        replace(finding, from_this_change=False),
        replace(finding, suppressed="it is needed"),
    )

    assert annotations(report(replace(quiet, findings=others))) == ()
    assert placed(report(replace(quiet, findings=(finding,)))) == [(Level.NOTICE, "api/Dockerfile", 1)]


def test_annotations__are_never_more_than_fifty():
    """However many images fail, one request of the API takes all annotations, failures first."""
    one = growth().images[0]
    many = report(*(replace(one, name=f"service-{n}", causes=tuple(_at(one, n))) for n in range(60)))

    made = annotations(many)

    assert len(made) == 50
    assert {Level.FAILURE} == {annotation.level for annotation in made}


def _at(one, number):
    return (replace(part, file=f"{number}/Dockerfile") for part in one.causes)


def test_annotations__have_lines_that_follow_each_other():
    """Every annotation with a path has a first and a last line, in order."""
    for story in STORIES.values():
        for made in annotations(story()):
            assert not made.path or 1 <= made.start_line <= made.end_line
