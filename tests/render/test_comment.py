"""The comment: five stories and the states around them as golden files, and what holds for every report."""

import os
import pathlib
import re
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from bot.model.advice import Ladder
from bot.model.effects import Marker
from bot.model.verify import Verification
from bot.render.comment import check_summary, comment, summary
from bot.render.details import nice_limit
from bot.render.markdown import Branding
from bot.render.registry import RENDERERS, Presentation, renderer
from bot.units import parse_size
from tests.render.everything import everything
from tests.render.reports import STORIES, growth, head_fails, image, report, side
from tests.render.strategies import reports
from tests.world.markdown_oracle import Structure

GOLDEN = pathlib.Path(__file__).parent / "golden"
MARKER = Marker("default", "d4e5f6a" + "0" * 33, 1, 1)
VOICE = Branding(override_label="image-size-ok")
ANY_REPORT = settings(deadline=None, max_examples=80, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("story", STORIES)
def test_comment__tells_the_story(story: str):
    """The comment is the golden file; DEADWEIGHT_GOLDEN=1 writes it anew, for a person to review."""
    path = GOLDEN / f"{story}.md"
    told = comment(STORIES[story](), MARKER, VOICE)
    if os.environ.get("DEADWEIGHT_GOLDEN"):
        path.write_text(told, encoding="utf-8")

    assert path.read_text(encoding="utf-8") == told


@ANY_REPORT
@given(reports())
def test_comment__fits_and_is_whole(report):
    """Whatever a report holds, its comment is at most 60,000 bytes, begins with the marker, and every fold is closed."""
    told = comment(report, MARKER, VOICE)
    structure = Structure(told)

    assert len(told.encode()) <= 60_000
    assert told.startswith(f"{MARKER.text}\n### ")
    assert Marker.parse(told) == MARKER
    assert len(structure.comments) == 1
    assert_balanced(structure)


@ANY_REPORT
@given(reports())
def test_summary_and_check__are_whole(report):
    """The job summary and the check's text have no marker, every fold closed, and stay below their limits."""
    for told, limit in ((summary(report, VOICE), 1_000_000), (check_summary(report, VOICE), 60_000)):
        structure = Structure(told)

        assert len(told.encode()) <= limit
        assert structure.comments == []
        assert_balanced(structure)


@ANY_REPORT
@given(reports(most_images=3))
def test_comment__has_only_whole_tables(report):
    """Every row of every table has as many cells as its head."""
    for rows in tables(Structure(comment(report, MARKER, VOICE)).tags):
        assert len({len(row) for row in rows}) == 1, rows


def tables(tags: list[str]) -> list[list[list[str]]]:
    """Return the tables of a page as rows of cell tags."""
    made: list[list[list[str]]] = []
    for tag in tags:
        if tag == "table":
            made.append([])
        elif tag == "tr":
            made[-1].append([])
        elif tag in {"th", "td"}:
            made[-1][-1].append(tag)
    return [[["cell" for _ in row] for row in rows] for rows in made]


def assert_balanced(structure: Structure) -> None:
    """Check that every element that is opened is closed, in order."""
    opened: list[str] = []
    for tag in (tag.partition(" ")[0] for tag in structure.tags if tag not in {"br", "hr", "input", "img"}):
        if tag.startswith("/"):
            assert opened
            assert tag[1:] == opened.pop()
        else:
            opened.append(tag)
    assert opened == []


def crowd(count: int, name: str = "service-{}"):
    """Make a report of many images that all grew over budget, each for reasons of its own."""
    one = growth().images[0]
    long = tuple(replace(cause, text=f"{cause.text} {'x' * 900}") for cause in one.causes)
    return report(*(replace(one, name=name.format(n), causes=long) for n in range(count)))


@pytest.mark.parametrize("count", [1, 2, 12, 300, 1000])
def test_comment__of_many_images_stays_within_its_limit(count: int):
    """Hundreds of images with long instructions still fit."""
    assert len(comment(crowd(count), MARKER, VOICE).encode()) <= 60_000


@pytest.mark.parametrize("name", ["\U000e0041" * 1000 + "{}", "`" * 999 + "{}", "|" * 999 + "{}"])
def test_comment__fits_where_every_name_is_as_long_as_it_can_be(name: str):
    """Names that take ten times their length when shown safely do not break the limit either."""
    assert len(comment(crowd(300, name), MARKER, VOICE).encode()) <= 60_000


def test_comment__says_what_it_left_out_and_where_it_is():
    """What does not fit is named, with the place where all of it is."""
    told = comment(crowd(600), MARKER, VOICE)

    assert "of 580 more images come from is in the [full report](" in told
    assert re.search(r"Left out or shortened to fit: .+; all of it is in the \[full report\]\(", told)


def test_comment__shows_at_most_ten_rows_above_the_fold():
    """The table names the images that matter most and sums up the others."""
    told = comment(crowd(40), MARKER, VOICE).split("<details>")[0]

    rows = [line for line in told.splitlines() if line.startswith("|")][2:]

    assert len(rows) <= 10
    assert "*32 more*" in rows[-1]


@pytest.mark.parametrize(
    ("ladder", "told"),
    [
        (Ladder.SUSPECTED, "Suspected from the text, nothing was measured."),
        (Ladder.MEASURED, "measured in this image; no patch was built."),
        (Ladder.BUILT, "Answered by the built proposal, which saves 851 MB."),
        (Ladder.VERIFIED, "Answered by the verified proposal, which saves 851 MB."),
    ],
)
def test_comment__says_saves_only_of_what_was_built(ladder: Ladder, told: str):
    """Only a finding whose patch was built may say that it saves something."""
    one = growth().images[0]
    finding = replace(one.findings[0], ladder=ladder)

    bare = replace(one, findings=(finding,), verification=None)
    shown = comment(report(bare), MARKER).replace("\u00a0", " ")

    assert told in shown
    assert ("saves" in shown.lower()) == (ladder >= Ladder.BUILT)


def test_comment__suggests_nothing_that_this_change_did_not_bring():
    """Weight that was there before is not this pull request's task; it stays in the fold."""
    one = growth().images[0]
    finding = replace(one.findings[0], from_this_change=False)

    told = comment(report(replace(one, findings=(finding,))), MARKER)

    assert "Try this first" not in told
    assert "Not new with this change" in told


def test_comment__suggests_no_suspicion():
    """What a rule suspects from the text of a Dockerfile that did not build is folded away below the failure."""
    one = head_fails().images[0]
    claimed_new = tuple(replace(finding, from_this_change=True) for finding in one.findings)

    for findings in (one.findings, claimed_new):
        told = comment(report(replace(one, findings=findings)), MARKER)

        assert "Try this first" not in told
        assert "Not new with this change" not in told
        assert told.index("fails at") < told.index("(2, suspected from the text, nothing was measured)")


@pytest.mark.parametrize("form", sorted(RENDERERS.keys() - {"json"}))
def test_every_form__says_of_a_suspicion_that_it_is_one(form: str):
    """Whoever reads a suspicion reads beside it that nothing was measured."""
    told = renderer(form)(head_fails(), Presentation())

    assert told.count("Suspected from the text, nothing was measured.") == 2


def test_comment__on_many_images_that_did_not_change_is_one_line():
    """However many images there are, "no change" is a line."""
    told = comment(report(*(image(f"svc-{n}", side(1), side(1)) for n in range(40))), MARKER)

    assert "### ✅ Image size: no change in 40 images\n" in told
    assert "|" not in told


def test_comment__without_any_image_says_so():
    """A run that found nothing to measure is no success story."""
    assert "### ⚪ Image size: no image to measure\n" in comment(report(), MARKER)


def test_comment__sums_up_the_causes_that_it_does_not_show():
    """More causes than rows become one row with their sum; a copied file names the instruction that made it."""
    one = growth().images[0]
    made = STORIES["c"]().images[0].causes[1].copied_from
    many = tuple(replace(one.causes[1], lines=(n, n), copied_from=made, bytes=1_000_000) for n in range(4, 12))

    told = comment(report(replace(one, causes=(one.causes[0], *many))), MARKER).replace("\u00a0", " ")

    assert "| +4 MB | … 4 smaller causes | in the [full report](" in told
    assert ", made by [line 4](" in told


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("deadweight.toml:12", ", in `deadweight.toml` line 12:"),
        ("input max-size", ", in `input max-size`:"),
        ("", ":"),
    ],
)
def test_comment__proposes_a_tighter_budget_where_it_is_set(source: str, told: str):
    """An image far below its budget gets a limit that keeps it small, with the place where the old one stands."""
    one = STORIES["c"]().images[0]
    held = replace(one.budgets[0], budget=replace(one.budgets[0].budget, source=source))

    shown = comment(report(replace(one, budgets=(held,))), MARKER)

    assert f'To lock the gain in{told}\n```diff\n-max-size = "50 MB"\n+max-size = "10 MB"\n```' in shown


