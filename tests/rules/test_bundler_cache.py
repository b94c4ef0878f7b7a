"""bundler-cache fires on packed gems that Bundler kept."""

import pytest

from bot.model.advice import Ladder
from bot.rules.catalogue.bundler_cache import RULE
from tests.rules.world import config, look, picture, read, the

LEFT = "bundle install"


def test_image__claims_gems_with_exact_bytes():
    """What a layer above the base image holds of packed gems that Bundler kept is claimed, to the byte."""
    image = picture(
        f"FROM base\n  bin/sh 900\nRUN {LEFT}\n  usr/local/bundle/cache/rails.gem 12_000_000\n  app/main 50",
        config=config("/app/main"),
    )

    finding = the(look(RULE, image))

    assert (finding.claimed.live, finding.claims, finding.ladder) == (
        12_000_000,
        {(1, b"usr/local/bundle/cache/rails.gem")},
        Ladder.MEASURED,
    )


def test_image__does_not_claim_what_the_base_image_brought():
    """Bytes in the base image's layers are not this Dockerfile's to take back."""
    image = picture(
        "FROM base\n  usr/local/bundle/cache/rails.gem 12_000_000\nRUN true\n  app/main 50", config=config("/app/main")
    )

    assert look(RULE, image) == ()


def test_image__with_a_trifle_is_silent():
    """A few kilobytes are not worth a word."""
    assert look(RULE, picture(f"FROM base\n  bin/sh 900\nRUN {LEFT}\n  usr/local/bundle/cache/rails.gem 4000")) == ()


def test_image__claims_what_a_later_layer_hides():
    """Removed in a later layer the bytes are dead, and shipped all the same."""
    image = picture(
        f"FROM base\n  bin/sh 900\nRUN {LEFT}\n  usr/local/bundle/cache/rails.gem 12_000_000\nRUN rm -r /x\n  - usr/local/bundle/cache/rails.gem"
    )

    assert the(look(RULE, image)).claimed.dead == 12_000_000


def test_text__that_leaves_it_is_suspected():
    """Without an image the command that leaves it is pointed at, and no byte is claimed."""
    finding = the(read(RULE, f"FROM base\nRUN {LEFT}\n"))

    assert (finding.ladder, finding.lines, finding.claimed.total) == (Ladder.SUSPECTED, (2, 2), 0)


@pytest.mark.parametrize(
    "run",
    [
        "RUN bundle install && rm -rf /usr/local/bundle/cache",
        "RUN --mount=type=cache,target=/usr/local/bundle bundle install",
        "RUN bundle exec rake",
    ],
)
def test_text__that_prevents_or_cleans_is_silent(run: str):
    """Removal in the same RUN, a cache mount, and other uses of Bundler leave nothing."""
    assert read(RULE, f"FROM base\n{run}\n") == ()


def test_text__of_another_stage_is_silent():
    """What a stage leaves that the image is not made of costs nothing."""
    assert read(RULE, f"FROM base AS build\nRUN {LEFT}\nFROM base\nCOPY --from=build /app /app\n") == ()
