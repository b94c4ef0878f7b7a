"""cargo-cache fires on crates and objects that a Rust build left."""

import pytest

from bot.model.advice import Ladder
from bot.rules.catalogue.cargo_cache import RULE
from tests.rules.world import config, look, picture, read, the

LEFT = "cargo build --release"


def test_image__claims_crates_with_exact_bytes():
    """What a layer above the base image holds of crates and objects that a Rust build left is claimed, to the byte."""
    image = picture(
        f"FROM base\n  bin/sh 900\nRUN {LEFT}\n  usr/local/cargo/registry/src/a.rs 200_000_000\n  app/main 50",
        config=config("/app/main"),
    )

    finding = the(look(RULE, image))

    assert (finding.claimed.live, finding.claims, finding.ladder) == (
        200_000_000,
        {(1, b"usr/local/cargo/registry/src/a.rs")},
        Ladder.MEASURED,
    )


def test_image__does_not_claim_what_the_base_image_brought():
    """Bytes in the base image's layers are not this Dockerfile's to take back."""
    image = picture(
        "FROM base\n  usr/local/cargo/registry/src/a.rs 200_000_000\nRUN true\n  app/main 50",
        config=config("/app/main"),
    )

    assert look(RULE, image) == ()


def test_image__with_a_trifle_is_silent():
    """A few kilobytes are not worth a word."""
    assert look(RULE, picture(f"FROM base\n  bin/sh 900\nRUN {LEFT}\n  usr/local/cargo/registry/src/a.rs 4000")) == ()


def test_image__claims_what_a_later_layer_hides():
    """Removed in a later layer the bytes are dead, and shipped all the same."""
    image = picture(
        f"FROM base\n  bin/sh 900\nRUN {LEFT}\n  usr/local/cargo/registry/src/a.rs 200_000_000\nRUN rm -r /x\n  - usr/local/cargo/registry/src/a.rs"
    )

    assert the(look(RULE, image)).claimed.dead == 200_000_000


def test_text__that_leaves_it_is_suspected():
    """Without an image the command that leaves it is pointed at, and no byte is claimed."""
    finding = the(read(RULE, f"FROM base\nRUN {LEFT}\n"))

    assert (finding.ladder, finding.lines, finding.claimed.total) == (Ladder.SUSPECTED, (2, 2), 0)


@pytest.mark.parametrize(
    "run",
    [
        "RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/src/target cargo build",
        "RUN cargo build && cargo clean",
        "RUN cargo install x && rm -rf $CARGO_HOME/registry",
    ],
)
def test_text__that_prevents_or_cleans_is_silent(run: str):
    """Cache mounts, cleaning and removal in the same RUN leave nothing."""
    assert read(RULE, f"FROM base\n{run}\n") == ()


def test_text__of_another_stage_is_silent():
    """What a stage leaves that the image is not made of costs nothing."""
    assert read(RULE, f"FROM base AS build\nRUN {LEFT}\nFROM base\nCOPY --from=build /app /app\n") == ()
