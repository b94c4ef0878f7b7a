"""layer-count notes very many layers and claims no byte."""

from bot.rules.catalogue.layer_count import MANY_LAYERS, RULE
from tests.rules.world import look, picture, the


def layers(count: int) -> str:
    """Draw an image with so many layers of its own."""
    return "FROM a\n  x 9\n" + "".join(f"RUN {number}\n  f{number} 9000000\n" for number in range(count))


def test_image__with_very_many_layers_is_noted_without_bytes():
    """The number is told; layers themselves weigh nothing."""
    finding = the(look(RULE, picture(layers(MANY_LAYERS + 1))))

    assert (finding.claimed.total, finding.claims) == (0, frozenset())
    assert finding.evidence == (("layers above the base image", MANY_LAYERS + 1),)


def test_image__with_fewer_is_silent():
    """Many small steps are a matter of taste."""
    assert look(RULE, picture(layers(MANY_LAYERS))) == ()
