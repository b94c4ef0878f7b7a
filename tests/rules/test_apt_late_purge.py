"""apt-late-purge fires where packages are removed a layer too late."""

import pytest

from bot.rules.catalogue.apt_late_purge import RULE
from tests.rules.world import look, picture, read, the

PICTURE = """
FROM debian:12
  usr/bin/x 3000000
RUN apt-get install -y gcc
  usr/lib/gcc/cc1 90000000
RUN apt-get purge -y gcc && apt-get autoremove -y
  - usr/lib/gcc/cc1
  - usr/bin/x
"""


def test_image__claims_what_the_purge_hid():
    """The removed files are dead bytes, at the instruction that made them; base files are another matter."""
    finding = the(look(RULE, picture(PICTURE)))

    assert (finding.claimed.dead, finding.claimed.live, finding.claimed.base_image) == (90_000_000, 0, 0)


def test_image__purged_in_the_same_layer_is_silent():
    """What is gone before its layer ends was never shipped."""
    assert (
        look(RULE, picture("FROM a\n  x 9\nRUN apt-get install gcc && make && apt-get purge gcc\n  app 9000000")) == ()
    )


@pytest.mark.parametrize(
    ("install", "remove"),
    [
        ("apt-get install -y gcc", "apt-get remove -y gcc"),
        ("apk add gcc", "apk del gcc"),
        ("dnf install -y gcc", "dnf remove -y gcc"),
    ],
)
def test_text__that_removes_later_is_suspected(install: str, remove: str):
    """A RUN that only removes, after one that installs, hides and ships."""
    assert the(read(RULE, f"FROM a\nRUN {install}\nRUN {remove}\n")).lines == (3, 3)


@pytest.mark.parametrize(
    "lines", ["RUN apt-get remove -y x", "RUN apt-get install -y gcc && make && apt-get purge gcc"]
)
def test_text__that_removes_in_time_or_from_the_base_is_silent(lines: str):
    """Removing packages of the base image, or in the RUN that installs, is silent."""
    assert read(RULE, f"FROM a\n{lines}\n") == ()


def test_removal_in_a_build_stage__is_effective():
    """In a stage that is not shipped a removal in its own layer is fine."""
    staged = "FROM a AS build\nRUN apt-get install -y gcc\nRUN apt-get purge -y gcc\nFROM a\nCOPY --from=build /x /x\n"

    assert read(RULE, staged) == ()
