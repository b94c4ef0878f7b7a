"""browsers fires on every browser but the largest."""

import pytest

from bot.rules.catalogue.browsers import RULE
from tests.rules.world import look, picture, the


@pytest.mark.parametrize("home", ["root/.cache/ms-playwright", "home/app/.cache/ms-playwright", "ms-playwright"])
def test_image__claims_all_but_the_largest(home: str):
    """Of three browsers the two smaller are claimed."""
    image = picture(f"""
FROM node
  x 9
RUN playwright install
  {home}/chromium-1/chrome 300000000
  {home}/firefox-1/firefox 200000000
  {home}/webkit-1/webkit 150000000
""")

    assert the(look(RULE, image)).claimed.live == 350_000_000


def test_image__with_one_browser_is_silent():
    """One browser is what automation needs."""
    assert look(RULE, picture("FROM a\n  x 9\nRUN x\n  root/.cache/puppeteer/chrome/a 300000000")) == ()
