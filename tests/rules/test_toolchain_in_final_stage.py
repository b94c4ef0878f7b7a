"""toolchain-in-final-stage fires on a toolchain without a rule of its own."""

import pytest

from bot.rules.catalogue.toolchain_in_final_stage import RULE
from tests.rules.world import config, look, picture, read, the

DOCKERFILE = """\
FROM ubuntu:24.04
COPY . /src
RUN stack build
CMD ["x"]
"""

PICTURE = """
FROM ubuntu:24.04
  usr/lib/llvm-18/bin/clang 100000000
RUN stack build
  root/.stack/programs/ghc 900000000
  usr/local/bin/app 9000000
"""


def test_image__claims_the_toolchain_and_what_it_left():
    """The toolchain in the base image counts as base bytes, since the way out is another base image; the rest is live."""
    finding = the(look(RULE, picture(PICTURE, config=config("/usr/local/bin/app"), dockerfile=DOCKERFILE)))

    assert (finding.claimed.live, finding.claimed.base_image) == (900_000_000, 100_000_000)
    assert finding.lines == (1, 4)
    assert finding.patch == ""


@pytest.mark.parametrize("command", ["stack exec app", "clang", "bash"])
def test_image__that_exists_for_the_toolchain_is_silent(command: str):
    """Starting one of its tools, a shell, or nothing means that the toolchain is there on purpose."""
    assert look(RULE, picture(PICTURE, config=config(command), dockerfile=DOCKERFILE)) == ()


def test_image__without_a_build_in_the_final_stage_is_silent():
    """Where the final stage builds nothing the toolchain may be what the program needs."""
    dockerfile = 'FROM ubuntu:24.04\nCOPY app /app\nRUN true\nCMD ["x"]\n'

    assert look(RULE, picture(PICTURE, config=config("/usr/local/bin/app"), dockerfile=dockerfile)) == ()


def test_image__without_the_toolchain_is_silent():
    """The command alone proves nothing: there must be bytes."""
    assert (
        look(
            RULE, picture("FROM ubuntu:24.04\n  bin/sh 9\nRUN stack build\n  app/main 90000000", dockerfile=DOCKERFILE)
        )
        == ()
    )


def test_text__that_builds_in_the_final_stage_is_suspected():
    """Without an image the RUN that builds is pointed at."""
    assert the(read(RULE, DOCKERFILE)).lines == (3, 3)


def test_text__that_builds_in_an_earlier_stage_is_silent():
    """A stage that only hands over its result is the way it should be."""
    staged = DOCKERFILE.replace("FROM ubuntu:24.04", "FROM ubuntu:24.04 AS build").replace(
        "CMD", "FROM small\nCOPY --from=build /app /app\nCMD"
    )

    assert read(RULE, staged) == ()
    assert (
        look(RULE, picture("FROM small\n  x 9\nCOPY --from=build /app /app\n  app/x 9000000", dockerfile=staged)) == ()
    )
