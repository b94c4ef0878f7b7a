"""multi-stage-c fires on a C toolchain that stayed after the build."""

import pytest

from bot.rules.catalogue.multi_stage_c import RULE
from tests.rules.world import config, look, picture, read, the

DOCKERFILE = """\
FROM debian:bookworm
RUN apt-get install -y gcc
COPY . /src
RUN make install
CMD ["x"]
"""

PICTURE = """
FROM debian:bookworm
  usr/lib/gcc/x86_64-linux-gnu/12/cc1 30000000
RUN apt-get install -y gcc
  usr/lib/gcc/x86_64-linux-gnu/12/cc1plus 35000000
  usr/include/stdio.h 1000000
RUN make install
  usr/local/bin/app 900000
  src/a.o 4000000
"""


def test_image__claims_the_toolchain_and_what_it_left():
    """What the base image brings stays whatever is done: only the layers above it are claimed."""
    finding = the(look(RULE, picture(PICTURE, config=config("/usr/local/bin/app"), dockerfile=DOCKERFILE)))

    assert (finding.claimed.live, finding.claimed.base_image) == (40_000_000, 0)
    assert finding.lines == (1, 5)
    assert finding.patch == ""


@pytest.mark.parametrize("command", ["make check", "gcc", ""])
def test_image__that_exists_for_the_toolchain_is_silent(command: str):
    """Starting one of its tools, a shell, or nothing means that the toolchain is there on purpose."""
    assert look(RULE, picture(PICTURE, config=config(command), dockerfile=DOCKERFILE)) == ()


def test_image__without_a_build_in_the_final_stage_is_silent():
    """Where the final stage builds nothing the toolchain may be what the program needs."""
    dockerfile = 'FROM debian:bookworm\nCOPY app /app\nRUN true\nCMD ["x"]\n'

    assert look(RULE, picture(PICTURE, config=config("/usr/local/bin/app"), dockerfile=dockerfile)) == ()


def test_image__without_the_toolchain_is_silent():
    """The command alone proves nothing: there must be bytes."""
    assert (
        look(
            RULE,
            picture("FROM debian:bookworm\n  bin/sh 9\nRUN make install\n  app/main 90000000", dockerfile=DOCKERFILE),
        )
        == ()
    )


def test_text__that_builds_in_the_final_stage_is_suspected():
    """Without an image the RUN that builds is pointed at."""
    assert the(read(RULE, DOCKERFILE)).lines == (4, 4)


def test_text__that_builds_in_an_earlier_stage_is_silent():
    """A stage that only hands over its result is the way it should be."""
    staged = DOCKERFILE.replace("FROM debian:bookworm", "FROM debian:bookworm AS build").replace(
        "CMD", "FROM small\nCOPY --from=build /app /app\nCMD"
    )

    assert read(RULE, staged) == ()
    assert (
        look(RULE, picture("FROM small\n  x 9\nCOPY --from=build /app /app\n  app/x 9000000", dockerfile=staged)) == ()
    )
