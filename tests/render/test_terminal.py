"""The terminal's text: aligned, complete, and without a byte that acts."""

import os
import pathlib
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from bot.model.explain import Content, ContentKind
from bot.model.report import MissingSide
from bot.render.terminal import terminal
from tests.render.reports import STORIES, growth, image, no_change, report, side
from tests.render.strategies import reports

GOLDEN = pathlib.Path(__file__).parent / "golden"


@pytest.mark.parametrize("story", STORIES)
def test_terminal__tells_the_story(story: str):
    """The text is the golden file; DEADWEIGHT_GOLDEN=1 writes it anew, for a person to review."""
    path = GOLDEN / f"{story}.txt"
    told = terminal(STORIES[story]())
    if os.environ.get("DEADWEIGHT_GOLDEN"):
        path.write_text(told, encoding="utf-8")

    assert path.read_text(encoding="utf-8") == told


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(reports())
def test_terminal__prints_only_lines(report):
    """Whatever a report holds, its text is printable lines."""
    assert all(line.isprintable() for line in terminal(report).splitlines())


def test_terminal__colours_only_on_request():
    """Colours are our own escapes around the verdict; the text is the same without them."""
    plain, coloured = terminal(growth()), terminal(growth(), color=True)

    assert "\x1b" not in plain
    assert coloured.startswith("\x1b[31;1m🔴 api grew by 855 MB")
    assert plain == coloured.replace("\x1b[31;1m", "").replace("\x1b[0m", "")


def test_terminal__has_no_failures_of_an_unchanged_image():
    """An image that was not rebuilt has failed at nothing."""
    quiet = no_change()
    still = replace(quiet.images[0], base=MissingSide("Nothing differs."), head=MissingSide("Nothing differs."))

    assert "failed" not in terminal(replace(quiet, images=(still,)))


def test_terminal__counts_other_files_where_some_have_rows_of_their_own():
    """A directory's row stands for all its files, or for the others where some of them have rows of their own."""
    rows = (
        Content(ContentKind.PATH, "/usr/go", 0, 700, files=7),
        Content(ContentKind.PATH, "/usr/go/big", 0, 600, files=1),
        Content(ContentKind.PATH, "/usr/gopher", 0, 500, files=5),
        Content(ContentKind.PATH, "/", 0, 3, files=3),
    )

    shown = terminal(report(image("api", side(1), side(1804), contents=rows)))

    assert "/usr/go      7 other files" in shown
    assert "/usr/gopher  5 files" in shown
    assert "/            3 other files" in shown


@pytest.mark.parametrize(
    ("story", "tone"),
    [("growth", "31;1"), ("noise", "32;1"), ("base-bump", "1"), ("c", "32;1"), ("e", "33;1")],
)
def test_terminal__is_green_only_where_nothing_grew(story: str, tone: str):
    """Growth that breaks no budget is no good news in green; noise, shrinking and standing still are."""
    made = growth() if story == "growth" else STORIES[story]()

    assert terminal(made, color=True).startswith(f"\x1b[{tone}m")
