"""A compiled program in an image of its own: each of these shapes was built once, and something was missing."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.model.explain import Measurement
from bot.model.facts import ProgramKind
from bot.model.image import ImageConfig
from bot.rules.catalogue.multi_stage_go import RULE
from tests.rules.world import config, health, look, package, packed, picture, shell_config, started, the

BASE = "FROM golang:1.22\n  usr/local/go/bin/go 15000000\n  usr/bin/curl 300000\n"


def image(
    dockerfile: str,
    layers: str,
    start: ImageConfig,
    program: str,
    *libraries: str,
    kind: ProgramKind = ProgramKind.STATIC,
) -> Measurement:
    """Return an image on Debian 12 with a compiled program, and a health-check tool in its base image."""
    return packed(
        started(
            picture(BASE + layers, config=start, dockerfile=f"FROM golang:1.22\n{dockerfile}"),
            kind=kind,
            program=program.encode(),
            libraries=libraries,
            files=frozenset({program.encode()}),
        ),
        replace(package("deb", "base-files"), version="12.4+deb12u5"),
        package("deb", "curl", "usr/bin/curl"),
    )


def added(measured: Measurement) -> Sequence[str]:
    """List what the patch of the one finding adds, but for the name of the first stage."""
    lines = the(look(RULE, measured)).patch.splitlines()
    return [
        line[1:] for line in lines if line.startswith("+") and line[1:] and not line.startswith(("+++", "+FROM golang"))
    ]


def test_program_that_path_finds__is_named_by_its_place():
    """``CMD ["app"]`` relies on PATH of the build image: the new one is told where the program lies."""
    text = 'WORKDIR /go/src/app\nCOPY . .\nRUN go install -v ./...\nCMD ["hello", "-v"]\n'
    layers = "COPY . .\n  go/src/app/main.go 90\n  go/src/app/page.tmpl 90\nRUN go install\n  go/bin/hello 2000000\n"
    start = config("hello -v", working_dir="/go/src/app")

    assert added(image(text, layers, start, "go/bin/hello")) == [
        "FROM gcr.io/distroless/static-debian12",
        "COPY --from=builder /go/bin/hello /go/bin/hello",
        "COPY --from=builder /go/src/app/page.tmpl /go/src/app/page.tmpl",
        "WORKDIR /go/src/app",
        'CMD ["/go/bin/hello", "-v"]',
    ]


def test_other_programs_and_state__go_along():
    """A second program that the build installed, and what a RUN made for the program, are copied; caches are not."""
    text = 'COPY . /src\nRUN make\nRUN gateway migrate\nCMD ["gateway"]\n'
    layers = (
        "COPY . /src\n  src/main.go 90\nRUN make\n  usr/local/bin/gateway 2000000\n  usr/local/bin/renderer 2000000\n"
        "  root/.cache/go-build/a 90000000\nRUN gateway\n  srv/shop/shop.db 4096\n  var/log/x 9\n"
    )

    assert added(image(text, layers, config("gateway"), "usr/local/bin/gateway")) == [
        "FROM gcr.io/distroless/static-debian12",
        "COPY --from=builder /srv/shop /srv/shop",
        "COPY --from=builder /usr/local/bin/gateway /usr/local/bin/gateway",
        "COPY --from=builder /usr/local/bin/renderer /usr/local/bin/renderer",
    ]


def test_health_check_by_a_tool__keeps_a_distribution_with_it():
    """A health check by curl gets the slim image of the same Debian with curl, not one without a shell."""
    text = 'COPY . /src\nRUN make\nHEALTHCHECK CMD curl -f localhost\nCMD ["/app"]\n'
    start = config("/app", health_check=health("CMD-SHELL", "curl -f localhost"))

    lines = added(image(text, "RUN make\n  app 2000000\n", start, "app"))

    assert lines[:4] == [
        "FROM debian:bookworm-slim",
        "RUN apt-get update \\",
        "    && apt-get install -y --no-install-recommends curl \\",
        "    && rm -rf /var/lib/apt/lists/*",
    ]


def test_tools_that_were_installed_by_name__are_installed_again():
    """A package that the program may call is installed where it runs; what serves building is not."""
    text = 'RUN apt-get update && apt-get install -y ffmpeg gcc libc6-dev\nCOPY . /src\nRUN make\nCMD ["/app"]\n'

    lines = added(image(text, "RUN make\n  app 2000000\n", config("/app"), "app"))

    assert "    && apt-get install -y --no-install-recommends ffmpeg \\" in lines


def test_user__is_made_again_and_owns_its_files():
    """The RUN that makes a user is repeated before the files are copied, each with its owner."""
    text = 'RUN useradd -u 1000 app\nCOPY . /src\nRUN make\nUSER app\nCMD ["/srv/app"]\n'
    layers = "RUN make\n  srv/app 2000000 owner=1000\n"

    lines = added(image(text, layers, config("/srv/app", user="app"), "srv/app"))

    assert lines.index("RUN useradd -u 1000 app") < lines.index(
        "COPY --from=builder --chown=1000:1000 /srv/app /srv/app"
    )


@pytest.mark.parametrize(
    ("text", "start"),
    [
        (
            'COPY . /src\nRUN make\nENTRYPOINT ["./entrypoint.sh"]\nCMD ["/app"]\n',
            ImageConfig(("./entrypoint.sh",), ("/app",)),
        ),
        ("COPY . /src\nRUN make\n", config("/app")),
        ('RUN apt-get install -y $TOOLS\nCOPY . /src\nRUN make\nCMD ["/app"]\n', config("/app")),
        ('COPY . /src\nRUN make\nONBUILD COPY . /x\nCMD ["/app"]\n', config("/app")),
        ('COPY . /src\nRUN make\nUSER app\nCMD ["/app"]\n', config("/app", user="app")),
    ],
    ids=["an entry script", "no command of its own", "packages by a variable", "deferred", "a user from elsewhere"],
)
def test_what_is_not_certain__is_not_proposed(text: str, start: ImageConfig):
    """The finding stays, and is left to people, where a script, a variable or the base image decides."""
    assert the(look(RULE, image(text, "RUN make\n  app 2000000\n", start, "app"))).patch == ""


def test_proposal__says_what_it_alters():
    """That there will be no shell is said with the proposal; a shell-form command is written as words for that."""
    measured = image(
        "COPY . /src\nRUN make\nCMD /app -v\n", "RUN make\n  app 2000000\n", shell_config("/app -v"), "app"
    )

    finding = the(look(RULE, measured))

    assert finding.altered[0] == "runs without a shell and a package manager"
    assert '+CMD ["/app", "-v"]\n' in finding.patch


def test_too_many_files__are_left_to_people():
    """Where very many single files would have to be copied nothing is proposed."""
    files = "".join(f"  opt/{number}/x{number}.go 9\n  opt/{number}/data{number}.txt 9\n" for number in range(20))

    assert (
        the(
            look(
                RULE,
                image(
                    'COPY . /src\nRUN make\nCMD ["/app"]\n', f"RUN make\n  app 2000000\n{files}", config("/app"), "app"
                ),
            )
        ).patch
        == ""
    )
