"""Package managers and their verbs in the text of an instruction."""

import pytest

from bot.rules.catalogue.apt_late_purge import purges
from bot.rules.catalogue.apt_upgrade import upgrades
from tests.cpu import within_seconds_of_cpu


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("apt-get -y purge gcc", True),
        ("apt-get update && apk del x", True),
        ("apt-get update; purge x", False),
        ("purge apt-get", False),
        ("x | zypper -n erase y", True),
    ],
)
def test_purges__a_program_and_its_verb_in_one_command(text, expected):
    """The verb stands after the program, and no operator is between them."""
    assert purges(text) is expected


def test_upgrades__only_its_own_verbs():
    """Updating lists is no upgrade for apt, and is one for dnf."""
    assert (upgrades("apt-get update"), upgrades("dnf -y update"), upgrades("apk upgrade")) == (False, True, True)


def test_commands__that_never_purge():
    """A program's name four thousand times without a verb is read in one pass, in each of a hundred layers."""
    code = (
        "from bot.rules.catalogue.apt_late_purge import purges\nfrom bot.rules.catalogue.apt_upgrade import upgrades\n"
        "for n in range(100): assert not purges('apt ' * 4_000 + str(n)) and not upgrades('dnf ' * 4_000 + str(n))"
    )

    assert within_seconds_of_cpu(code)
