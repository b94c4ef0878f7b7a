"""static-web-node fires where Node only serves files."""

import pytest

from bot.rules.catalogue.static_web_node import RULE
from tests.rules.world import config, look, picture, the

PICTURE = """
FROM node:22
  usr/local/bin/node 90000000
RUN npm ci && npm run build
  app/node_modules/vite/a.js 70000000
  app/dist/index.html 3000000
"""


@pytest.mark.parametrize("command", ["serve -s dist", "npx serve dist", "http-server dist", "vite preview"])
def test_image__claims_node_and_packages(command: str):
    """Node and every package are claimed, the built files are not."""
    finding = the(look(RULE, picture(PICTURE, config=config(command))))

    assert (finding.claimed.base_image, finding.claimed.live) == (90_000_000, 70_000_000)


@pytest.mark.parametrize("command", ["node server.js", "next start", "npm start", ""])
def test_image__that_renders_on_the_server_is_silent(command: str):
    """A program of its own needs Node."""
    assert look(RULE, picture(PICTURE, config=config(command))) == ()
