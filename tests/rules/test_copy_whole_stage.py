"""copy-whole-stage fires on by-products that COPY --from took along."""

from bot.rules.catalogue.copy_whole_stage import RULE
from tests.rules.world import look, picture, the


def test_image__claims_by_products_in_layers_copied_from_a_stage():
    """Repositories, objects and sources of compiled languages are claimed, the program is not."""
    image = picture("""
FROM base
  bin/sh 9
COPY --from=build /app /app
  app/.git/objects/pack/a 300000000
  app/target/release/deps/b.rlib 40000000
  app/src/main.rs 9000
  app/target/release/app 7000000
""")

    finding = the(look(RULE, image))

    assert finding.claimed.live == 340_009_000
    assert finding.evidence[0] == ("/app/.git/objects", 300_000_000)


def test_image__copied_from_the_context_belongs_to_other_rules():
    """What came from the build context is not this rule's."""
    assert look(RULE, picture("FROM base\n  bin/sh 9\nCOPY . /app\n  app/.git/objects/a 300000000")) == ()


def test_image__with_interpreted_sources_is_silent():
    """Sources of interpreted languages are the program."""
    assert look(RULE, picture("FROM base\n  bin/sh 9\nCOPY --from=build /app /app\n  app/a.py 90000000")) == ()
