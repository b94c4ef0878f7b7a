"""layer-move fires on files that were moved after the layer that made them."""

from bot.rules.catalogue.layer_move import RULE
from tests.rules.world import look, picture, the


def test_image__claims_the_first_place():
    """The content is deleted at one path and put at another by one layer: both are shipped."""
    image = picture("FROM a\n  x 9\nCOPY . /\n  b 20000000 =one\nRUN mv /b /c\n  - b\n  c 20000000 =one")

    finding = the(look(RULE, image))

    assert (finding.claimed.dead, finding.evidence) == (20_000_000, (("/b", 20_000_000),))


def test_image__that_only_deletes_is_silent():
    """Deleting alone belongs to late-removal, also where the same content lives elsewhere already."""
    image = picture("FROM a\n  x 9\nCOPY . /\n  b 20000000 =one\n  c 20000000 =one\nRUN rm /b\n  - b")

    assert look(RULE, image) == ()
