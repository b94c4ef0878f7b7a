"""apt-recommends fires on packages that nothing installed by name depends on."""

from dataclasses import replace

import pytest

from bot.rules.catalogue.apt_recommends import RULE
from tests.rules.world import config, look, package, packed, picture, read, started, the

DOCKERFILE = 'FROM debian:12\nRUN apt-get update && apt-get install -y ffmpeg\nCMD ["/app"]\n'
PICTURE = """
FROM debian:12
  usr/share/base 4000000
RUN apt-get update && apt-get install -y ffmpeg
  usr/bin/ffmpeg 9000000
  usr/share/fonts/dejavu.ttf 12000000
"""


def image(*recommended: str, dockerfile: str = DOCKERFILE):
    """Give an image with three packages, of which some are only recommended."""
    measured = packed(
        started(picture(PICTURE, config=config("/app"), dockerfile=dockerfile)),
        package("deb", "ffmpeg", "usr/bin/ffmpeg"),
        package("deb", "fonts-dejavu", "usr/share/fonts/dejavu.ttf"),
        package("deb", "base-thing", "usr/share/base"),
    )
    assert measured.facts is not None
    return replace(measured, facts=replace(measured.facts, recommended=frozenset(recommended)))


def test_image__claims_recommended_packages_exactly():
    """The files of such packages above the base image are claimed, those of the base image are not."""
    finding = the(look(RULE, image("fonts-dejavu", "base-thing")))

    assert (finding.claimed.live, finding.claimed.base_image) == (12_000_000, 0)


def test_patch__inserts_the_option_after_install():
    """The patch adds --no-install-recommends to the command that installs."""
    finding = the(look(RULE, image("fonts-dejavu")))

    assert "+RUN apt-get update && apt-get install --no-install-recommends -y ffmpeg\n" in finding.patch


def test_image__without_such_packages_is_silent():
    """Where every package is needed by one that was named there is nothing to claim."""
    assert look(RULE, image()) == ()


def test_text__is_suspected():
    """An install in an application's final stage takes recommendations along."""
    assert the(read(RULE, DOCKERFILE)).lines == (2, 2)


@pytest.mark.parametrize(
    "run",
    [
        "apt-get install -y --no-install-recommends ffmpeg",
        "apt-get -o APT::Install-Recommends=false install ffmpeg",
        "apt-get install -y mysql-server=8.0.1",
        "apt-get install -y ffmpeg && apt-get purge -y --auto-remove ffmpeg",
    ],
)
def test_text__that_declines_or_pins_or_purges_is_silent(run: str):
    """The option, a setting, one pinned product, and a purge in the same RUN are silent."""
    assert read(RULE, f'FROM debian:12\nRUN {run}\nCMD ["/app"]\n') == ()
