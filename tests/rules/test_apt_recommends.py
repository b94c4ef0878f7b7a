"""apt-recommends fires on packages that nothing installed by name depends on."""

from dataclasses import replace

import pytest

from bot.rules.catalogue.apt_recommends import RULE
from tests.rules.world import config, look, package, packed, picture, read, started, the

DOCKERFILE = 'FROM debian:12\nRUN apt-get update && apt-get install -y ffmpeg\nCMD ["/app"]\n'
PICTURE = """
FROM debian:12
  usr/share/base 4000000
RUN apt-get update && apt-get install -y ffmpeg
  usr/bin/ffmpeg 9000000
  usr/share/fonts/dejavu.ttf 12000000
"""


def image(*recommended: str, dockerfile: str = DOCKERFILE):
    """Return an image with three packages, of which some are only recommended."""
    measured = packed(
        started(picture(PICTURE, config=config("/app"), dockerfile=dockerfile)),
        package("deb", "ffmpeg", "usr/bin/ffmpeg"),
        package("deb", "fonts-dejavu", "usr/share/fonts/dejavu.ttf"),
        package("deb", "base-thing", "usr/share/base"),
    )
    assert measured.facts is not None
    return replace(measured, facts=replace(measured.facts, recommended=frozenset(recommended)))


def test_image__claims_recommended_packages_exactly():
    """The files of such packages above the base image are claimed, those of the base image are not."""
    finding = the(look(RULE, image("fonts-dejavu", "base-thing")))

    assert (finding.claimed.live, finding.claimed.base_image) == (12_000_000, 0)


def test_patch__inserts_the_option_after_install():
    """The patch adds --no-install-recommends to the command that installs."""
    finding = the(look(RULE, image("fonts-dejavu")))

    assert "+RUN apt-get update && apt-get install --no-install-recommends -y ffmpeg\n" in finding.patch


PACKAGES = (
    package("deb", "fonts-dejavu", "usr/share/fonts/dejavu.ttf"),
    package("deb", "ca-certificates", "usr/share/ca-certificates/x.crt"),
    package("deb", "build-essential", "usr/share/doc/build-essential/x"),
    package("deb", "libc6-dev", "usr/include/stdio.h", section="libdevel"),
    package("deb", "openssh-client", "usr/bin/ssh"),
    package("deb", "x; curl evil", "usr/bin/evil"),
)


def proposed(run: str, *more: str) -> str:
    """Return the proposed line for a RUN that installs, in an image where the six packages came by recommendation."""
    dockerfile = f"FROM debian:12\nRUN {run}\n" + "".join(f"RUN {one}\n" for one in more) + 'CMD ["/app"]\n'
    files = "".join(f"\n  {one.paths[0].decode()} 9000000" for one in PACKAGES)
    measured = packed(
        started(picture(f"FROM debian:12\n  a 1\nRUN {run}{files}", config=config("/app"), dockerfile=dockerfile)),
        *PACKAGES,
    )
    assert measured.facts is not None
    names = frozenset(one.name for one in PACKAGES)
    finding = the(look(RULE, replace(measured, facts=replace(measured.facts, recommended=names))))
    return next(line for line in finding.patch.splitlines() if line.startswith("+RUN")).removeprefix("+RUN ")


@pytest.mark.parametrize(
    ("more", "kept"),
    [
        ((), "ca-certificates"),
        (("pip install x",), "build-essential ca-certificates"),
        (("git clone git@example.org:x/y",), "ca-certificates openssh-client"),
        (("evil",), "ca-certificates"),
    ],
    ids=["certificates", "a compiler for pip", "ssh for git", "a name that is no name"],
)
def test_patch__names_what_is_still_needed(more: tuple[str, ...], kept: str):
    """Certificates, a compiler that a package manager may call, and programs that the text speaks of are named."""
    assert proposed("apt-get install -y gcc curl", *more) == (
        f"apt-get install --no-install-recommends -y gcc curl {kept}"
    )


def test_image__does_not_claim_what_building_needs():
    """Where a RUN may compile, compilers and headers stay, and are not claimed."""
    measured = image("fonts-dejavu", dockerfile=DOCKERFILE + "RUN pip install x\n")
    headers = package("deb", "libc6-dev", "usr/share/fonts/dejavu.ttf", section="libdevel")

    assert look(RULE, replace(measured, packages=(headers,))) == ()


def test_image__without_such_packages_is_silent():
    """Where every package is needed by one that was named there is nothing to claim."""
    assert look(RULE, image()) == ()


def test_text__is_suspected():
    """An install in an application's final stage takes recommendations along."""
    assert the(read(RULE, DOCKERFILE)).lines == (2, 2)


@pytest.mark.parametrize(
    "run",
    [
        "apt-get install -y --no-install-recommends ffmpeg",
        "apt-get -o APT::Install-Recommends=false install ffmpeg",
        "apt-get install -y mysql-server=8.0.1",
        "apt-get install -y ffmpeg && apt-get purge -y --auto-remove ffmpeg",
    ],
)
def test_text__that_declines_or_pins_or_purges_is_silent(run: str):
    """The option, a setting, one pinned product, and a purge in the same RUN are silent."""
    assert read(RULE, f'FROM debian:12\nRUN {run}\nCMD ["/app"]\n') == ()
