"""apt-upgrade fires on files that an upgrade shipped a second time."""

import pytest

from bot.rules.catalogue.apt_upgrade import RULE
from tests.rules.world import look, picture, the


@pytest.mark.parametrize("command", ["apt-get upgrade -y", "apt-get -y dist-upgrade", "apk upgrade", "dnf update -y"])
def test_image__claims_the_old_version_as_base_bytes(command: str):
    """The replaced files of the base image are claimed: a newer base image is the way out."""
    finding = the(
        look(RULE, picture(f"FROM a\n  usr/lib/libssl.so 4000000\nRUN {command}\n  usr/lib/libssl.so 4100000"))
    )

    assert (finding.claimed.base_image, finding.claimed.live) == (4_000_000, 0)


def test_image__that_replaces_a_file_otherwise_is_silent():
    """Other instructions that replace files belong to other rules."""
    assert look(RULE, picture("FROM a\n  x 4000000\nRUN apt-get update && make\n  x 4100000")) == ()
