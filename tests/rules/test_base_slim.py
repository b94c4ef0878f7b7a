"""base-slim fires on a full language image under a program that builds nothing."""

from dataclasses import replace

import pytest

from bot.rules.catalogue.base_slim import RULE
from tests.rules.world import config, look, package, packed, picture, read, started, the

DOCKERFILE = 'FROM python:3.12\nCOPY . /app\nCMD ["python", "/app/x.py"]\n'
PICTURE = """
FROM python:3.12
  usr/lib/gcc/x/12/cc1 90000000
  usr/lib/x/libmagick.so 30000000
  usr/lib/x/libssl.so 4000000
COPY . /app
  app/x.py 900
"""


def image(dockerfile: str = DOCKERFILE, base: str = "python:3.12"):
    """Give an image on a full base, with packages for building and for running."""
    measured = packed(
        picture(PICTURE, config=config("python /app/x.py"), dockerfile=dockerfile),
        package("deb", "gcc-12", "usr/lib/gcc/x/12/cc1", section="devel"),
        package("deb", "imagemagick-6-common", "usr/lib/x/libmagick.so"),
        package("deb", "libssl3", "usr/lib/x/libssl.so", section="libs"),
    )
    return replace(measured, base_image=base)


def test_image__claims_packages_for_building_as_base_bytes():
    """Development packages of the base image are claimed, as an upper bound; libraries are not."""
    finding = the(look(RULE, image()))

    assert finding.claimed.base_image == 120_000_000
    assert "Upper bound" in finding.advice


def test_image__keeps_what_the_program_links():
    """A file that the start command is known to need is not claimed."""
    needed = started(image(), files=frozenset({b"usr/lib/x/libmagick.so"}))

    assert the(look(RULE, needed)).claimed.base_image == 90_000_000


@pytest.mark.parametrize(
    "base", ["python:3.12-slim", "python:3.12-alpine", "debian:12", "php:8.3-fpm", "golang:1.22", "me/python:3"]
)
def test_image__on_another_base_is_silent(base: str):
    """Slim and Alpine variants, images without a slim variant, and images of other people are silent."""
    assert look(RULE, image(base=base)) == ()


@pytest.mark.parametrize("run", ["pip install -r r.txt", "git clone https://example.org/x", "make"])
def test_image__that_builds_is_silent(run: str):
    """A final stage that installs from source, clones or compiles may need what the full image has."""
    assert look(RULE, image(DOCKERFILE.replace("COPY", f"RUN {run}\nCOPY"))) == ()


def test_text__is_suspected():
    """A full image that only gets files and starts a program is pointed at."""
    assert the(read(RULE, DOCKERFILE)).lines == (1, 1)
    assert read(RULE, DOCKERFILE.replace("3.12", "3.12-slim")) == ()
    assert read(RULE, "FROM python:3.12\nCOPY . /app\n") == ()