@pytest.mark.parametrize(
    ("size", "limit"),
    [(0, "2 B"), (1, "2 B"), (950, "1.2 kB"), (8_030_000, "10 MB"), (9_100_000, "12 MB"), (859_000_000, "1 GB")],
)
def test_nice_limit__is_round_and_leaves_room(size: int, limit: str):
    """A proposed limit is a round number at least a tenth above the size."""
    assert nice_limit(size) == limit
    assert parse_size(limit) >= size * 1.1 or size == 0


def test_comment__names_a_shared_cause_once():
    """A layer that several images gained is told once, and the images refer to it."""
    told = comment(STORIES["d"](), MARKER)

    assert told.count("**Shared cause:**") == 1
    assert told.count("shared with 2 other images") == 3


def test_comment__tells_the_one_image_that_moved_as_if_it_were_alone():
    """Where one of several images moved, its causes are above the fold."""
    still = image("web", side(1_000_000), side(1_000_000))

    told = comment(report(growth().images[0], still), MARKER).split("<details>")[0]

    assert "**Where the 855\u00a0MB come from**" in told
    assert "*1 unchanged*" in told


def test_comment__links_to_lines_of_the_commit_that_has_them():
    """Lines of the head link to the head's commit, lines that only the base has to the base's."""
    told = comment(STORIES["c"](), MARKER)

    assert f"/blob/a1b2c3d{'0' * 33}/api/Dockerfile#L1)" in told
    assert f"/blob/d4e5f6a{'0' * 33}/api/Dockerfile#L6)" in told


