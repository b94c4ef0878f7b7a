"""The HTML report: one file that needs nothing else, allows nothing else, and shows everything."""

import base64
import hashlib
import json
import re
import shutil
import subprocess

import pytest
from hypothesis import HealthCheck, given, settings

from bot.render.html import html_report
from bot.render.text import html_prose, html_text
from tests.render.everything import alone, everything
from tests.render.reports import STORIES, growth, image, no_change, report, side
from tests.render.strategies import reports

SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
DATA = re.compile(r'<script type="application/json" id="moved">(.*?)</script>', re.DOTALL)


def digest(text: str) -> str:
    """Return the hash by which a policy allows a script or a style."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@pytest.mark.parametrize("story", STORIES)
def test_html__allows_only_its_own_script_and_style(story: str):
    """The page's policy forbids everything but the one style and the one script that it brings."""
    page = html_report(STORIES[story]())
    [script], [style] = SCRIPT.findall(page), STYLE.findall(page)
    policy = f"default-src 'none'; style-src {digest(style)}; script-src {digest(script)}; base-uri 'none'"

    assert f'<meta http-equiv="Content-Security-Policy" content="{policy}">' in page
    assert not re.search(r"""\s(?:style|src|href|on\w+)=""", page.replace(script, "").replace(style, ""))


@settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
@given(reports())
def test_html__carries_data_that_cannot_leave_its_element(report):
    """Whatever names a report holds, the data block is JSON without a character that HTML knows."""
    [data] = DATA.findall(html_report(report))

    assert not set(data) & set("<>&")
    assert len(report.images) == len(json.loads(data))


def test_html__shows_every_row():
    """Nothing is left out: every content, cause, layer and budget has its row."""
    page = html_report(growth())
    one = growth().images[0]

    assert all(content.name in page for content in one.contents)
    assert all(cause.text in page for cause in one.causes)
    assert page.count("deadweight.toml:") == len(one.budgets)


def test_html__opens_what_needs_a_look():
    """An image that moved is open, a quiet one closed."""
    one = report(growth().images[0], image("web", side(1), side(1)))

    assert html_report(one).count('<details class="image" open>') == 1
    assert html_report(one).count('<details class="image">') == 1
    assert "open>" not in html_report(no_change())


@pytest.mark.parametrize("made", [alone(), everything()], ids=["one image", "several images"])
def test_html__is_drawn_by_a_browser_under_its_own_policy(made, tmp_path):
    """A real browser runs the script under the policy: headings can be clicked, the treemap is drawn."""
    browser = shutil.which("chromium")
    if browser is None:
        pytest.skip("no chromium here")
    page = tmp_path / "report.html"
    page.write_text(html_report(made), encoding="utf-8")

    drawn = subprocess.run(
        [browser, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}/profile", "--dump-dom",
         page.as_uri()],
        capture_output=True, text=True, timeout=120, check=True,
    ).stdout  # fmt: skip

    assert drawn.count('<svg viewBox="0 0 960 400" class="map"') == sum(bool(one.contents) for one in made.images)
    assert '<rect x="0" y="0"' in drawn
    assert '<th class="n"><button type="button">Change</button></th>' in drawn
    assert '<input type="search" placeholder="Filter"' in drawn


def test_html_text__keeps_no_break_spaces():
    """Sizes keep the space between number and unit, in text and in sentences; what cannot be seen is spelt out."""
    assert html_text("10\u00a0MB \u200b") == "10\u00a0MB \\u200B"
    assert html_prose("`a` adds 12\u00a0MB") == "<code>a</code> adds 12\u00a0MB"
