"""Which states the sides of an image can have, tried in every combination; and that an image has one entry."""

import itertools
from dataclasses import replace

import pytest

from bot.errors import UsageError
from bot.model.build import BuildFailure, FailureKind
from bot.model.explain import Content, ContentKind
from bot.model.plan import Comparison
from bot.model.report import Delta, ImageReport, ImageState, MissingSide
from bot.render.report_json.invariants import check_sums
from tests.render.reports import new_image, report, side

SIDES = {
    "none": None,
    "numbers": side(0, None, layers=0),
    "skipped": MissingSide("no input changed"),
    "no Dockerfile": MissingSide("x", BuildFailure(FailureKind.NO_DOCKERFILE, "x")),
    "failed": MissingSide("x", BuildFailure(FailureKind.INSTRUCTION, "x")),
}
ABSENT, UNREAD = {"none", "no Dockerfile"}, {"none", "skipped"}
COMBINATIONS = list(itertools.product(ImageState, SIDES, SIDES, (True, False), (True, False)))
BEAR_OUT = "which its sides and delta do not bear out"


def is_possible(state: ImageState, base: str, head: str, *, delta: bool, known_base: bool) -> bool:
    """What docs/report.schema.json says in words about each state."""
    match state:
        case ImageState.CHANGED:
            return delta and (base, head) == ("numbers", "numbers")
        case ImageState.UNCHANGED:
            return delta and ((base, head) == ("numbers", "numbers") or {base, head} <= UNREAD)
        case ImageState.NEW:
            return not delta and known_base and head == "numbers" and base in ABSENT
        case ImageState.REMOVED:
            return not delta and head in ABSENT and base not in ABSENT
        case ImageState.NOT_COMPARED:
            return not delta and head == "numbers" and not (known_base and base in ABSENT)
        case ImageState.NOT_MEASURED:
            return not delta and head != "numbers"


@pytest.mark.parametrize(("state", "base", "head", "delta", "known_base"), COMBINATIONS)
def test_state__is_borne_out_by_the_sides(state: ImageState, base: str, head: str, *, delta: bool, known_base: bool):
    """An image is in a state only where its sides, its delta and the base commit allow it."""
    one = ImageReport("api", "", state, SIDES[base], SIDES[head], Delta(0, None, 0, 0, 0, 0) if delta else None)
    whole = report(one, comparison=Comparison("a" * 40 if known_base else "", "b" * 40, "x"))

    if is_possible(state, base, head, delta=delta, known_base=known_base):
        check_sums(whole)
        return
    with pytest.raises(UsageError, match=BEAR_OUT):
        check_sums(whole)


def unmeasured(**more: object) -> ImageReport:
    """An image without numbers."""
    return replace(ImageReport("api", "", ImageState.NOT_MEASURED, None, SIDES["failed"], None), **more)


GONE = {"state": ImageState.REMOVED, "base": SIDES["numbers"], "head": None}
ALONE = {"state": ImageState.NOT_COMPARED, "head": SIDES["numbers"]}


@pytest.mark.parametrize(
    ("more", "may_come_twice"),
    [
        ({}, True),
        ({"platform": "linux/amd64"}, False),
        (GONE, False),
        (ALONE, False),
        ({**ALONE, "base": SIDES["failed"]}, False),
    ],
)
def test_images__come_once_where_they_were_read(more: dict, *, may_come_twice: bool):
    """Two platforms that were not built look the same; whatever was read or names its platform has one entry."""
    whole = report(unmeasured(**more), unmeasured(**more), comparison=Comparison("", "b" * 40, "x"))

    if may_come_twice:
        check_sums(whole)
        return
    with pytest.raises(UsageError, match="two entries for one image and platform"):
        check_sums(whole)


def test_images__of_two_names_or_platforms_are_two():
    """Another name or another platform is another image."""
    one = unmeasured(platform="linux/amd64")

    check_sums(report(one, replace(one, name="web"), replace(one, platform="linux/arm64")))


@pytest.mark.parametrize(("length", "shown"), [(60, "n" * 60), (61, "n" * 40 + "…" + "n" * 19)])
def test_refusal__has_the_name_of_the_image(length: int, shown: str):
    """A refusal names the image, cut to sixty characters, with its number in the report and its platform."""
    odd = unmeasured(name="n" * length, state=ImageState.NEW, platform="linux/amd64")

    with pytest.raises(UsageError) as caught:
        check_sums(report(unmeasured(), odd))

    assert f"$.images[1] ({shown} linux/amd64) is said to be new" in str(caught.value)


NOTHING = (Content(ContentKind.PACKAGE, "a", 0, 0, "deb", "1", "2"),)


@pytest.mark.parametrize(
    "fields",
    [
        {"state": ImageState.REMOVED, "base": SIDES["failed"], "head": None},
        {"state": ImageState.NOT_COMPARED, "base": side(5), "head": side(9)},
        {"state": ImageState.NOT_MEASURED},
    ],
)
def test_decompositions__of_what_cannot_be_subtracted_sum_to_nothing(fields: dict):
    """Where there are no two sides to subtract, a package of another version and the same bytes is all there can be."""
    one = unmeasured(**fields, contents=NOTHING)
    check_sums(report(one))

    with pytest.raises(
        UsageError, match=r"has contents that sum to 1 bytes, not to 0|has contents of 1 bytes in a head"
    ):
        check_sums(report(replace(one, contents=(replace(NOTHING[0], head_bytes=1),))))


def test_decompositions__are_called_by_their_names():
    """Of a new image, causes or contents that sum to something else are refused by what they are."""
    new = new_image().images[0]

    for what in ("causes", "contents"):
        lacking = replace(new, **{what: getattr(new, what)[1:] or NOTHING})
        with pytest.raises(UsageError, match=rf" has {what} that sum to \d+ bytes, not to 8000000"):
            check_sums(report(lacking))
