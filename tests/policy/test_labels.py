"""The label that accepts exceeded budgets: who may set it, what it covers, and until when."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.budget import LONGEST_LINE, Acceptance, Amount, Judgement, Verdict
from bot.model.config import Config, Settings
from bot.model.effects import Marker
from bot.model.plan import Comparison, Plan
from bot.model.provider import LabelSetter
from bot.model.report import ImageReport, RunInfo
from bot.policy.waivers import accepted_in, label_waivers, standing
from bot.stages.report import make_report
from tests.policy.world import MB, Change, Weights, grown, policy
from tests.policy.world import judged as held_against
from tests.world.markdown_oracle import Structure

WHEN = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
MAINTAINER = LabelSetter("maintainer", WHEN, "maintain")
FRESH = Acceptance("maintainer", WHEN)
AMD64 = "linux/amd64"
MARKER = Marker("default", "d4e5f6a" + "0" * 33, 7, 1).text
GROWTH = policy('[budget]\nmax-growth = "1 MB"\n')


def judged(change: Change, acceptance: Acceptance, held=GROWTH):
    """Judge an image with what a label accepts of it."""
    waivers = label_waivers("image-size-ok", acceptance, change.name, str(change.platform))
    return held_against(change, replace(held, waivers=waivers))


def seen(*changes: Change, held=GROWTH) -> Acceptance:
    """What is remembered of the run in which a label was first seen."""
    return replace(FRESH, amounts=accepted_in(reported(*(judged(change, FRESH, held) for change in changes))))


def reported(*results: ImageReport) -> tuple[ImageReport, ...]:
    """The entries of images in a report."""
    return make_report(results, Plan(Comparison("", "", ""), ()), RunInfo(), Config(), Settings()).images


@pytest.mark.parametrize("permission", ["admin", "maintain", "write", "triage"])
def test_label__of_somebody_who_may_is_a_recorded_waiver(permission: str):
    """The exceeded budget warns, and who accepted it is in the judgement."""
    acceptance = standing(LabelSetter("maintainer", WHEN, permission), None)

    assert acceptance == FRESH
    result = judged(grown(5 * MB), acceptance)
    (judgement,) = result.budgets
    assert result.verdict is Verdict.WARN
    assert judgement.waived_by is not None
    expected = ("maintainer", "label image-size-ok of 2026-11-20")
    assert expected == (judgement.waived_by.granted_by, judgement.waived_by.reason)


@pytest.mark.parametrize("setter", [None, LabelSetter("author", WHEN, "read"), LabelSetter("author", WHEN, "none")])
def test_label__of_somebody_who_may_not_accepts_nothing(setter: LabelSetter | None):
    """Whoever may not set labels accepts nothing by one, whatever an earlier comment remembers."""
    assert standing(setter, f"{MARKER}\n{seen(grown(5 * MB)).line}\n### verdict") is None


@pytest.mark.parametrize(
    ("later", "verdict"),
    [
        (4 * MB, Verdict.WARN),
        (5 * MB, Verdict.WARN),
        (5 * MB + 50_000, Verdict.WARN),
        (5 * MB + 50_001, Verdict.FAIL),
        (6 * MB, Verdict.FAIL),
        (1 * MB, Verdict.PASS),
    ],
)
def test_label__ends_with_the_push_that_grows_the_image_further(later: int, verdict: Verdict):
    """What was accepted holds for as much again; more than a percent above it is a new growth, and fails."""
    result = judged(grown(later), seen(grown(5 * MB)))

    assert verdict is result.verdict


def test_label__that_has_ended_says_so():
    """The reason of the failure tells why the label does not help any more, and what would."""
    (judgement,) = judged(grown(6 * MB), seen(grown(5 * MB))).budgets

    assert judgement.waived_by is None
    assert judgement.reason.endswith("it has grown further since that was accepted, so the label must be set anew.")


def test_label__covers_no_image_that_was_not_over_then():
    """A second image that exceeds its budget after the label was set is not accepted by it."""
    acceptance = seen(grown(5 * MB))

    assert judged(replace(grown(2 * MB), name="web"), acceptance).verdict is Verdict.FAIL


def test_label__covers_not_a_byte_of_another_image():
    """Once amounts are remembered, what no run has seen is accepted up to nothing."""
    (other,) = label_waivers("image-size-ok", seen(grown(5 * MB)), "another", AMD64)

    assert other.up_to == 0


def test_label__covers_no_other_budget_of_the_image():
    """A budget that was kept when the label was set is not accepted by it."""
    held = policy('[budget]\nmax-growth = "1 MB"\nmax-layers = 5\n')
    acceptance = seen(grown(5 * MB), held=held)

    more_layers = Change(Weights(), Weights(100 * MB + 5 * MB, layers=6))
    verdicts = [judgement.verdict for judgement in judged(more_layers, acceptance, held).budgets]
    assert verdicts == [Verdict.WARN, Verdict.FAIL]


def test_label__tells_the_paths_of_an_image_apart():
    """A budget of one path that was accepted covers no other path."""
    held = policy('[budget]\npaths."/a" = "1 MB"\npaths."/b" = "1 MB"\n')
    files = {"/a/x": 9 * MB, "/b/x": MB}
    acceptance = seen(Change(Weights(), Weights(files=files)), held=held)

    later = Change(Weights(), Weights(files=files | {"/b/x": 2 * MB}))
    verdicts = [judgement.verdict for judgement in judged(later, acceptance, held).budgets]
    assert verdicts == [Verdict.WARN, Verdict.FAIL]


def test_label__is_remembered_per_platform():
    """What one platform was accepted at says nothing of another."""
    acceptance = seen(grown(5 * MB))

    assert {one.platform for one in acceptance.amounts} == {AMD64}
    assert label_waivers("ok", acceptance, "api", "linux/arm64")[1:] == ()


def test_label__that_was_needed_for_nothing_is_open_still():
    """A label on an image within its budgets has accepted nothing yet: there is nothing to remember."""
    assert seen(grown(0)).amounts == ()


def test_label__waived_by_the_configuration_is_no_acceptance():
    """What a waiver in the configuration covers is not what the label was needed for."""
    held = policy(
        '[budget]\nmax-growth = "1 MB"\n[[waiver]]\nimage = "api"\nallows = "max-growth"\nreason = "x"\nuntil = 2026-12-31\n'
    )
    (entry,) = reported(held_against(grown(5 * MB), held))

    assert entry.budgets[0].waived_by is not None
    assert accepted_in([entry]) == ()


@pytest.mark.parametrize("name", ["a[b]c", "a*", "?"])
def test_label__of_an_image_with_an_odd_name_covers_that_one(name: str):
    """A found image may be called like a glob; the label accepts it and no other."""
    change = replace(grown(5 * MB), name=name)

    assert judged(change, seen(change)).verdict is Verdict.WARN
    assert judged(replace(change, name="abc"), seen(change)).verdict is Verdict.FAIL


def test_standing__remembers_as_long_as_the_label_is_not_set_anew():
    """The same setter at the same second is the same label; another one starts anew."""
    comment = f"{MARKER}\n{seen(grown(5 * MB)).line}\n### verdict"

    assert standing(MAINTAINER, comment) == seen(grown(5 * MB))
    assert standing(replace(MAINTAINER, when=WHEN + timedelta(seconds=1)), comment) == replace(
        FRESH, when=WHEN + timedelta(seconds=1)
    )
    assert standing(replace(MAINTAINER, login="other"), comment) == replace(FRESH, login="other")


NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
AMOUNTS = st.builds(Amount, NAMES, NAMES, NAMES, st.integers(0, 2**53 - 1))


@given(NAMES, st.lists(AMOUNTS, min_size=1, max_size=5))
def test_line__is_read_back(login: str, amounts: list[Amount]):
    """Whatever names are called, the comment says them again, in one line that nothing in it can end."""
    acceptance = Acceptance(login, WHEN, tuple(amounts))
    body = acceptance.put_below_marker(f"{MARKER}\n### verdict\n")

    assert acceptance == Acceptance.parse(body)
    assert body.splitlines()[2] == "### verdict"
    structure = Structure(body)
    assert (structure.tags, len(structure.comments)) == (["h3", "/h3"], 2)


def test_line__is_read_from_what_github_gives_back():
    """GitHub gives bodies with carriage returns; the line is read all the same."""
    acceptance = seen(grown(5 * MB))

    body = acceptance.put_below_marker(f"{MARKER}\n### verdict\n").replace("\n", "\r\n")

    assert acceptance == Acceptance.parse(body)


def test_line__is_bounded():
    """What does not fit is left out, and so is not accepted; the line stays readable."""
    many = tuple(Amount(f"image-{number}", AMD64, "max-growth", number) for number in range(1000))
    acceptance = Acceptance("maintainer", WHEN, many)

    read = Acceptance.parse(f"{MARKER}\n{acceptance.line}\n")

    assert len(acceptance.line) <= LONGEST_LINE
    assert read is not None
    assert read.amounts == many[: len(read.amounts)]
    assert len(read.amounts) > 50


LINE = Acceptance("maintainer", WHEN, (Amount("api", AMD64, "max-growth", 5),)).line


@pytest.mark.parametrize(
    "body",
    [
        LINE,
        f"{LINE}\n{MARKER}\n",
        f"{MARKER}\n### verdict\n{LINE}\n",
        f"{MARKER}\n\n{LINE}\n",
        f"{MARKER}\n {LINE}\n",
        f"{MARKER}\n{LINE} and more\n",
        f"{MARKER}\n{LINE.replace('max-growth,5', 'max-growth,-5')}\n",
        f"{MARKER}\n{LINE.replace('max-growth,5', 'max-growth,' + '9' * 17)}\n",
        f"{MARKER}\n{LINE.replace(' api,', ' a b,')}\n",
        f"{MARKER}\n{LINE.replace('2026-11-20', '2026-11-31')}\n",
        f"{MARKER}\n{LINE.replace(' api,linux%2Famd64,max-growth,5', '')}\n",
        f"{MARKER}\n{LINE.replace(' -->', ' api,linux,max-size,1' * 1000 + ' -->')}\n",
    ],
)
def test_line__anywhere_else_or_otherwise_is_not_ours(body: str):
    """Only a whole, sound line directly below the marker counts (T-M2)."""
    assert Acceptance.parse(body) is None


def test_judgement__of_a_label_names_what_it_covers():
    """The recorded waiver says which image and budget it is for, and up to which amount."""
    (judgement,) = judged(grown(5 * MB), seen(grown(5 * MB))).budgets

    assert isinstance(judgement, Judgement)
    waiver = judgement.waived_by
    assert waiver is not None
    assert (waiver.image, waiver.allows, waiver.up_to) == ("api", "max-growth", 5_050_000)
