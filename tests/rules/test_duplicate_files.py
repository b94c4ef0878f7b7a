"""duplicate-files fires on large content that lives at several paths."""

from bot.rules.catalogue.duplicate_files import RULE
from tests.rules.world import look, package, packed, picture, the


def test_image__claims_every_copy_but_the_first():
    """Of three copies two could be links."""
    image = picture("FROM a\n  x 9\nCOPY . /\n  a/m 9000000 =m\n  b/m 9000000 =m\n  c/m 9000000 =m\n  d/n 9000000 =n")

    finding = the(look(RULE, image))

    assert finding.claimed.live == 18_000_000
    assert finding.evidence == (("/b/m", 9_000_000), ("/c/m", 9_000_000))


def test_image__with_small_copies_is_silent():
    """Licences and empty modules are alike everywhere."""
    files = "".join(f"  a/{number} 900000 =m\n" for number in range(20))

    assert look(RULE, picture(f"FROM a\n  x 9\nCOPY . /\n{files}")) == ()


def test_image__that_shadows_a_copy_is_silent():
    """A dead copy is not a duplicate but a repetition: other rules speak of it."""
    assert look(RULE, picture("FROM a\n  x 9\nCOPY . /\n  m 9000000 =m\nRUN touch m\n  m 9000000 =m")) == ()


def test_image__whose_packages_repeat_themselves_is_silent():
    """What packages of the distribution own is not repaired one by one."""
    image = picture(
        "FROM a\n  x 9\nRUN apt-get install git\n  usr/bin/git 9000000 =g\n  usr/lib/git-core/git 9000000 =g"
    )

    assert look(RULE, packed(image, package("deb", "git", "usr/bin/git", "usr/lib/git-core/git"))) == ()
