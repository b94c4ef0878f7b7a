"""node-dev-dependencies fires on packages that the lock file marks as development's."""

import pytest

from bot.rules.catalogue.node_dev_dependencies import RULE
from tests.rules.world import config, look, package, packed, picture, read, the

PICTURE = """
FROM node:22
  usr/local/bin/node 90000000
RUN npm ci
  app/node_modules/jest/index.js 50000000
  app/node_modules/express/index.js 2000000
"""


def image(command: str = "node server.js"):
    """Return an image with one package of each kind."""
    return packed(
        picture(PICTURE, config=config(command)),
        package("npm", "jest", "app/node_modules/jest/index.js", dev=True),
        package("npm", "express", "app/node_modules/express/index.js"),
    )


def test_image__claims_development_packages_alone():
    """The bytes of packages marked as development's are claimed."""
    assert the(look(RULE, image())).claimed.live == 50_000_000


@pytest.mark.parametrize("command", ["nodemon server.js", "npm test", "ts-node server.ts"])
def test_image__that_develops_is_silent(command: str):
    """An image that starts a development tool needs them."""
    assert look(RULE, image(command)) == ()


@pytest.mark.parametrize("run", ["npm ci", "npm install", "npm i"])
def test_text__with_a_plain_install_is_suspected(run: str):
    """A plain install of an image that starts Node brings development packages."""
    assert the(read(RULE, f'FROM node:22\nRUN {run}\nCMD ["node", "x.js"]\n')).lines == (2, 2)


@pytest.mark.parametrize(
    "lines",
    [
        "RUN npm ci --omit=dev",
        "RUN npm install --production",
        "RUN npm install -g pnpm",
        "RUN npm install express",
        "RUN npm ci && npm prune --omit=dev",
        "ENV NODE_ENV=production\nRUN npm ci",
    ],
)
def test_text__for_production_is_silent(lines: str):
    """Options, NODE_ENV, pruning in the same RUN, and packages by name bring none."""
    assert read(RULE, f'FROM node:22\n{lines}\nCMD ["node", "x.js"]\n') == ()


def test_later_prune__is_not_called_a_way_out():
    """Pruning in a later RUN takes nothing back, and the advice says so."""
    assert "later RUN takes nothing back" in the(look(RULE, image())).advice
