"""dead-base fires on bytes of the base image that nothing can see any more."""

import pytest

from bot.rules.catalogue.dead_base import RULE
from tests.rules.world import look, picture, the


@pytest.mark.parametrize("end", ["RUN rm /b\n  - b", "COPY b /\n  b 5"])
def test_image__claims_hidden_base_bytes(end: str):
    """Removed or replaced, the bytes of the base image are still shipped."""
    finding = the(look(RULE, picture(f"FROM a\n  b 40000000\n{end}")))

    assert (finding.claimed.base_image, finding.claimed.dead) == (40_000_000, 0)


def test_image__that_an_upgrade_hid_is_silent():
    """What an upgrade replaced belongs to apt-upgrade."""
    assert look(RULE, picture("FROM a\n  b 40000000\nRUN apt-get upgrade -y\n  b 40000001")) == ()


def test_image__with_little_is_silent():
    """Every image hides a few files of its base."""
    assert look(RULE, picture("FROM a\n  b 4000000\nRUN rm /b\n  - b")) == ()
