"""duplicate-runtime fires on a second copy of an interpreter."""

import pytest

from bot.rules.catalogue.duplicate_runtime import RULE
from tests.rules.world import look, picture, the


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("usr/local/lib/python3.12/os.py", "usr/lib/python3.11/os.py"),
        ("usr/local/bin/node", "usr/bin/node"),
        ("opt/java/openjdk/lib/modules", "usr/lib/jvm/java-17/lib/modules"),
        ("usr/local/bin/ruby", "usr/lib/ruby/3.1/set.rb"),
    ],
)
def test_image__claims_the_copy_above_the_base(first: str, second: str):
    """The interpreter that was installed over the base image's own is claimed."""
    finding = the(look(RULE, picture(f"FROM x\n  {first} 9000\nRUN apt-get install x\n  {second} 30000000")))

    assert finding.claimed.live == 30_000_000


def test_image__whose_base_has_both_is_silent():
    """Two copies in the base image are not this Dockerfile's."""
    both = "FROM x\n  usr/local/bin/node 9\n  usr/bin/node 30000000\nRUN true\n  a 1"

    assert look(RULE, picture(both)) == ()


def test_image__with_one_is_silent():
    """One interpreter is no duplicate."""
    assert (
        look(RULE, picture("FROM x\n  bin/sh 9\nRUN apt-get install python3\n  usr/lib/python3.11/os.py 30000000"))
        == ()
    )
