"""layer-no-op fires on files that a later layer repeats as they were."""

from bot.rules.catalogue.layer_no_op import RULE
from tests.rules.world import look, picture, the


def test_image__claims_the_first_copy():
    """The same content with the same owner and mode again: nothing changed, and all bytes were shipped again."""
    image = picture("FROM a\n  x 9\nCOPY . /\n  b 20000000 =one\nRUN touch /b\n  b 20000000 =one")

    assert the(look(RULE, image)).claimed.dead == 20_000_000


def test_image__whose_metadata_changed_is_silent():
    """A changed owner belongs to another rule."""
    assert look(RULE, picture("FROM a\n  x 9\nCOPY . /\n  b 20000000 =one\nRUN x\n  b 20000000 =one owner=5")) == ()
