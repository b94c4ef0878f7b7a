"""The parts of which a judgement is made: which budgets hold, what they count in an image, and what a report claims."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from bot.model.budget import Acceptance, Amount, Budget, BudgetKind, Judgement, Limit, Verdict, Waiver
from bot.model.config import BudgetSet, Policy
from bot.path_globs import path_matcher
from bot.policy.content_budgets import Thing, bytes_below, denied_packages, denied_paths
from bot.policy.effective import all_effective, applies, bounds_of, budgets_at_stake, effective_budgets, removal_budget
from bot.policy.measured_facts import Facts, ReportedNumber, claim_on
from bot.policy.waivers import given_for, holds, name_of, waivers_for
from tests.policy.world import MB, Weights, measured

FILES = measured(Weights(files={"/usr": 1, "/usrx": 2, "/usr/lib/a": 4, "/X11/a": 8, "/etc/": 16, "/opt/b": 32}))


@pytest.mark.parametrize(
    ("prefix", "count"),
    [
        ("/usr", 5),
        ("/usr/", 5),
        ("/usr/lib", 4),
        ("/usr/lib/a", 4),
        ("/X11", 8),
        ("/", 63),
        ("/lib", 0),
        ("/opt/b", 32),
    ],
)
def test_bytes_below__are_those_of_a_path_and_what_lies_in_it(prefix: str, count: int):
    """A path is counted itself and with what lies below, never what only begins with its letters; the root is all."""
    assert bytes_below(FILES, prefix) == count


def test_denied_paths__are_files_that_a_glob_covers():
    """Files count, directories do not; a name that is no UTF-8 is shown as far as it goes; what the base has is old."""
    base = measured(Weights(files={"/opt/b": 1}))

    found = denied_paths(FILES, base, ["/opt/**", "/etc", "/X11/a"])

    assert (found.new, found.old, found.number) == ((Thing("/X11/a", 8),), (Thing("/opt/b", 32),), 2)
    assert denied_paths(FILES, None, ["/opt"]).new == (Thing("/opt/b", 32),)
    assert denied_paths(FILES, None, []).number == 0


def test_denied_paths__shows_what_is_no_text():
    """A path that is no UTF-8 is named with a sign in the place of what cannot be shown."""
    head = measured(Weights(files={"/a": 3}))
    live = {b"a\xff": head.tree.live[b"a"]}

    assert denied_paths(replace(head, tree=replace(head.tree, live=live)), None, ["/a*"]).new == (Thing("/a\ufffd", 3),)


PACKAGES = measured(Weights(packages=("deb:curl", "deb:gcc-12", "npm:curl")))


@pytest.mark.parametrize(
    ("patterns", "new", "old"),
    [
        (["deb:curl"], (), ("deb:curl 1.0",)),
        (["deb:gcc-*"], ("deb:gcc-12 1.0",), ()),
        (["*:curl"], ("npm:curl 1.0",), ("deb:curl 1.0",)),
        (["deb:nothing", "npm:*"], ("npm:curl 1.0",), ()),
        (["deb:nothing"], (), ()),
        ([], (), ()),
    ],
)
def test_denied_packages__are_those_of_an_ecosystem_and_a_name(patterns: list[str], new: tuple, old: tuple):
    """Both parts of a pattern must fit, one pattern is enough, and what the base has already is old."""
    found = denied_packages(PACKAGES, measured(Weights(packages=("deb:curl", "npm:gcc-12"))), patterns)

    assert (tuple(one.name for one in found.new), tuple(one.name for one in found.old)) == (new, old)
    assert all(one.bytes == 5 * MB for one in (*found.new, *found.old))


def test_denied_packages__of_a_new_image_are_all_new():
    """Without a base nothing is old."""
    found = denied_packages(PACKAGES, None, ["*:*"])

    assert (len(found.new), found.old) == (3, ())


def budget(kind: BudgetKind = BudgetKind.MAX_SIZE, source: str = "", **more: object) -> Budget:
    """A budget of one byte."""
    return Budget(kind, Limit(1, text="1 B"), source=source, **more)


def test_effective__the_most_specific_overrides_all_before_it():
    """Of three tables the last holds, and what it overrides is told from the general to the special."""
    first, second, third = (budget(source=name) for name in "abc")
    policy = Policy(sets=tuple(BudgetSet("*", (one,)) for one in (first, second, third)))

    (found,) = all_effective(policy, "api", "")

    assert (found.budget.source, [one.source for one in found.overridden]) == ("c", ["a", "b"])


@pytest.mark.parametrize(
    ("of_set", "platform", "is_for"),
    [
        ("", "linux/amd64", True),
        ("linux/amd64", "linux/amd64", True),
        ("linux/amd64", "linux/arm64", False),
        ("linux/arm64", "linux/arm64/v8", True),
        ("linux/arm64/v8", "linux/arm64/v8", True),
        ("linux/arm64/v8", "linux/arm64", False),
        ("linux/arm", "linux/arm/v7", True),
        ("linux/arm/v7", "linux/arm/v7", True),
        ("linux/arm", "linux/arm/v6", False),
    ],
)
def test_effective__a_platform_is_also_meant_without_its_usual_variant(of_set: str, platform: str, is_for: bool):
    """A table for a platform holds for the variant that its architecture has by default, and for no other one."""
    assert applies(BudgetSet("*", (), of_set), "api", platform) == is_for
    assert not applies(BudgetSet("web", (), of_set), "api", platform)


def test_effective__a_table_that_states_nothing_leaves_what_was_stated():
    """``on-exceed`` and ``already-over`` of a general table hold where a special one does not state them."""
    general = BudgetSet("*", (budget(),), on_exceed=Verdict.WARN, already_over=Verdict.PASS)
    policy = Policy(sets=(general, BudgetSet("api", (budget(source="b"),))))

    (found,) = effective_budgets(policy, "api", "")

    assert (found.budget.on_exceed, found.already_over) == (Verdict.WARN, Verdict.PASS)


def claimed(kind: BudgetKind, actual: int | None, *patterns: str, **more: object) -> Judgement:
    """A judgement of a report."""
    return Judgement(Budget(kind, None, patterns=patterns), more.pop("verdict", Verdict.FAIL), actual, None, **more)


def test_claim__is_that_of_the_very_budget():
    """Of a report's judgements the one of the same kind is meant, and of those on paths the one on the same path."""
    facts = Facts(
        "api",
        "",
        claims=(
            claimed(BudgetKind.DENY_PACKAGES, 1),
            claimed(BudgetKind.PATHS, 2, "/usr"),
            claimed(BudgetKind.PATHS, 3, "/opt"),
            claimed(BudgetKind.DENY_PATHS, 4, "**/.git", evidence=(("a", 1),)),
            claimed(BudgetKind.MAX_DEAD, None),
        ),
    )

    assert claim_on(Budget(BudgetKind.PATHS, None, patterns=("/opt",)), facts) == ReportedNumber(3, False, ())
    assert claim_on(Budget(BudgetKind.PATHS, None, patterns=("/srv",)), facts) is None
    assert claim_on(Budget(BudgetKind.DENY_PATHS, None, patterns=("other",)), facts) == ReportedNumber(
        4, False, (("a", 1),)
    )
    assert claim_on(Budget(BudgetKind.DENY_PACKAGES, None), facts) == ReportedNumber(1, False, ())
    assert claim_on(Budget(BudgetKind.MAX_DEAD, None), facts) is None
    assert claim_on(Budget(BudgetKind.MAX_SIZE, None), facts) is None


