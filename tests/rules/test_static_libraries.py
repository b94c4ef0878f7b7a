"""static-libraries fires on archives and headers under an application."""

import pytest

from bot.rules.catalogue.static_libraries import RULE
from tests.rules.world import config, look, picture, the

PICTURE = (
    "FROM a\n  usr/include/a.h 90000000\nRUN make install\n  usr/local/lib/x.a 9000000\n  usr/local/include/x.h 1000000"
)


def test_image__claims_what_only_builds_read():
    """Static libraries and headers above the base image are claimed."""
    finding = the(look(RULE, picture(PICTURE, config=config("/usr/local/bin/x"))))

    assert (finding.claimed.live, finding.claimed.base_image) == (10_000_000, 0)


@pytest.mark.parametrize("command", ["bash", ""])
def test_image__to_build_upon_is_silent(command: str):
    """An image that starts nothing of its own may be made for building."""
    assert look(RULE, picture(PICTURE, config=config(command))) == ()
