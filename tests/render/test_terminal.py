"""The terminal's text: aligned, complete, and without a byte that acts."""

import os
import pathlib

import pytest
from hypothesis import HealthCheck, given, settings

from bot.render.terminal import terminal
from tests.render.reports import STORIES, growth
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
