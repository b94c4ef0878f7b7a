"""What a report must hold: the images that the base declares, under their own names, with an answer to every budget."""

from dataclasses import replace
from time import process_time

import pytest

from bot.config import read_config
from bot.model.budget import Budget, BudgetKind, Judgement, Verdict
from bot.model.config import Config, ConfigFile, Settings
from bot.model.report import ImageReport, ImageState, MissingSide
from bot.policy.expected import (
    NOT_NEW,
    NOT_THERE,
    Expected,
    expected_images,
    held_to,
    look_alike,
    spelled_out,
    unanswered,
)
from tests.render.reports import image, new_image, no_baseline, side, skipped

API = image("api", side(1_000), side(1_000))


def configured(text: str) -> Config:
    """Read a configuration."""
    file = ConfigFile("deadweight.toml", text.encode())
    return read_config(file, file, Settings())


def held(*images: ImageReport, expected: tuple[Expected, ...], base_has: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Hold images to what is expected; gives name, platform and verdict of each."""
    found = held_to(images, expected, base_has.__contains__)
    return tuple(f"{one.name} {one.platform} {one.state}" for one in found)


def test_expected_images__are_those_declared_on_each_platform():
    """Every image that is declared is expected, once for each platform, with its Dockerfile."""
    config = configured('[[image]]\nname = "api"\ncontext = "api"\nplatforms = ["linux/amd64", "linux/arm64"]\n')

    assert expected_images(config) == (
        Expected("api", "linux/amd64", "api/Dockerfile"),
        Expected("api", "linux/arm64", "api/Dockerfile"),
    )


def test_expected_images__are_also_those_that_only_have_budgets():
    """A name that has a budget is expected where images are found; globs, defaults and inputs name no image."""
    config = configured(
        '[discover]\n[budget]\nmax-size = "1 GB"\n'
        '[[image]]\nname = "api"\nbudget.max-size = "9 MB"\n[[image]]\nname = "web-*"\nbudget.max-size = "1 MB"\n'
    )

    assert expected_images(config) == (Expected("api"),)
    assert expected_images(configured('[budget]\nmax-size = "1 GB"\n')) == ()


def test_expected_images__are_only_those_that_are_measured():
    """Where a workflow measures some images only, the others are not expected."""
    config = configured('[[image]]\nname = "api"\n[[image]]\nname = "web"\ncontext = "web"\n')

    assert [one.name for one in expected_images(config, ["w*"])] == ["web"]


def test_held_to__misses_what_is_not_there():
    """An image that is declared and not in the report is not measured, with the reason."""
    (_, lost) = held_to([API], [Expected("api"), Expected("web", "linux/arm64", "web/Dockerfile")], {}.__contains__)

    assert (lost.name, lost.platform, lost.state) == ("web", "linux/arm64", ImageState.NOT_MEASURED)
    assert lost.head.why == NOT_THERE


def test_held_to__misses_a_platform():
    """One platform of an image does not stand for another; a platform's default variant is the platform."""
    arm = replace(API, platform="linux/arm64/v8")

    assert held(API, expected=(Expected("api", "linux/arm64"),)) == (
        "api linux/amd64 unchanged",
        "api linux/arm64 not-measured",
    )
    assert held(arm, expected=(Expected("api", "linux/arm64"),)) == ("api linux/arm64/v8 unchanged",)


def test_held_to__takes_an_image_that_was_not_built():
    """An image that nothing changed was read on no platform, and is there for each."""
    assert held(skipped("api"), expected=(Expected("api", "linux/arm64"),)) == ("api  unchanged",)


@pytest.mark.parametrize("story", [new_image, no_baseline])
def test_held_to__does_not_believe_that_an_image_is_new(story):
    """An image whose Dockerfile the base has is not new: nothing of such an entry is believed."""
    one = replace(story().images[0], name="api")
    expected = [Expected("api", "", "api/Dockerfile")]

    (lost,) = held_to([one], expected, {"api/Dockerfile"}.__contains__)
    (kept,) = held_to([one], expected, set().__contains__)

    assert (lost.state, lost.head.why, lost.causes) == (ImageState.NOT_MEASURED, NOT_NEW, ())
    assert kept == one


def test_held_to__leaves_other_images_alone():
    """An image that nothing declares may well be new."""
    assert held(new_image().images[0], expected=(), base_has=("new/Dockerfile",)) == ("new linux/amd64 new",)


@pytest.mark.parametrize("kind", [BudgetKind.DENY_PATHS, BudgetKind.DENY_PACKAGES, BudgetKind.PATHS])
def test_unanswered__budget_that_only_the_report_can_tell_of(kind: BudgetKind):
    """A report without a word on files and packages that a budget is about keeps nothing."""
    silent = Judgement(Budget(kind, None, ("x",)), Verdict.NOT_MEASURED, None, 0)

    assert unanswered(replace(API, budgets=(silent,))).verdict is Verdict.NOT_MEASURED
    assert unanswered(replace(API, budgets=(silent,), verdict=Verdict.FAIL)).verdict is Verdict.FAIL


def test_unanswered__budget_that_cannot_be_held_at_all():
    """Growth without a base, and anything of an image that was not built, fails nothing."""
    growth = Judgement(Budget(BudgetKind.MAX_GROWTH, None), Verdict.NOT_MEASURED, None, 0)
    denied = Judgement(Budget(BudgetKind.DENY_PATHS, None, ("x",)), Verdict.NOT_MEASURED, None, 0)

    assert unanswered(replace(API, budgets=(growth,))).verdict is Verdict.PASS
    assert unanswered(replace(skipped("api"), budgets=(denied,))).verdict is Verdict.PASS


ALIKE = {
    "Cyrillic letter": "\u0430pi",
    "all of it Cyrillic": "\u0430\u0440\u0456",
    "full width": "\uff41pi",
    "invisible character": "a\u200bpi",
    "filler": "api\u3164",
    "soft hyphen": "a\u00adpi",
    "combining mark": "api\u0301",
    "right to left": "\u202eipa"[0] + "api",
    "blank": "api ",
    "capital letters": "API",
    "another letter": "apl",
    "a digit": "ap1",
    "ligature": "\u00e6pi",
}


@pytest.mark.parametrize("name", ALIKE.values(), ids=ALIKE)
def test_look_alike__finds_names_that_read_like_a_known_one(name: str):
    """Letters of other scripts, other case and characters that hide do not pass for a name that is known."""
    found = look_alike(name, ["web", "api" if name != ALIKE["ligature"] else "aepi"])

    assert found is not None
    assert found.shown.isascii()
    assert found.shown.isprintable()


@pytest.mark.parametrize("name", ["api", "web", "api-2", "worker", "gr\u00f6\u00dfe", "\u6d4b\u8bd5-tools", ""])
def test_look_alike__leaves_other_names_alone(name: str):
    """A name that is known, or that nobody takes for one, is shown as it is."""
    assert look_alike(name, ["api", "web"]) is None


@pytest.mark.parametrize(("one", "other"), [("corn", "com"), ("vvorker", "worker"), ("a_b", "a-b"), ("a.b", "a/b")])
def test_look_alike__knows_letters_that_run_together(one: str, other: str):
    """Two letters that look like one, and the marks between words, are told apart by nobody."""
    assert look_alike(one, [other]) is not None


def test_spelled_out__is_another_text_for_every_name():
    """No two names are spelled alike, and nothing in a spelling could act."""
    names = ["a`b", "a\\u0060b", "\U0001f600", "\u1f60" + "0", "a b", "a\u00a0b", "<b>", "a|b"]

    spelled = [spelled_out(name) for name in names]

    assert len(set(spelled)) == len(names)
    assert not set("".join(spelled)) & set("`<>| \n")


def test_look_alike__is_quick_for_names_made_to_be_slow():
    """Hundreds of letters that could each stand for one or two cost no more than their number."""
    known = ["a" * 40] * 50
    started = process_time()

    for length in (40, 39, 1_000):
        assert look_alike("\u0430" * length + "b", known) is None

    assert process_time() - started < 5


def test_expected_images__are_named_once_and_by_any_of_the_globs():
    """A declared image that has budgets of its own is expected once; one glob of several is enough; no platform is none."""
    config = configured('[[image]]\nname = "api"\nbudget.max-size = "9 MB"\n[[image]]\nname = "web"\n')

    assert [(one.name, one.platform) for one in expected_images(config)] == [("api", ""), ("web", "")]
    assert [one.name for one in expected_images(config, ("ap*", "x"))] == ["api"]


def test_held_to__asks_the_base_only_for_images_with_a_dockerfile():
    """An image whose Dockerfile is not declared may be new, whatever the base has."""
    new = new_image().images[0]

    assert held_to([new], [Expected("new")], lambda _: True) == (new,)
    assert held_to([API], [Expected("api", "", "Dockerfile")], pytest.fail) == (API,)


def test_held_to__finds_the_one_that_is_not_new_among_others():
    """What is not new is said under its own name and platform; the others stay as they are."""
    new = new_image().images[0]

    found = held_to([API, new], [Expected("new", "", "Dockerfile"), Expected("api")], lambda _: True)

    assert [(one.name, one.platform, one.state) for one in found] == [
        ("api", "linux/amd64", API.state),
        ("new", "linux/amd64", ImageState.NOT_MEASURED),
    ]
    assert found[1].head.why == NOT_NEW


@pytest.mark.parametrize("state", [ImageState.NOT_MEASURED, ImageState.REMOVED, ImageState.CHANGED])
def test_held_to__leaves_other_states_without_a_base_alone(state: ImageState):
    """Only an image that is said to be new, or to have nothing to compare with, could hide from its base."""
    one = replace(new_image().images[0], state=state)

    assert held_to([one], [Expected("new", "", "Dockerfile")], lambda _: True) == (one,)


def test_held_to__leaves_an_image_alone_whose_base_could_not_be_built():
    """Where the base is there without numbers, the image is not compared for a reason."""
    one = replace(new_image().images[0], state=ImageState.NOT_COMPARED, base=MissingSide("it does not build"))

    assert held_to([one], [Expected("new", "", "Dockerfile")], lambda _: True) == (one,)


def test_held_to__misses_an_image_beside_others():
    """An image of another name is not the one that is expected, also on the same platform."""
    found = held_to([API], [Expected("web", "linux/amd64"), Expected("api", "linux/amd64")], lambda _: False)

    assert [(one.name, one.platform) for one in found] == [("api", "linux/amd64"), ("web", "linux/amd64")]
    assert found[1].head.why == NOT_THERE


def test_unanswered__needs_one_budget_alone():
    """One budget without an answer is enough among others; one with an answer is none."""
    silent = Judgement(Budget(BudgetKind.DENY_PATHS, None), Verdict.NOT_MEASURED, None, None)
    kept = Judgement(Budget(BudgetKind.MAX_SIZE, None), Verdict.PASS, 1, 1)

    assert unanswered(replace(API, budgets=(kept, silent))).verdict is Verdict.NOT_MEASURED
    assert unanswered(replace(API, budgets=(replace(silent, verdict=Verdict.PASS),))).verdict is API.verdict


@pytest.mark.parametrize(
    ("name", "known"),
    [("api0", "apio"), ("api1", "apil"), ("ap|", "api"), ("ap|", "apl"), ("web5", "webs"), ("a_b", "a-b"), ("a.b", "a-b"),
     ("a/b", "a-b"), ("a b", "a-b"), ("xö", "xmm"), ("öö", "mw"), ("barn", "bam"), ("vveb", "web"), ("API", "api")],
)  # fmt: skip
def test_look_alike__folds_what_looks_the_same(name: str, known: str):
    """Digits, bars and signs that look like others are taken for them, in either direction."""
    found = look_alike(name, ["other", known])

    assert found is not None
    assert (found.shown, found.known) == (spelled_out(name), known)
    assert name in {"xö", "öö"} or look_alike(known, [name]) is not None


@pytest.mark.parametrize(
    "hidden", ["́", "⃝", "\u200d", "\x07", "\u2003", "\u2028", "\u2029", "\ud800", "ᅟ", "ᅠ", "⠀", "ㅤ", "ﾠ"]
)
def test_look_alike__sees_through_what_is_not_seen(hidden: str):
    """Marks, controls, spaces of other widths, half characters and fillers within a name do not make it another one."""
    found = look_alike(f"a{hidden}pi", ["api"])

    assert found is not None
    assert found.known == "api"
    assert found.shown.isascii()


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a\uffffb", "a\\uffffb"),
        ("a\U00010000b", "a\\U00010000b"),
        ("a b", "a\\u0020b"),
        ("A-z.0/_9", "A-z.0/_9"),
        ("é", "\\u00e9"),
    ],
)
def test_spelled_out__writes_code_points(name: str, shown: str):
    """Letters, digits and the signs of names stay; every other character is its code point in four or eight digits."""
    assert spelled_out(name) == shown
