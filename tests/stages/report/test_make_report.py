"""Judged images → Report: states, sums, verdicts and exit codes, from images that were really measured."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from bot.errors import UsageError
from bot.flows.fan_out import merge
from bot.model import bounds
from bot.model.advice import Advice
from bot.model.budget import Budget, BudgetKind, Limit, Verdict
from bot.model.build import Absent, BuildFailure, FailureKind, Unbuilt
from bot.model.config import BudgetSet, Config, FailOn, Policy, Settings
from bot.model.explain import ContentKind, Failed, MeasuredPair, Measurement
from bot.model.image import DownloadSize, Platform
from bot.model.plan import Comparison, ImagePlan, Plan
from bot.model.report import ImageState, MissingSide, RunInfo
from bot.policy.outcome import exit_code
from bot.render.report_json import decode, dump
from bot.stages.advise import advise
from bot.stages.describe import describe
from bot.stages.diff import diff
from bot.stages.explain import explain
from bot.stages.judge import judge
from bot.stages.report import make_report
from tests import pictures
from tests.compare.measured import from_image, measured, step
from tests.compare.test_sums import pairs
from tests.render.reports import base_fails, growth, image, no_change, report, side, thirty_images

TODAY = date(2026, 11, 24)
RUN = RunInfo("o/r", "https://github.com", 7, 1, 1)
COMMITS = Comparison("a" * 40, "b" * 40, "the first parent of the merge commit")
FAILURE = BuildFailure(
    FailureKind.INSTRUCTION, "RUN make failed with exit code 2.", "Dockerfile", (3, 3), "RUN make", 2
)
NO_DOCKERFILE = BuildFailure(FailureKind.NO_DOCKERFILE, "There is no Dockerfile.")

SMALL = measured(pictures.image("bin/sh 1000", "app 500"), [from_image("FROM debian"), step("COPY app /", 2)])
LARGE = measured(pictures.image("bin/sh 1000", "app 2500"), [from_image("FROM debian"), step("COPY app /", 2)])


def policy(limit_bytes: int) -> Config:
    """Return a configuration in which no image may be larger."""
    budget = Budget(BudgetKind.MAX_SIZE, Limit(amount=limit_bytes, text=f"{limit_bytes} B"), source="deadweight.toml:2")
    return Config(policy=Policy(sets=(BudgetSet("*", (budget,)),), source="deadweight.toml at aaaaaaa"))


def made(
    *pairs: MeasuredPair, config: Config | None = None, plan: Plan | None = None, settings: Settings | None = None
):
    """Explain, judge and report pairs; what is made can always be read back."""
    config = config or Config()
    plan, rows = plan or Plan(COMMITS, ()), bounds.most_contents(len(pairs))
    described = [describe(Advice(explain(diff(pair))), plan.comparison, rows) for pair in pairs]
    judged = [judge(one, config.policy, TODAY, measured=pair) for one, pair in zip(described, pairs, strict=True)]
    result = make_report(judged, plan, RUN, config, settings or Settings())

    assert result == decode(dump(result))
    return result


def the_image(*pairs: MeasuredPair, **more):
    """Return the one image of a report."""
    return made(*pairs, **more).images[0]


def test_make_report__of_a_grown_image_adds_up():
    """A changed image has its delta, and causes and contents that sum to it."""
    one = the_image(MeasuredPair("app", SMALL, LARGE))

    assert ImageState.CHANGED is one.state
    assert 2000 == one.delta.unpacked_bytes == one.delta.own_bytes
    assert 2000 == sum(cause.bytes for cause in one.causes) == sum(row.bytes for row in one.contents)
    assert one.platform == "linux/amd64"
    assert [(row.base_bytes, row.head_bytes) for row in one.layers] == [(1000, 1000), (500, 2500)]


@pytest.mark.parametrize(
    ("base", "head", "state", "verdict"),
    [
        (SMALL, SMALL, ImageState.UNCHANGED, Verdict.PASS),
        (Absent(), SMALL, ImageState.NEW, Verdict.PASS),
        (Failed("does not build", FAILURE), SMALL, ImageState.NOT_COMPARED, Verdict.WARN),
        (SMALL, Failed("does not build", FAILURE), ImageState.NOT_MEASURED, Verdict.NOT_MEASURED),
        (Absent(), Failed("does not build", FAILURE), ImageState.NOT_MEASURED, Verdict.NOT_MEASURED),
        (SMALL, Absent(), ImageState.REMOVED, Verdict.PASS),
        (Absent(), Failed("no Dockerfile", NO_DOCKERFILE), ImageState.NOT_MEASURED, Verdict.NOT_MEASURED),
    ],
)
def test_make_report__tells_what_became_of_an_image(base, head, state, verdict):
    """Each pair of sides has its state and its verdict; a side that lacks numbers is never zero (F11 to F14)."""
    one = the_image(MeasuredPair("app", base, head))

    assert state is one.state
    assert verdict is one.verdict
    assert (one.delta is None) == (state not in {ImageState.CHANGED, ImageState.UNCHANGED})


def test_make_report__of_an_image_that_was_not_rebuilt():
    """An image whose inputs did not change says so, and its change is exactly nothing."""
    one = the_image(MeasuredPair("app", Unbuilt("no input changed"), Unbuilt("no input changed"), "no input changed"))

    assert ImageState.UNCHANGED is one.state
    assert MissingSide("no input changed") == one.head
    assert one.delta.unpacked_bytes == 0


def test_make_report__without_a_baseline():
    """Where there is no base commit, an image is not new: it is not compared."""
    plan = Plan(Comparison("", "b" * 40, "the branch has no commit before"), ())

    assert ImageState.NOT_COMPARED is the_image(MeasuredPair("app", Absent(), SMALL), plan=plan).state


def test_make_report__counts_a_planned_image_without_result_as_not_measured():
    """An image of the plan that nothing came of is not measured, never left out."""
    plan = Plan(COMMITS, (ImagePlan("app", None, None), ImagePlan("web", None, None)))

    result = made(MeasuredPair("app", SMALL, LARGE), plan=plan)

    assert [(one.name, one.verdict) for one in result.images] == [("app", Verdict.PASS), ("web", Verdict.NOT_MEASURED)]
    assert Verdict.NOT_MEASURED is result.verdict
    assert result.exit_code == 3


def test_make_report__keeps_notes_of_everybody_once():
    """Notes of the configuration, the plan and the images are all there, each once."""
    plan = Plan(COMMITS, (), notes=("a", "b"))
    noisy = replace(LARGE, notes=("read whole", "read whole"))

    result = made(MeasuredPair("app", SMALL, noisy, why="renamed from api"), config=Config(notes=("a",)), plan=plan)

    assert result.notes == ("a", "b")
    assert result.images[0].notes == ("renamed from api", "read whole")


def test_make_report__cuts_what_is_too_long_and_keeps_the_sum():
    """Names beyond any measure are cut, thousands of rows become one, and the report can still be read."""
    files = "\n".join(f"f{number:05} {number + 1}" for number in range(3000))
    wide = measured(pictures.image("bin/sh 1000", files), [from_image("FROM " + "x" * 5000), step("COPY . /", 2)])

    one = the_image(MeasuredPair("n" * 3000, SMALL, wide))

    assert len(one.name) == bounds.TEXT_LIMIT
    assert one.delta.unpacked_bytes == sum(row.bytes for row in one.contents)


def test_contents__beyond_the_limit_become_one_row_of_their_kind():
    """The rows that moved most stay, the others are summed by kind and ecosystem."""
    row = growth().images[0].contents[3]
    rows = tuple(replace(row, name=f"/{number}", head_bytes=number) for number in range(5000))

    kept = bounds.contents(rows)

    assert len(kept) <= bounds.MOST_CONTENTS
    assert sum(one.bytes for one in rows) == sum(one.bytes for one in kept)
    assert (kept[-1].name, kept[-1].kind) == ("", ContentKind.PATH)


@pytest.mark.parametrize(("images", "rows"), [(0, 2000), (1, 2000), (10, 2000), (100, 200), (1000, 50)])
def test_most_contents__shares_the_rows_among_images(images: int, rows: int):
    """The more images a report has, the fewer rows each one gets."""
    assert bounds.most_contents(images) == rows


@pytest.mark.parametrize(
    ("fail_on", "limit", "code"),
    [
        (FailOn.BUDGET, 10_000, 0),
        (FailOn.BUDGET, 1_000, 1),
        (FailOn.GROWTH, 10_000, 1),
        (FailOn.ERROR, 1_000, 0),
        (FailOn.NEVER, 1_000, 0),
    ],
)
def test_exit_code__of_an_image_that_grew(fail_on: FailOn, limit: int, code: int):
    """A broken budget is exit code 1, growth only where growth is to fail, nothing where nothing is."""
    result = made(MeasuredPair("app", SMALL, LARGE), config=policy(limit), settings=Settings(fail_on=fail_on))

    assert code == result.exit_code


@pytest.mark.parametrize(
    ("fail_on", "code"), [(FailOn.BUDGET, 3), (FailOn.GROWTH, 3), (FailOn.ERROR, 3), (FailOn.NEVER, 0)]
)
def test_exit_code__of_a_head_that_does_not_build(fail_on: FailOn, code: int):
    """What could not be measured is exit code 3 (F12)."""
    pair = MeasuredPair("app", SMALL, Failed("does not build", FAILURE))

    assert code == made(pair, settings=Settings(fail_on=fail_on)).exit_code


def test_exit_code__tells_a_broken_budget_before_a_missing_number():
    """Where one image breaks a budget and another has no numbers, the broken budget decides."""
    pairs = MeasuredPair("app", SMALL, LARGE), MeasuredPair("web", SMALL, Failed("does not build", FAILURE))

    assert made(*pairs, config=policy(1000)).exit_code == 1


def test_exit_code__of_a_base_that_is_to_fail():
    """A base that does not build fails the run for want of a number, where the policy says so."""
    config = Config(policy=Policy(on_base_failure=Verdict.FAIL))
    pair = MeasuredPair("app", Failed("does not build", FAILURE), SMALL)

    assert (made(pair, config=config).verdict, made(pair, config=config).exit_code) == (Verdict.FAIL, 3)


def test_exit_code__of_no_image():
    """A run without images breaks nothing."""
    assert exit_code((), FailOn.BUDGET) == 0


def test_merge__joins_the_reports_of_shards():
    """Reports of one comparison become one; verdict and exit code follow from all images."""
    joined = merge([growth(), replace(no_change(), images=(image("web", side(1), side(1)),))], expected=["api", "web"])

    assert [one.name for one in joined.images] == ["api", "web"]
    assert (joined.verdict, joined.exit_code) == (Verdict.FAIL, 1)


def test_merge__counts_a_missing_shard_as_not_measured():
    """An image that no report has is not measured and fails the run for want of a number, never silently green."""
    joined = merge([no_change()], expected=["api", "web"])

    assert [(one.name, one.verdict) for one in joined.images] == [("api", "pass"), ("web", "not-measured")]
    assert (joined.verdict, joined.exit_code) == (Verdict.NOT_MEASURED, 3)


def test_merge__takes_the_later_report_of_an_image():
    """Where a shard ran twice, its last report counts."""
    joined = merge([growth(), no_change()])

    assert no_change().images == joined.images


def test_merge__refuses_reports_of_different_commits():
    """Numbers about different commits are never joined."""
    other = replace(no_change(), comparison=COMMITS)

    with pytest.raises(UsageError, match="different commits"):
        merge([growth(), other])


def test_merge__refuses_nothing_at_all():
    """Without a report there is nothing to merge."""
    with pytest.raises(UsageError, match="no report to merge"):
        merge([])


def test_merge__keeps_what_can_be_read_back():
    """What is merged is a report like any other."""
    joined = merge([thirty_images(), base_fails(), report(notes=("n",))])

    assert joined == decode(dump(joined))


NOWHERE = Failed("There is no Dockerfile.", NO_DOCKERFILE)
BROKEN = Failed("it broke", FAILURE)


@st.composite
def weighed(draw: st.DrawFn, side: Measurement) -> Measurement:
    """Let an image's layers have download sizes: known or not, exact or estimated, compressed in one way or another."""
    sizes = st.none() | st.builds(DownloadSize, st.integers(0, 500), st.booleans())
    compression = draw(st.sampled_from(["gzip", "zstd", ""]))
    layers = [replace(layer, download=draw(sizes), compression=compression) for layer in side.image.layers]
    return replace(side, image=replace(side.image, layers=tuple(layers)))


