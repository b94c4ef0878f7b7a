"""useradd-log fires on login records."""

from bot.model.advice import Ladder
from bot.rules.catalogue.useradd_log import RULE
from tests.rules.world import config, look, picture, the

LEFT = "useradd -u 1000000 app"


def test_image__claims_records_with_exact_bytes():
    """What a layer above the base image holds of login records is claimed, to the byte."""
    image = picture(
        f"FROM base\n  bin/sh 900\nRUN {LEFT}\n  var/log/lastlog 300_000_000\n  app/main 50", config=config("/app/main")
    )

    finding = the(look(RULE, image))

    assert (finding.claimed.live, finding.claims, finding.ladder) == (
        300_000_000,
        {(1, b"var/log/lastlog")},
        Ladder.MEASURED,
    )


def test_image__does_not_claim_what_the_base_image_brought():
    """Bytes in the base image's layers are not this Dockerfile's to take back."""
    image = picture("FROM base\n  var/log/lastlog 300_000_000\nRUN true\n  app/main 50", config=config("/app/main"))

    assert look(RULE, image) == ()


def test_image__with_a_trifle_is_silent():
    """A few kilobytes are not worth a word."""
    assert look(RULE, picture(f"FROM base\n  bin/sh 900\nRUN {LEFT}\n  var/log/lastlog 4000")) == ()


def test_image__claims_what_a_later_layer_hides():
    """Removed in a later layer the bytes are dead, and shipped all the same."""
    image = picture(
        f"FROM base\n  bin/sh 900\nRUN {LEFT}\n  var/log/lastlog 300_000_000\nRUN rm -r /x\n  - var/log/lastlog"
    )

    assert the(look(RULE, image)).claimed.dead == 300_000_000
