"""base-distroless names the distroless image that has what a program links."""

import pytest

from bot.model.facts import ProgramKind
from bot.rules.catalogue.base_distroless import RULE
from tests.rules.world import config, health, look, picture, started, the

DOCKERFILE = 'FROM rust AS build\nRUN cargo build\nFROM debian:12\nCOPY --from=build /main /main\nCMD ["/main"]\n'
PICTURE = """
FROM debian:12
  bin/sh 100000
  lib/libc.so.6 2000000
  usr/lib/perl 90000000
COPY --from=build /main /main
  main 8000000
"""


def image(libraries: tuple[str, ...], dockerfile: str = DOCKERFILE, language: str = "", **fields: object):
    """Return an image whose program links some libraries."""
    return started(
        picture(PICTURE, config=config("/main", **fields), dockerfile=dockerfile),
        kind=ProgramKind.DYNAMIC,
        program=b"main",
        argv=("/main",),
        libraries=libraries,
        language=language,
        files=frozenset({b"main", b"lib/libc.so.6"}),
    )


@pytest.mark.parametrize(
    ("libraries", "expected"),
    [
        (("libc.so.6", "libm.so.6"), "base-nossl-debian12"),
        (("libc.so.6", "libssl.so.3", "libcrypto.so.3"), "base-debian12"),
        (("libc.so.6", "libgcc_s.so.1", "libstdc++.so.6"), "cc-debian12"),
    ],
)
def test_image__is_offered_the_smallest_that_fits(libraries: tuple[str, ...], expected: str):
    """The libraries decide which image is named; what they reach is not claimed."""
    finding = the(look(RULE, image(libraries)))

    assert f"distroless/{expected}" in finding.advice
    assert finding.claimed.base_image == 90_100_000
    assert "Upper bound" in finding.advice


@pytest.mark.parametrize("language", ["node", "java"])
def test_image__of_an_interpreter_is_offered_its_own(language: str):
    """Node and Java have distroless images of their own."""
    assert language in the(look(RULE, image((), language=language))).advice


@pytest.mark.parametrize("language", ["python", "ruby", "php"])
def test_image__of_another_interpreter_is_silent(language: str):
    """No image is named where versions or paths would not match."""
    assert look(RULE, image((), language=language)) == ()


def test_image__that_links_more_is_silent():
    """A library that no distroless image has keeps the base."""
    assert look(RULE, image(("libc.so.6", "libpq.so.5"))) == ()


def test_image__whose_health_check_needs_curl_is_silent():
    """A health check by curl would break."""
    assert look(RULE, image(("libc.so.6",), health_check=health("CMD-SHELL", "curl localhost"))) == ()


def test_image__with_runs_in_the_final_stage_is_silent():
    """Packages installed in the final stage need a package manager."""
    assert look(RULE, image(("libc.so.6",), DOCKERFILE.replace("CMD", "RUN apt-get install x\nCMD"))) == ()
