"""documentation fires on manuals and translations above the base image."""

from bot.rules.catalogue.documentation import RULE
from tests.rules.world import look, picture, the


def test_image__claims_manuals_but_no_licence():
    """Manuals and translations are claimed, licences must stay."""
    image = picture("""
FROM a
  usr/share/doc/base/a 90000000
RUN apt-get install -y x
  usr/share/doc/x/manual.html 8000000
  usr/share/doc/x/copyright 5000000
  usr/share/locale/de/x.mo 4000000
""")

    finding = the(look(RULE, image))

    assert (finding.claimed.live, finding.claimed.base_image) == (12_000_000, 0)


def test_image__with_little_is_silent():
    """A few manuals are not worth a change."""
    assert look(RULE, picture("FROM a\n  x 9\nRUN x\n  usr/share/man/man1/a 900000")) == ()
