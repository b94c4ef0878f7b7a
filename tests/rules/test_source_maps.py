"""source-maps fires on maps and declarations in production."""

from bot.rules.catalogue.source_maps import RULE
from tests.rules.world import look, picture, the


def test_image__claims_maps_and_declarations():
    """Maps and type declarations are claimed, code is not, nor what a base image brings."""
    image = picture("""
FROM node
  usr/local/lib/a.js.map 9000000
RUN npm ci
  app/node_modules/a/index.js.map 6000000
  app/node_modules/a/index.d.ts 1000000
  app/node_modules/a/index.js 9000000
""")

    assert the(look(RULE, image)).claimed.live == 7_000_000


def test_image__with_other_maps_is_silent():
    """A file that only ends in map is not one."""
    assert look(RULE, picture("FROM a\n  x 9\nCOPY . .\n  app/world.map 90000000\n  app/a.ts 90000000")) == ()
