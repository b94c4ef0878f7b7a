"""multi-stage-node fires on bundlers and compilers that stayed after the build."""

import pytest

from bot.rules.catalogue.multi_stage_node import RULE
from tests.rules.world import config, look, picture, read, the

DOCKERFILE = """\
FROM node:22
COPY . /src
RUN npm run build
CMD ["x"]
"""

PICTURE = """
FROM node:22
  usr/local/lib/node_modules/npm/index.js 9000000
RUN npm run build
  src/node_modules/typescript/lib/tsc.js 60000000
  src/node_modules/express/index.js 2000000
  src/node_modules/.cache/a 7000000
  src/dist/server.js 100
"""


def test_image__claims_the_toolchain_and_what_it_left():
    """Build tools and their caches are claimed, packages that the program may import are not."""
    finding = the(look(RULE, picture(PICTURE, config=config("node dist/server.js"), dockerfile=DOCKERFILE)))

    assert (finding.claimed.live, finding.claimed.base_image) == (67_000_000, 0)
    assert finding.lines == (1, 4)
    assert finding.patch == ""


@pytest.mark.parametrize("command", ["npm run dev", "nodemon", "ts-node src/x.ts", "vite"])
def test_image__that_exists_for_the_toolchain_is_silent(command: str):
    """Starting one of its tools, a shell, or nothing means that the toolchain is there on purpose."""
    assert look(RULE, picture(PICTURE, config=config(command), dockerfile=DOCKERFILE)) == ()


def test_image__without_a_build_in_the_final_stage_is_silent():
    """Where the final stage builds nothing the toolchain may be what the program needs."""
    dockerfile = 'FROM node:22\nCOPY app /app\nRUN true\nCMD ["x"]\n'

    assert look(RULE, picture(PICTURE, config=config("node dist/server.js"), dockerfile=dockerfile)) == ()


def test_image__without_the_toolchain_is_silent():
    """The command alone proves nothing: there must be bytes."""
    assert (
        look(RULE, picture("FROM node:22\n  bin/sh 9\nRUN npm run build\n  app/main 90000000", dockerfile=DOCKERFILE))
        == ()
    )


def test_text__that_builds_in_the_final_stage_is_suspected():
    """Without an image the RUN that builds is pointed at."""
    assert the(read(RULE, DOCKERFILE)).lines == (3, 3)


def test_text__that_builds_in_an_earlier_stage_is_silent():
    """A stage that only hands over its result is the way it should be."""
    staged = DOCKERFILE.replace("FROM node:22", "FROM node:22 AS build").replace(
        "CMD", "FROM small\nCOPY --from=build /app /app\nCMD"
    )

    assert read(RULE, staged) == ()
    assert (
        look(RULE, picture("FROM small\n  x 9\nCOPY --from=build /app /app\n  app/x 9000000", dockerfile=staged)) == ()
    )
