"""multi-stage-php fires on a compiler that stayed after PHP extensions were built."""

import pytest

from bot.rules.catalogue.multi_stage_php import RULE
from tests.rules.world import config, look, picture, read, the

DOCKERFILE = """\
FROM php:8.3-fpm
RUN apt-get install -y gcc
COPY . /src
RUN docker-php-ext-install intl
CMD ["x"]
"""

PICTURE = """
FROM php:8.3-fpm
  usr/lib/gcc/x86_64-linux-gnu/12/cc1 30000000
  usr/src/php.tar.xz 12000000
RUN apt-get install -y gcc
  usr/lib/gcc/x86_64-linux-gnu/12/cc1plus 35000000
  usr/include/stdio.h 1000000
RUN docker-php-ext-install intl
  usr/local/lib/php/extensions/intl.so 3000000
"""


def test_image__claims_the_toolchain_and_what_it_left():
    """What the base image brings stays whatever is done: only the layers above it are claimed."""
    finding = the(look(RULE, picture(PICTURE, config=config("php-fpm -F"), dockerfile=DOCKERFILE)))

    assert (finding.claimed.live, finding.claimed.base_image) == (36_000_000, 0)
    assert finding.lines == (1, 5)
    assert finding.patch == ""


@pytest.mark.parametrize("command", ["composer install", "phpunit", ""])
def test_image__that_exists_for_the_toolchain_is_silent(command: str):
    """Starting one of its tools, a shell, or nothing means that the toolchain is there on purpose."""
    assert look(RULE, picture(PICTURE, config=config(command), dockerfile=DOCKERFILE)) == ()


def test_image__without_a_build_in_the_final_stage_is_silent():
    """Where the final stage builds nothing the toolchain may be what the program needs."""
    dockerfile = 'FROM php:8.3-fpm\nCOPY app /app\nRUN true\nCMD ["x"]\n'

    assert look(RULE, picture(PICTURE, config=config("php-fpm -F"), dockerfile=dockerfile)) == ()


def test_image__without_the_toolchain_is_silent():
    """The command alone proves nothing: there must be bytes."""
    assert (
        look(
            RULE,
            picture(
                "FROM php:8.3-fpm\n  bin/sh 9\nRUN docker-php-ext-install intl\n  app/main 90000000",
                dockerfile=DOCKERFILE,
            ),
        )
        == ()
    )


def test_text__that_builds_in_the_final_stage_is_suspected():
    """Without an image the RUN that builds is pointed at."""
    assert the(read(RULE, DOCKERFILE)).lines == (4, 4)


def test_text__that_builds_in_an_earlier_stage_is_silent():
    """A stage that only hands over its result is the way it should be."""
    staged = DOCKERFILE.replace("FROM php:8.3-fpm", "FROM php:8.3-fpm AS build").replace(
        "CMD", "FROM small\nCOPY --from=build /app /app\nCMD"
    )

    assert read(RULE, staged) == ()
    assert (
        look(RULE, picture("FROM small\n  x 9\nCOPY --from=build /app /app\n  app/x 9000000", dockerfile=staged)) == ()
    )
