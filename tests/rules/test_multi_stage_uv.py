"""multi-stage-uv fires on uv that stayed after the install."""

import pytest

from bot.rules.catalogue.multi_stage_uv import RULE
from tests.rules.world import config, look, picture, read, the

DOCKERFILE = """\
FROM python:3.12-slim
COPY . /src
RUN uv sync
CMD ["x"]
"""

PICTURE = """
FROM python:3.12-slim
  bin/sh 900
RUN uv sync
  usr/local/bin/uv 38000000
  root/.cache/uv/a.whl 90000000
  app/.venv/bin/app 100
"""


def test_image__claims_the_toolchain_and_what_it_left():
    """Uv and its cache are claimed, the environment that it made is not."""
    finding = the(look(RULE, picture(PICTURE, config=config("/app/.venv/bin/app"), dockerfile=DOCKERFILE)))

    assert (finding.claimed.live, finding.claimed.base_image) == (128_000_000, 0)
    assert finding.lines == (1, 4)
    assert finding.patch == ""


@pytest.mark.parametrize("command", ["uv run app", "bash", ""])
def test_image__that_exists_for_the_toolchain_is_silent(command: str):
    """Starting one of its tools, a shell, or nothing means that the toolchain is there on purpose."""
    assert look(RULE, picture(PICTURE, config=config(command), dockerfile=DOCKERFILE)) == ()


def test_image__without_a_build_in_the_final_stage_is_silent():
    """Where the final stage builds nothing the toolchain may be what the program needs."""
    dockerfile = 'FROM python:3.12-slim\nCOPY app /app\nRUN true\nCMD ["x"]\n'

    assert look(RULE, picture(PICTURE, config=config("/app/.venv/bin/app"), dockerfile=dockerfile)) == ()


def test_image__without_the_toolchain_is_silent():
    """The command alone proves nothing: there must be bytes."""
    assert (
        look(
            RULE, picture("FROM python:3.12-slim\n  bin/sh 9\nRUN uv sync\n  app/main 90000000", dockerfile=DOCKERFILE)
        )
        == ()
    )


def test_text__that_builds_in_the_final_stage_is_suspected():
    """Without an image the RUN that builds is pointed at."""
    assert the(read(RULE, DOCKERFILE)).lines == (3, 3)


def test_text__that_builds_in_an_earlier_stage_is_silent():
    """A stage that only hands over its result is the way it should be."""
    staged = DOCKERFILE.replace("FROM python:3.12-slim", "FROM python:3.12-slim AS build").replace(
        "CMD", "FROM small\nCOPY --from=build /app /app\nCMD"
    )

    assert read(RULE, staged) == ()
    assert (
        look(RULE, picture("FROM small\n  x 9\nCOPY --from=build /app /app\n  app/x 9000000", dockerfile=staged)) == ()
    )
