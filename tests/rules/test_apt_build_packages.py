"""apt-build-packages fires on compilers and headers that were installed and stayed."""

import pytest

from bot.rules.catalogue.apt_build_packages import RULE
from tests.rules.world import config, look, package, packed, picture, read, the

DOCKERFILE = 'FROM debian:12\nRUN apt-get install -y build-essential libpq-dev\nCMD ["/app"]\n'


def image(command: str = "/app"):
    """Return an image with packages for building and for running."""
    return packed(
        picture(
            """
FROM debian:12
  usr/bin/git 4000000
RUN apt-get install -y build-essential libpq-dev
  usr/lib/gcc/cc1 90000000
  usr/include/pq.h 2000000
  usr/lib/libpq.so 300000
""",
            config=config(command),
        ),
        package("deb", "git", "usr/bin/git", section="vcs"),
        package("deb", "gcc-12", "usr/lib/gcc/cc1", section="devel"),
        package("deb", "libpq-dev", "usr/include/pq.h"),
        package("deb", "libpq5", "usr/lib/libpq.so", section="libs"),
    )


def test_image__claims_packages_above_the_base_by_section_and_name():
    """Packages of the sections for development, and by well-known names, are claimed; others are not."""
    finding = the(look(RULE, image()))

    assert (finding.claimed.live, finding.claimed.base_image) == (92_000_000, 0)


def test_image__to_build_upon_is_silent():
    """An image that starts nothing of its own may be made for building."""
    assert look(RULE, image("bash")) == ()


def test_text__is_suspected():
    """An application whose final stage installs a compiler and builds is pointed at."""
    assert the(read(RULE, DOCKERFILE.replace("CMD", "RUN make\nCMD"))).lines == (2, 2)


def test_text__that_builds_nothing_is_silent():
    """Where nothing in the final stage builds, a compiler is for the program: a runner, a notebook."""
    assert read(RULE, DOCKERFILE) == ()


@pytest.mark.parametrize(
    "lines",
    [
        "RUN apt-get install -y gcc && make && apt-get purge -y gcc",
        "RUN apk add --no-cache --virtual .build gcc && make && apk del .build",
        "RUN apt-get install -y git make",
    ],
)
def test_text__that_purges_or_installs_mere_tools_is_silent(lines: str):
    """The idiom of the official images, and tools that programs call, are silent."""
    assert read(RULE, f'FROM debian:12\n{lines}\nCMD ["/app"]\n') == ()


def test_text__of_a_base_image_is_silent():
    """An image that starts nothing of its own is made to build upon."""
    assert read(RULE, 'FROM debian:12\nRUN apt-get install -y gcc\nCMD ["bash"]\n') == ()
