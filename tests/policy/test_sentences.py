"""Every sentence of a judgement, word for word."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from bot.model.budget import Budget, BudgetKind, Limit, Waiver
from bot.model.build import Departure
from bot.policy import sentences
from bot.policy.actual import Actual, Clause, Unknown
from bot.policy.content_budgets import Denied, Thing, largest

MB = 1_000_000
WEIGHS, ADDS, REMOVES = (
    Clause("The image weighs "),
    Clause("This change adds ", " here"),
    Clause("This change removes ", " here"),
)
SIZE, LAYERS = Budget(BudgetKind.MAX_SIZE, Limit(amount=1)), Budget(BudgetKind.MAX_LAYERS, Limit(amount=1))
SHARE = Budget(BudgetKind.MAX_GROWTH, Limit(percent=Decimal("5.50")))
PATHS = Budget(BudgetKind.PATHS, Limit(amount=1), patterns=("/usr",))
FILES, PACKAGES = Budget(BudgetKind.DENY_PATHS, None), Budget(BudgetKind.DENY_PACKAGES, None)


@pytest.mark.parametrize(
    ("budget", "actual", "said"),
    [
        (SIZE, Actual(WEIGHS, 90 * MB, 100 * MB), "The image weighs 90.0 MB; max-size allows 100 MB."),
        (SIZE, Actual(WEIGHS, 90 * MB, 100 * MB, exact=False), "The image weighs ≈90.0 MB; max-size allows 100 MB."),
        (SIZE, Actual(WEIGHS, 99_999_999, 100 * MB), "The image weighs 99,999,999 B; max-size allows 100,000,000 B."),
        (SIZE, Actual(WEIGHS, 100 * MB, 100 * MB), "The image weighs 100 MB; max-size allows 100 MB."),
        (LAYERS, Actual(Clause("The image has "), 1, 2, in_bytes=False), "The image has 1 layer; max-layers allows 2 layers."),
        (LAYERS, Actual(Clause("The image has "), 0, 1_000, in_bytes=False), "The image has 0 layers; max-layers allows 1,000 layers."),
        (SHARE, Actual(ADDS, 5 * MB, 6 * MB, whole=100 * MB), "This change adds 5 MB here; max-growth allows 6 MB, 5.5 % of 100 MB."),
        (SHARE, Actual(ADDS, 5 * MB, 6 * MB), "This change adds 5 MB here; max-growth allows 6 MB."),
        (SIZE, Actual(ADDS, 5 * MB, 6 * MB, whole=100 * MB), "This change adds 5 MB here; max-size allows 6 MB."),
        (SIZE, Actual(ADDS, -5 * MB, 6 * MB, told_less=REMOVES), "This change removes 5 MB here; max-size allows 6 MB."),
        (SIZE, Actual(ADDS, 0, 6 * MB, told_less=REMOVES), "This change adds 0 B here; max-size allows 6 MB."),
        (SIZE, Actual(ADDS, 5 * MB, 6 * MB, told_less=REMOVES), "This change adds 5 MB here; max-size allows 6 MB."),
        (SIZE, Actual(ADDS, -5 * MB, 6 * MB), "This change adds -5 MB here; max-size allows 6 MB."),
        (Budget(BudgetKind.RATCHET, None), Actual(WEIGHS, 5, 6, whole=7), "The image weighs 5 B; ratchet allows 6 B."),
        (PATHS, Actual(Clause("/usr holds "), 5, 6), "/usr holds 5 B; its budget allows 6 B."),
    ],
)  # fmt: skip
def test_kept__says_both_numbers(budget: Budget, actual: Actual, said: str):
    """What is measured and what is allowed stand in one sentence, to the digit where they would look alike."""
    assert sentences.kept(budget, actual).replace("\u00a0", " ").replace("−", "-") == said


@pytest.mark.parametrize(
    ("budget", "actual", "said"),
    [
        (SIZE, Actual(WEIGHS, 110 * MB, 100 * MB), "The image weighs 110 MB, 10.0 MB more than max-size allows (100 MB)."),
        (SIZE, Actual(WEIGHS, 110 * MB, 100 * MB, exact=False), "The image weighs ≈110 MB, ≈10.0 MB more than max-size allows (100 MB)."),
        (SIZE, Actual(WEIGHS, 100_000_001, 100 * MB), "The image weighs 100,000,001 B, 1 B more than max-size allows (100,000,000 B)."),
        (LAYERS, Actual(Clause("The image has "), 3, 2, in_bytes=False), "The image has 3 layers, 1 layer more than max-layers allows (2 layers)."),
        (PATHS, Actual(Clause("/usr holds "), 7, 5), "/usr holds 7 B, 2 B more than its budget allows (5 B)."),
    ],
)  # fmt: skip
def test_exceeded__says_by_how_much(budget: Budget, actual: Actual, said: str):
    """What is exceeded says what is measured, by how much, and what is allowed."""
    assert sentences.exceeded(budget, actual).replace("\u00a0", " ") == said


def test_remark__follows_the_sentence():
    """A remark becomes the last clause; without one the sentence is as it was."""
    assert sentences.with_remark("A weighs.", "it is old") == "A weighs; it is old."
    assert sentences.with_remark("A weighs.", "") == "A weighs."


def test_not_measured__says_why():
    """A budget that is held against nothing says why."""
    assert (
        sentences.not_measured(SIZE, Unknown("the base does not build"))
        == "max-size is not checked: the base does not build."
    )


ONE, TWO = Thing("/a", 3), Thing("/b", 5)


@pytest.mark.parametrize(
    ("budget", "found", "said"),
    [
        (FILES, Denied((), ()), "The image contains nothing that deny-paths names."),
        (FILES, Denied((ONE,), ()), "The image contains 1 file of 3 B that deny-paths names."),
        (FILES, Denied((), (ONE, TWO)), "The image contains 2 files of 8 B that deny-paths names."),
        (FILES, Denied((ONE, ONE), (TWO,)), "The image contains 3 files of 11 B that deny-paths names, 2 of them brought by this change."),
        (PACKAGES, Denied((ONE,), ()), "The image contains 1 package of 3 B that deny-packages names."),
        (PACKAGES, Denied((ONE, TWO), ()), "The image contains 2 packages of 8 B that deny-packages names."),
    ],
)  # fmt: skip
def test_denied__counts_what_there_is(budget: Budget, found: Denied, said: str):
    """What is denied is counted and summed, and told apart where only some of it is new."""
    assert sentences.denied(budget, found).replace("\u00a0", " ") == said


@pytest.mark.parametrize(
    ("budget", "number", "limit", "said"),
    [
        (FILES, 1, 0, "The image contains 1 file that deny-paths names."),
        (PACKAGES, 2, 0, "The image contains 2 packages that deny-packages names."),
        (PATHS, 5, 5, "/usr holds 5 B; its budget allows 5 B."),
        (PATHS, 7, 5, "/usr holds 7 B, 2 B more than its budget allows (5 B)."),
        (Budget(BudgetKind.PATHS, Limit(amount=5)), 4, 5, "/ holds 4 B; its budget allows 5 B."),
    ],
)
def test_claimed__says_what_another_run_counted(budget: Budget, number: int, limit: int, said: str):
    """A number that somebody else counted is told as such a number, without what it is made of."""
    assert sentences.claimed(budget, number, limit).replace("\u00a0", " ") == said


def test_departed__has_a_sentence_for_each_way():
    """Each way of getting rid of a budget is said in a sentence of its own."""
    said = [sentences.departed(one) for one in Departure]

    assert len(set(said)) == len(Departure)
    assert all(one.startswith("This image has a budget and") and one.endswith(".") for one in said)


TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("until", "granted_by", "said"),
    [
        (TODAY - timedelta(days=1), "", "its waiver ended on 2026-11-23"),
        (TODAY - timedelta(days=1), "octocat", "its waiver ended on 2026-11-23"),
        (TODAY, "", "it has grown further since that was accepted"),
        (None, "", "it has grown further since that was accepted"),
        (None, "octocat", "it has grown further since that was accepted, so the label must be set anew"),
    ],
)
def test_waiver_ended__says_by_what(until: date | None, granted_by: str, said: str):
    """A waiver ended by its day, or by growth; a label can be set anew."""
    assert sentences.waiver_ended(Waiver("*", "*", "x", until, "s", granted_by), TODAY) == said


def test_largest__are_five_in_an_order_that_never_changes():
    """Evidence is the five largest, those of one size by their name."""
    things = [Thing(name, size) for name, size in [("b", 1), ("a", 1), ("c", 9), ("d", 5), ("f", 0), ("e", 4)]]

    assert largest(things) == (("c", 9), ("d", 5), ("e", 4), ("a", 1), ("b", 1))
