"""multi-stage-dotnet fires on the .NET SDK under a program that needs a runtime."""

import pytest

from bot.rules.catalogue.multi_stage_dotnet import RULE
from tests.rules.world import config, look, picture, read, the

DOCKERFILE = """\
FROM mcr.microsoft.com/dotnet/sdk:9.0
COPY . /src
RUN dotnet publish -o /app
CMD ["x"]
"""

PICTURE = """
FROM mcr.microsoft.com/dotnet/sdk:9.0
  usr/share/dotnet/sdk/9.0/a.dll 300000000
  usr/share/dotnet/shared/a.dll 70000000
RUN dotnet publish -o /app
  root/.nuget/packages/a.dll 60000000
  app/app.dll 9000
"""


def test_image__claims_the_toolchain_and_what_it_left():
    """The toolchain in the base image counts as base bytes, since the way out is another base image; the rest is live."""
    finding = the(look(RULE, picture(PICTURE, config=config("dotnet /app/app.dll"), dockerfile=DOCKERFILE)))

    assert (finding.claimed.live, finding.claimed.base_image) == (60_000_000, 300_000_000)
    assert finding.lines == (1, 4)
    assert finding.patch == ""


@pytest.mark.parametrize("command", ["dotnet run", "dotnet watch", "bash"])
def test_image__that_exists_for_the_toolchain_is_silent(command: str):
    """Starting one of its tools, a shell, or nothing means that the toolchain is there on purpose."""
    assert look(RULE, picture(PICTURE, config=config(command), dockerfile=DOCKERFILE)) == ()


def test_image__without_a_build_in_the_final_stage_is_silent():
    """Where the final stage builds nothing the toolchain may be what the program needs."""
    dockerfile = 'FROM mcr.microsoft.com/dotnet/sdk:9.0\nCOPY app /app\nRUN true\nCMD ["x"]\n'

    assert look(RULE, picture(PICTURE, config=config("dotnet /app/app.dll"), dockerfile=dockerfile)) == ()


def test_image__without_the_toolchain_is_silent():
    """The command alone proves nothing: there must be bytes."""
    assert (
        look(
            RULE,
            picture(
                "FROM mcr.microsoft.com/dotnet/sdk:9.0\n  bin/sh 9\nRUN dotnet publish -o /app\n  app/main 90000000",
                dockerfile=DOCKERFILE,
            ),
        )
        == ()
    )


def test_text__that_builds_in_the_final_stage_is_suspected():
    """Without an image the RUN that builds is pointed at."""
    assert the(read(RULE, DOCKERFILE)).lines == (3, 3)


def test_text__that_builds_in_an_earlier_stage_is_silent():
    """A stage that only hands over its result is the way it should be."""
    staged = DOCKERFILE.replace(
        "FROM mcr.microsoft.com/dotnet/sdk:9.0", "FROM mcr.microsoft.com/dotnet/sdk:9.0 AS build"
    ).replace("CMD", "FROM small\nCOPY --from=build /app /app\nCMD")

    assert read(RULE, staged) == ()
    assert (
        look(RULE, picture("FROM small\n  x 9\nCOPY --from=build /app /app\n  app/x 9000000", dockerfile=staged)) == ()
    )
