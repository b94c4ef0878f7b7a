"""overwritten-files fires on files that a later layer replaced."""

from bot.rules.catalogue.overwritten_files import RULE
from tests.rules.world import look, picture, the


def test_image__claims_the_replaced_version():
    """The version below is dead, whatever its size."""
    image = picture("FROM a\n  x 9\nCOPY . /\n  b 20000000 =one\nRUN sed -i s/a/b/ /b\n  b 20000001 =two")

    assert the(look(RULE, image)).claimed.dead == 20_000_000


def test_image__that_an_upgrade_replaced_is_silent():
    """What an upgrade replaced belongs to apt-upgrade."""
    assert look(RULE, picture("FROM a\n  x 9\nRUN y\n  b 20000000\nRUN apt-get upgrade\n  b 20000001")) == ()


def test_image__that_replaces_base_files_is_silent():
    """A replaced base file is counted by dead-base."""
    assert look(RULE, picture("FROM a\n  b 20000000\nRUN y\n  b 20000001")) == ()


def test_image__that_installs_twice_is_silent():
    """Databases and logs are written anew by every install."""
    image = picture("FROM a\n  x 9\nRUN y\n  var/lib/dpkg/status 9000000\nRUN z\n  var/lib/dpkg/status 9100000")

    assert look(RULE, image) == ()
