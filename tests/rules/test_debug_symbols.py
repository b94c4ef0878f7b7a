"""debug-symbols tells the exact bytes of sections that no loader maps."""

from dataclasses import replace

import pytest

from bot.model.facts import ElfFacts
from bot.rules.catalogue.debug_symbols import RULE
from tests.rules.world import look, package, packed, picture, started, the

PICTURE = "FROM a\n  usr/bin/base 90000000\nCOPY app /app\n  app/main 7200000\n  app/lib.so 5000000"


def image(**symbols: int):
    """Return an image whose programs carry so many bytes of symbols."""
    measured = started(picture(PICTURE))
    paths = {"base": b"usr/bin/base", "main": b"app/main", "lib": b"app/lib.so"}
    elf = {paths[name]: ElfFacts("", (), (), count) for name, count in symbols.items()}
    assert measured.facts is not None
    return replace(measured, facts=replace(measured.facts, elf=elf))


def test_image__tells_exact_bytes_and_claims_no_file():
    """The bytes of the sections are told; a part of a file is no claim, so a total of claims leaves them out."""
    finding = the(look(RULE, image(main=2_390_000, lib=10_000)))

    assert (finding.claimed.live, finding.claims) == (2_400_000, frozenset())
    assert finding.evidence == (("/app/main", 2_390_000), ("/app/lib.so", 10_000))


def test_image__whose_base_carries_them_is_silent():
    """Programs of the base image are not this build's."""
    assert look(RULE, image(base=40_000_000)) == ()


def test_image__that_was_stripped_is_silent():
    """What was stripped has nothing to take out."""
    assert look(RULE, image(main=0, lib=900)) == ()


def test_image__that_was_not_read_is_silent():
    """Without having read files nothing is said."""
    assert look(RULE, picture(PICTURE)) == ()


@pytest.mark.parametrize("ecosystem", ["deb", "opkg", "apk", "rpm", "pacman"])
def test_image__whose_packages_carry_them_is_silent(ecosystem):
    """Programs of any distribution's packages come as they are."""
    assert look(RULE, packed(image(main=40_000_000), package(ecosystem, "x", "app/main"))) == ()
