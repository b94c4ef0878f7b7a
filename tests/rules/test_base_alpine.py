"""base-alpine offers a trial where nothing native ties a program to Debian's C library."""

from dataclasses import replace

import pytest

from bot.rules.catalogue.base_alpine import RULE
from tests.rules.world import config, look, package, packed, picture, the

PICTURE = "FROM node:22\n  usr/lib/x/lib.so 150000000\nCOPY . /app\n  app/x.js 900"


def image(base: str = "node:22", more: str = ""):
    """Return an image on Debian with one package of the base."""
    measured = picture(PICTURE + more, config=config("node /app/x.js"))
    return replace(packed(measured, package("deb", "x", "usr/lib/x/lib.so")), base_image=base)


def test_image__claims_the_packages_of_the_base_as_an_upper_bound():
    """Debian's packages are claimed, with little confidence."""
    finding = the(look(RULE, image()))

    assert (finding.claimed.base_image, finding.confidence) == (150_000_000, 0.3)
    assert "Upper bound" in finding.advice


@pytest.mark.parametrize("base", ["python:3.12", "node:22-alpine", "debian:12", "ruby:3"])
def test_image__on_python_or_alpine_is_silent(base: str):
    """Python is never sent to Alpine, whose C library its wheels do not fit; Alpine is there already."""
    assert look(RULE, image(base)) == ()


def test_image__with_a_native_part_is_silent():
    """A native addon is built for one C library."""
    assert look(RULE, image(more="\n  app/node_modules/sharp/sharp.node 900")) == ()


def test_image__that_installs_debian_packages_is_silent():
    """Packages installed above the base would have to be found again under other names."""
    measured = picture(PICTURE + "\nRUN apt-get install y\n  usr/lib/y/y.so 9", config=config("node /app/x.js"))
    both = packed(measured, package("deb", "x", "usr/lib/x/lib.so"), package("deb", "y", "usr/lib/y/y.so"))

    assert look(RULE, replace(both, base_image="node:22")) == ()
