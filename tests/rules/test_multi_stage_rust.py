"""multi-stage-rust fires on a Rust toolchain that came along."""

import pytest

from bot.rules.catalogue.multi_stage_rust import RULE
from tests.rules.world import config, look, picture, read, the

DOCKERFILE = """\
FROM rust:1.83
COPY . /src
RUN cargo build --release
CMD ["x"]
"""

PICTURE = """
FROM rust:1.83
  usr/local/rustup/toolchains/s/bin/rustc 5000000
  usr/local/rustup/toolchains/s/lib/libstd.so 500000000
RUN cargo build --release
  usr/local/cargo/registry/a.crate 30000000
  src/target/release/deps/a.rlib 200000000
  src/target/release/app 9000000
"""


def test_image__claims_the_toolchain_and_what_it_left():
    """The toolchain in the base image counts as base bytes, since the way out is another base image; the rest is live."""
    finding = the(look(RULE, picture(PICTURE, config=config("/src/target/release/app"), dockerfile=DOCKERFILE)))

    assert (finding.claimed.live, finding.claimed.base_image) == (230_000_000, 505_000_000)
    assert finding.lines == (1, 4)
    assert finding.patch == ""


def test_image__that_runs_its_program_through_cargo_is_found():
    """``cargo run`` of what the same stage built only starts it; without such a build it is development."""
    image = picture(PICTURE, config=config("cargo run"), dockerfile=DOCKERFILE)
    development = picture(PICTURE, config=config("cargo run"), dockerfile=DOCKERFILE.replace("build", "fetch"))

    assert the(look(RULE, image)).claimed.base_image == 505_000_000
    assert look(RULE, development) == ()


@pytest.mark.parametrize("command", ["bash", "", "cargo-watch"])
def test_image__that_exists_for_the_toolchain_is_silent(command: str):
    """Starting one of its tools, a shell, or nothing means that the toolchain is there on purpose."""
    assert look(RULE, picture(PICTURE, config=config(command), dockerfile=DOCKERFILE)) == ()


def test_image__without_a_build_in_the_final_stage_is_silent():
    """Where the final stage builds nothing the toolchain may be what the program needs."""
    dockerfile = 'FROM rust:1.83\nCOPY app /app\nRUN true\nCMD ["x"]\n'

    assert look(RULE, picture(PICTURE, config=config("/src/target/release/app"), dockerfile=dockerfile)) == ()


def test_image__without_the_toolchain_is_silent():
    """The command alone proves nothing: there must be bytes."""
    assert (
        look(
            RULE,
            picture(
                "FROM rust:1.83\n  bin/sh 9\nRUN cargo build --release\n  app/main 90000000", dockerfile=DOCKERFILE
            ),
        )
        == ()
    )


def test_text__that_builds_in_the_final_stage_is_suspected():
    """Without an image the RUN that builds is pointed at."""
    assert the(read(RULE, DOCKERFILE)).lines == (3, 3)


def test_text__that_builds_in_an_earlier_stage_is_silent():
    """A stage that only hands over its result is the way it should be."""
    staged = DOCKERFILE.replace("FROM rust:1.83", "FROM rust:1.83 AS build").replace(
        "CMD", "FROM small\nCOPY --from=build /app /app\nCMD"
    )

    assert read(RULE, staged) == ()
    assert (
        look(RULE, picture("FROM small\n  x 9\nCOPY --from=build /app /app\n  app/x 9000000", dockerfile=staged)) == ()
    )