@st.composite
def any_pair(draw: st.DrawFn) -> MeasuredPair:
    """Draw an image in any state in which a run can leave it."""
    base, head = (draw(weighed(side)) for side in draw(pairs()))
    other = replace(base, image=replace(base.image, platform=Platform("linux", "arm64")))
    cases = [(base, head), (base, base), (other, head), (Absent(), head), (base, Absent())]
    cases += [
        (BROKEN, head),
        (base, BROKEN),
        (BROKEN, BROKEN),
        (BROKEN, Absent()),
        (Absent(), BROKEN),
        (NOWHERE, NOWHERE),
    ]
    return MeasuredPair("app", *draw(st.sampled_from([*cases, (Unbuilt(), Unbuilt())])), why="Dockerfile changed")


@examples(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(any_pair(), st.booleans(), st.integers(0, 3))
def test_make_report__is_always_one_that_can_be_read(pair: MeasuredPair, has_base: bool, limit: int):
    """Whatever became of an image, what we write of it contradicts nothing that a reader holds it to."""
    denied = Budget(BudgetKind.DENY_PATHS, None, ("**/a",))
    below = Budget(BudgetKind.PATHS, Limit(amount=limit, text=f"{limit} B"), ("/usr",))
    policy_ = Policy(sets=(BudgetSet("*", (denied, below)),))
    commits = replace(COMMITS, base_sha=COMMITS.base_sha if has_base else "")
    described = describe(advise(explain(diff(pair)), ()), commits, 100)
    judged = judge(described, policy_, TODAY, measured=pair)

    written = make_report([judged], Plan(commits, ()), RUN, Config(policy=policy_), Settings())

    assert decode(dump(written)) == written


def test_make_report__of_an_image_for_two_platforms_that_was_not_built():
    """An image that nothing changed has an entry for each of its platforms, though none of them was read."""
    skipped = MeasuredPair("api", *(Unbuilt("Nothing that its build can see differs."),) * 2)

    assert len(made(skipped, skipped).images) == 2