@pytest.mark.parametrize(
    ("server", "repository"), [("javascript:alert(1)", "o/r"), ("https://x)", "o/r"), ("https://x", "o/r/x")]
)
def test_comment__links_nowhere_but_to_the_repository(server: str, repository: str):
    """A server or repository that is not plainly one gives no links at all."""
    odd = replace(growth(), run=replace(growth().run, server_url=server, repository=repository))

    assert "](" not in comment(odd, MARKER)


def test_comment__speaks_with_the_configured_voice():
    """Title and footer are the project's own."""
    told = comment(STORIES["b"](), MARKER, Branding(title="Container sizes", footer="Ask the platform team"))

    assert "### ✅ Container sizes: no change" in told
    assert "Ask the platform team" in told


def test_summary__has_more_rows_than_the_comment():
    """The job summary shows what the comment leaves out."""
    assert len(summary(crowd(40))) > len(comment(crowd(40), MARKER))
    assert "service-39" in summary(crowd(40)).split("<details>")[0]


def test_comment__shows_everything_that_is_known_of_many_states():
    """Each state has its own words in the table."""
    told = comment(everything(), MARKER, VOICE)

    assert "build failed" in told
    assert "not checked" in told
    assert "accepted by `octocat`, until 2026-12-31: ships a database" in told


def spoken(search: Verification | None) -> str:
    """The comment of the growing image with the result of a search, up to its first fold."""
    one = replace(growth().images[0], verification=search)
    return comment(report(one), MARKER).replace("\u00a0", " ")


def test_comment__claims_what_was_verified_and_says_what_was_not_checked():
    """What was built, run and found alike stands above the fold with its sizes; the patch and all tries are folded."""
    shown = spoken(growth().images[0].verification)
    above, _, below = shown.partition("<details>")

    assert (
        "**Verified: 859 MB → 8.03 MB.** Built, started, same output, 2 checks; not checked: outbound network. To look at:"
        in above
    )
    assert "Found at `c0ffee1`" in above
    assert "Try this first" not in shown
    assert "+FROM golang:1.22 AS build" in below
    assert "| scratch on `scratch` | 6.10 MB | ≈ 2.90 MB | 1 | 4.2 | 1 passed, 1 failed |" in below
    assert "a page answers 500, the original 200: `:8080/healthz` |" in below
    assert "mended: file `/srv/x`" in below


def test_comment__never_says_verified_of_what_only_builds():
    """A candidate that could not be compared in a run is built, with the reason, and is not called verified."""
    search = replace(growth().images[0].verification, verified=False, why="the original is not healthy in the box")

    above = spoken(search).partition("<details>")[0]

    assert "**Built, not verified: 859 MB → 8.03 MB.** 2 checks before any run passed" in above
    assert "the original is not healthy in the box" in above
    assert "Verified:" not in above


def test_comment__says_quietly_why_nothing_is_verified():
    """Where no candidate passed, one small line says why, and the best finding is suggested as before."""
    search = replace(growth().images[0].verification, verified=False, best=None, why="no candidate passed")

    shown = spoken(search)

    assert "<sub>No smaller image was verified: no candidate passed.</sub>" in shown
    assert "Try this first" in shown
