"""base-slim fires on a full language image under a program that builds nothing."""

from dataclasses import replace

import pytest

from bot.rules.catalogue.base_slim import RULE
from tests.rules.world import config, health, look, package, packed, picture, read, started, the

DOCKERFILE = 'FROM python:3.12\nCOPY . /app\nCMD ["python", "/app/x.py"]\n'
PICTURE = """
FROM python:3.12
  usr/lib/gcc/x/12/cc1 90000000
  usr/lib/x/libmagick.so 30000000
  usr/lib/x/libssl.so 4000000
COPY . /app
  app/x.py 900
"""


def image(dockerfile: str = DOCKERFILE, base: str = "python:3.12"):
    """Return an image on a full base, with packages for building and for running."""
    measured = packed(
        picture(PICTURE, config=config("python /app/x.py"), dockerfile=dockerfile),
        package("deb", "gcc-12", "usr/lib/gcc/x/12/cc1", section="devel"),
        package("deb", "imagemagick-6-common", "usr/lib/x/libmagick.so"),
        package("deb", "libssl3", "usr/lib/x/libssl.so", section="libs"),
    )
    return replace(measured, base_image=base)


def test_image__claims_packages_for_building_as_base_bytes():
    """Development packages of the base image are claimed, as an upper bound; libraries are not."""
    finding = the(look(RULE, image()))

    assert finding.claimed.base_image == 120_000_000
    assert "Upper bound" in finding.advice


def test_image__keeps_what_the_program_links():
    """A file that the start command is known to need is not claimed."""
    needed = started(image(), files=frozenset({b"usr/lib/x/libmagick.so"}))

    assert the(look(RULE, needed)).claimed.base_image == 90_000_000


@pytest.mark.parametrize(
    "base", ["python:3.12-slim", "python:3.12-alpine", "debian:12", "php:8.3-fpm", "golang:1.22", "me/python:3"]
)
def test_image__on_another_base_is_silent(base: str):
    """Slim and Alpine variants, images without a slim variant, and images of other people are silent."""
    assert look(RULE, image(base=base)) == ()


def installed(run: str, *more: str, wheels: frozenset[bytes] = frozenset(), check: str = ""):
    """Return an image in which a package manager installed something, with what reading its files told."""
    text = DOCKERFILE.replace("COPY", f"RUN {run}\nCOPY")
    measured = image(text)
    lines = PICTURE + f"RUN {run}\n  usr/local/lib/python3.12/site-packages/x.py 900\n" + "\n".join(more)
    start = config("python /app/x.py", health_check=health("CMD-SHELL", check) if check else None)
    again = picture(lines, config=start, dockerfile=text)
    known = started(replace(again, packages=measured.packages, base_image=measured.base_image), language="python")
    assert known.facts is not None
    return replace(known, facts=replace(known.facts, built_wheels=wheels))


@pytest.mark.parametrize("run", ["pip install -r r.txt", "npm ci", "poetry install", "python manage.py collectstatic"])
def test_image__whose_packages_were_not_compiled_gets_the_slim_variant(run: str):
    """A package manager alone needs no compiler: where nothing was compiled here the base is replaced."""
    finding = the(look(RULE, installed(run)))

    assert finding.claimed.base_image == 120_000_000
    assert "-FROM python:3.12\n+FROM python:3.12-slim\n" in finding.patch


@pytest.mark.parametrize(
    "other",
    [
        {"more": "  app/node_modules/x/build/Release/x.node 900"},
        {"more": "  usr/local/lib/python3.12/site-packages/y-1.dist-info/direct_url.json 90"},
        {"wheels": frozenset({b"usr/local/lib/python3.12/site-packages/y-1.dist-info/WHEEL"})},
        {"check": "curl -f http://localhost/"},
        {"run": "curl -O https://example.org/x && pip install x"},
    ],
    ids=["a native module", "from a repository", "a wheel of this machine", "a health check", "a tool"],
)
def test_image__that_needs_more_than_slim_gets_no_patch(other: dict):
    """What was compiled, came from git, or calls a tool that the slim variant lacks is left to people."""
    more = (other["more"],) if "more" in other else ()
    finding = the(
        look(
            RULE,
            installed(
                other.get("run", "pip install x"),
                *more,
                wheels=other.get("wheels", frozenset()),
                check=other.get("check", ""),
            ),
        )
    )

    assert finding.patch == ""


@pytest.mark.parametrize("run", ["pip install -r r.txt", "git clone https://example.org/x", "make"])
def test_image__that_builds_is_silent(run: str):
    """A final stage that clones or compiles needs what the full image has, and of one not looked into nothing is known."""
    assert look(RULE, image(DOCKERFILE.replace("COPY", f"RUN {run}\nCOPY"))) == ()


def test_text__is_suspected():
    """A full image that only gets files and starts a program is pointed at."""
    assert the(read(RULE, DOCKERFILE)).lines == (1, 1)
    assert read(RULE, DOCKERFILE.replace("3.12", "3.12-slim")) == ()
    assert read(RULE, "FROM python:3.12\nCOPY . /app\n") == ()
