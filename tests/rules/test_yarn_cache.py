"""yarn-cache fires on packages that Yarn kept."""

import pytest

from bot.model.advice import Ladder
from bot.rules.catalogue.yarn_cache import RULE
from tests.rules.world import config, look, picture, read, the

LEFT = "yarn install"


def test_image__claims_packages_with_exact_bytes():
    """What a layer above the base image holds of packages that Yarn kept is claimed, to the byte."""
    image = picture(
        f"FROM base\n  bin/sh 900\nRUN {LEFT}\n  usr/local/share/.cache/yarn/v6/a 120_000_000\n  app/main 50",
        config=config("/app/main"),
    )

    finding = the(look(RULE, image))

    assert (finding.claimed.live, finding.claims, finding.ladder) == (
        120_000_000,
        {(1, b"usr/local/share/.cache/yarn/v6/a")},
        Ladder.MEASURED,
    )


def test_image__does_not_claim_what_the_base_image_brought():
    """Bytes in the base image's layers are not this Dockerfile's to take back."""
    image = picture(
        "FROM base\n  usr/local/share/.cache/yarn/v6/a 120_000_000\nRUN true\n  app/main 50", config=config("/app/main")
    )

    assert look(RULE, image) == ()


def test_image__with_a_trifle_is_silent():
    """A few kilobytes are not worth a word."""
    assert look(RULE, picture(f"FROM base\n  bin/sh 900\nRUN {LEFT}\n  usr/local/share/.cache/yarn/v6/a 4000")) == ()


def test_image__claims_what_a_later_layer_hides():
    """Removed in a later layer the bytes are dead, and shipped all the same."""
    image = picture(
        f"FROM base\n  bin/sh 900\nRUN {LEFT}\n  usr/local/share/.cache/yarn/v6/a 120_000_000\nRUN rm -r /x\n  - usr/local/share/.cache/yarn/v6/a"
    )

    assert the(look(RULE, image)).claimed.dead == 120_000_000


def test_text__that_leaves_it_is_suspected():
    """Without an image the command that leaves it is pointed at, and no byte is claimed."""
    finding = the(read(RULE, f"FROM base\nRUN {LEFT}\n"))

    assert (finding.ladder, finding.lines, finding.claimed.total) == (Ladder.SUSPECTED, (2, 2), 0)


@pytest.mark.parametrize(
    "run",
    [
        "RUN yarn install && yarn cache clean",
        "RUN --mount=type=cache,target=/root/.cache/yarn yarn install",
        "ENV YARN_CACHE_FOLDER=/tmp/y\nRUN yarn install",
    ],
)
def test_text__that_prevents_or_cleans_is_silent(run: str):
    """Cleaning in the same RUN, a cache mount and another cache folder leave nothing."""
    assert read(RULE, f"FROM base\n{run}\n") == ()


def test_text__of_another_stage_is_silent():
    """What a stage leaves that the image is not made of costs nothing."""
    assert read(RULE, f"FROM base AS build\nRUN {LEFT}\nFROM base\nCOPY --from=build /app /app\n") == ()


def test_patch__appends_the_cleaning():
    """The patch changes the RUN that leaves it, and nothing else."""
    dockerfile = f"FROM base\n# keep me\nRUN {LEFT}\nUSER app\n"
    image = picture(
        f"FROM base\n  bin/sh 9\nRUN {LEFT}\n  usr/local/share/.cache/yarn/v6/a 120_000_000", dockerfile=dockerfile
    )

    patch = the(look(RULE, image)).patch

    changed = [line for line in patch.split("\n")[4:] if line.startswith(("+", "-"))]
    assert changed == [f"-RUN {LEFT}", "+RUN yarn install && yarn cache clean"]