@pytest.mark.parametrize(
    ("verdict", "waived", "is_old"),
    [(Verdict.WARN, False, True), (Verdict.WARN, True, False), (Verdict.FAIL, False, False)],
)
def test_claim__is_of_old_things_where_it_only_warned(verdict: Verdict, waived: bool, is_old: bool):
    """A warning that nobody's waiver made tells that the base has what is denied as well."""
    waiver = Waiver("*", "*", "x", None, "s") if waived else None
    facts = Facts("api", "", claims=(claimed(BudgetKind.DENY_PATHS, 1, verdict=verdict, waived_by=waiver),))

    found = claim_on(Budget(BudgetKind.DENY_PATHS, None), facts)

    assert found is not None
    assert found.is_old == is_old


WHEN = datetime(2026, 11, 24, 12, tzinfo=UTC)
HEAD, OTHER = "a" * 40, "b" * 40


@pytest.mark.parametrize(
    ("head", "labelled", "is_given"), [(HEAD, HEAD, True), (HEAD, OTHER, False), (HEAD, "", False), ("", "", False)]
)
def test_given_for__binds_a_label_to_the_commit_it_was_set_for(head: str, labelled: str, is_given: bool):
    """A label covers the commit that was there when it was set, from nothing on, and no other one."""
    acceptance = Acceptance("octocat", WHEN, (Amount("api", "", "max-size", 5),), OTHER)

    assert given_for(acceptance, head, labelled) == (Acceptance("octocat", WHEN, (), HEAD) if is_given else None)


