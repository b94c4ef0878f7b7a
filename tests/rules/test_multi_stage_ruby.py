"""multi-stage-ruby fires on a compiler or packed gems that stayed after bundle install."""

import pytest

from bot.rules.catalogue.multi_stage_ruby import RULE
from tests.rules.world import config, look, picture, read, the

DOCKERFILE = """\
FROM ruby:3.4-slim
RUN apt-get install -y gcc
COPY . /src
RUN bundle install
CMD ["x"]
"""

PICTURE = """
FROM ruby:3.4-slim
  usr/lib/gcc/x86_64-linux-gnu/12/cc1 30000000
RUN apt-get install -y gcc
  usr/lib/gcc/x86_64-linux-gnu/12/cc1plus 35000000
  usr/include/stdio.h 1000000
RUN bundle install
  usr/local/bundle/cache/a.gem 3000000
"""


def test_image__claims_the_toolchain_and_what_it_left():
    """What the base image brings stays whatever is done: only the layers above it are claimed."""
    finding = the(look(RULE, picture(PICTURE, config=config("puma"), dockerfile=DOCKERFILE)))

    assert (finding.claimed.live, finding.claimed.base_image) == (39_000_000, 0)
    assert finding.lines == (1, 5)
    assert finding.patch == ""


@pytest.mark.parametrize("command", ["rake", "irb", ""])
def test_image__that_exists_for_the_toolchain_is_silent(command: str):
    """Starting one of its tools, a shell, or nothing means that the toolchain is there on purpose."""
    assert look(RULE, picture(PICTURE, config=config(command), dockerfile=DOCKERFILE)) == ()


def test_image__without_a_build_in_the_final_stage_is_silent():
    """Where the final stage builds nothing the toolchain may be what the program needs."""
    dockerfile = 'FROM ruby:3.4-slim\nCOPY app /app\nRUN true\nCMD ["x"]\n'

    assert look(RULE, picture(PICTURE, config=config("puma"), dockerfile=dockerfile)) == ()


def test_image__without_the_toolchain_is_silent():
    """The command alone proves nothing: there must be bytes."""
    assert (
        look(
            RULE,
            picture("FROM ruby:3.4-slim\n  bin/sh 9\nRUN bundle install\n  app/main 90000000", dockerfile=DOCKERFILE),
        )
        == ()
    )


def test_text__that_builds_in_the_final_stage_is_suspected():
    """Without an image the RUN that builds is pointed at."""
    assert the(read(RULE, DOCKERFILE)).lines == (4, 4)


def test_text__that_builds_in_an_earlier_stage_is_silent():
    """A stage that only hands over its result is the way it should be."""
    staged = DOCKERFILE.replace("FROM ruby:3.4-slim", "FROM ruby:3.4-slim AS build").replace(
        "CMD", "FROM small\nCOPY --from=build /app /app\nCMD"
    )

    assert read(RULE, staged) == ()
    assert (
        look(RULE, picture("FROM small\n  x 9\nCOPY --from=build /app /app\n  app/x 9000000", dockerfile=staged)) == ()
    )
