"""apt-logs fires on logs and backups of dpkg and apt."""

from bot.model.advice import Ladder
from bot.rules.catalogue.apt_logs import RULE
from tests.rules.world import config, look, picture, the

LEFT = "apt-get install -y gcc"


def test_image__claims_logs_with_exact_bytes():
    """What a layer above the base image holds of logs and backups of dpkg and apt is claimed, to the byte."""
    image = picture(
        f"FROM base\n  bin/sh 900\nRUN {LEFT}\n  var/log/dpkg.log 2_000_000\n  app/main 50", config=config("/app/main")
    )

    finding = the(look(RULE, image))

    assert (finding.claimed.live, finding.claims, finding.ladder) == (
        2_000_000,
        {(1, b"var/log/dpkg.log")},
        Ladder.MEASURED,
    )


def test_image__does_not_claim_what_the_base_image_brought():
    """Bytes in the base image's layers are not this Dockerfile's to take back."""
    image = picture("FROM base\n  var/log/dpkg.log 2_000_000\nRUN true\n  app/main 50", config=config("/app/main"))

    assert look(RULE, image) == ()


def test_image__with_a_trifle_is_silent():
    """A few kilobytes are not worth a word."""
    assert look(RULE, picture(f"FROM base\n  bin/sh 900\nRUN {LEFT}\n  var/log/dpkg.log 4000")) == ()


def test_image__claims_what_a_later_layer_hides():
    """Removed in a later layer the bytes are dead, and shipped all the same."""
    image = picture(
        f"FROM base\n  bin/sh 900\nRUN {LEFT}\n  var/log/dpkg.log 2_000_000\nRUN rm -r /x\n  - var/log/dpkg.log"
    )

    assert the(look(RULE, image)).claimed.dead == 2_000_000