def test_globs__of_three_stars_keep_their_order():
    """What stands between stars must come in its order, also where a segment has many."""
    matcher = path_matcher(["/a*b*c*d*e"])

    assert matcher.fullmatch(b"a1b2c3d4e")
    assert not matcher.fullmatch(b"a1b2d3c4e")
    assert not matcher.fullmatch(b"a1c2d3e")
    assert path_matcher([]).fullmatch(b"") is None


TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("until", "up_to", "now", "is_held"),
    [
        (None, None, 5, True),
        (TODAY, None, 5, True),
        (date(2026, 11, 23), None, 5, False),
        (date(2026, 11, 25), None, 5, True),
        (None, 5, 5, True),
        (None, 5, 6, False),
        (None, 5, None, True),
        (TODAY, 4, 5, False),
    ],
)
def test_holds__until_its_day_and_up_to_its_amount(
    until: date | None, up_to: int | None, now: int | None, is_held: bool
):
    """A waiver holds on its last day and for just what it allows; a number that nobody has does not end it."""
    assert holds(Waiver("*", "*", "x", until, "s", up_to=up_to), now, TODAY) == is_held


def test_waivers_for__come_with_those_last_that_hold_longest():
    """Of the waivers for an image and a budget, by its kind, its name or all, the one without an end is the last."""
    paths = Budget(BudgetKind.PATHS, None, patterns=("/usr",))
    allowed = [Waiver("*", allows, "x", None, "s") for allows in ("*", "paths", "paths /usr", "paths /opt", "max-size")]
    dated = Waiver("api", "*", "x", TODAY, "s")

    assert [one.allows for one in waivers_for(allowed, "api", paths)] == ["*", "paths", "paths /usr"]
    assert waivers_for([allowed[0], dated], "api", paths) == (dated, allowed[0])
    assert waivers_for([dated], "web", paths) == ()
    assert (name_of(paths), name_of(budget())) == ("paths /usr", "max-size")


def test_stakes__are_those_of_any_platform_where_it_is_not_known():
    """Without a platform every table of the image counts, with one only its own."""
    policy = Policy(sets=(BudgetSet("*", (budget(source="a"),)), BudgetSet("*", (budget(source="b"),), "linux/amd64"),
                          BudgetSet("web", (budget(source="c"),), "linux/arm64")))  # fmt: skip

    assert [one.budget.source for one in budgets_at_stake(policy, "api")] == ["a", "b"]
    assert [one.budget.source for one in budgets_at_stake(policy, "api", "linux/arm64")] == ["a"]


def test_bounds__tell_budgets_apart_that_bound_another_thing():
    """Two images have the same bounds where kind, limit, patterns, verdict and days are the same, whatever the source."""
    first = budget(BudgetKind.CREEP, source="a", since_days=7)
    policy = Policy(sets=(BudgetSet("api", (first,)), BudgetSet("same", (replace(first, source="b"),))))
    others = [replace(first, limit=Limit(2)), replace(first, patterns=("x",)), replace(first, on_exceed=Verdict.WARN, on_exceed_stated=True),
              replace(first, since_days=8), replace(first, kind=BudgetKind.MAX_SIZE)]  # fmt: skip

    assert bounds_of(policy, "api") == bounds_of(policy, "same") != frozenset()
    for other in others:
        assert bounds_of(Policy(sets=(BudgetSet("api", (other,)),)), "api") != bounds_of(policy, "api")


def test_removal__is_as_bad_as_the_worst_of_the_budgets():
    """The budget that stands for all has the worst of their verdicts, a warning at least, and the first known source."""
    policy = Policy(sets=(BudgetSet("*", (budget(), budget(BudgetKind.MAX_LAYERS, "b"))),))
    mild = Policy(sets=(BudgetSet("*", (budget(),), on_exceed=Verdict.PASS),))

    found = removal_budget(effective_budgets(policy, "api", ""))

    assert (found.kind, found.limit, found.on_exceed, found.source) == (BudgetKind.REMOVAL, None, Verdict.FAIL, "b")
    assert removal_budget(effective_budgets(mild, "api", "")).on_exceed is Verdict.WARN
    assert removal_budget(effective_budgets(mild, "api", "")).source == ""
