"""One image on several platforms: what one of them lacks is named, and nothing else is."""

from dataclasses import replace

from bot.compare.platforms import with_gaps_named
from bot.model.build import Absent
from bot.model.explain import Failed, MeasuredPair, Measurement
from bot.model.image import Platform
from tests import pictures
from tests.compare.measured import from_image, measured

ORIGINS = [from_image("FROM debian")]


def head(platform: str, *files: str) -> Measurement:
    """An image on a platform."""
    one = measured(pictures.image(*files), ORIGINS * len(files))
    return replace(one, image=replace(one.image, platform=Platform(*platform.split("/"))))


def notes(*pairs: MeasuredPair) -> list[tuple[str, ...]]:
    """What is said of each."""
    return [pair.notes for pair in with_gaps_named(pairs)]


def test_platform__that_lacks_a_program_says_which():
    """A program that one platform has and another has not is named at the one that lacks it."""
    whole = MeasuredPair(
        "api", Absent(), head("linux/amd64", "usr/bin/api 10\nusr/local/bin/helper 20\nlib/x86_64/a 1")
    )
    half = MeasuredPair("api", Absent(), head("linux/arm64", "usr/bin/api 30\nlib/aarch64/a 1"))

    assert notes(whole, half) == [
        (),
        ("linux/arm64 lacks what another platform of this image has: program helper.",),
    ]


def test_platform__alone_or_of_another_image_lacks_nothing():
    """Images are compared with themselves alone; one platform, or a side without numbers, lacks nothing."""
    one = MeasuredPair("api", Absent(), head("linux/amd64", "usr/bin/api 10"))
    other = MeasuredPair("web", Absent(), head("linux/arm64", "usr/bin/web 10"))
    failed = MeasuredPair("api", Absent(), Failed("does not build"))

    assert notes(one, other, failed) == [(), (), ()]
