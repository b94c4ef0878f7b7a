"""jlink-runtime offers a trial where Java's whole module image is shipped."""

import pytest

from bot.rules.catalogue.jlink_runtime import RULE
from tests.rules.world import config, look, picture, read, the

PICTURE = "FROM eclipse-temurin:21-jre\n  opt/java/openjdk/lib/modules 130000000\nCOPY app.jar /\n  app.jar 9000"


def test_image__claims_the_modules_as_an_upper_bound():
    """The module image is claimed, called an upper bound, and ranked low."""
    finding = the(look(RULE, picture(PICTURE, config=config("java -jar /app.jar"))))

    assert finding.claimed.base_image == 130_000_000
    assert "Upper bound" in finding.advice
    assert finding.confidence < 0.5


def test_rewrite__that_may_be_larger_is_never_offered():
    """With some JDKs the result is larger: there is no patch, and the advice says so."""
    finding = the(look(RULE, picture(PICTURE, config=config("java -jar /app.jar"))))

    assert finding.patch == ""
    assert "larger" in finding.advice


@pytest.mark.parametrize("command", ["/app/start.sh", "node x.js", ""])
def test_image__that_does_not_start_java_is_silent(command: str):
    """Who else needs the runtime is unknown."""
    assert look(RULE, picture(PICTURE, config=config(command))) == ()


def test_image__with_a_small_runtime_is_silent():
    """A runtime that jlink made already is small."""
    assert look(RULE, picture("FROM x\n  opt/java/lib/modules 40000000", config=config("java -jar a.jar"))) == ()


def test_text__is_silent():
    """Text does not tell how large a runtime is."""
    assert read(RULE, 'FROM eclipse-temurin:21-jre\nCMD ["java", "-jar", "a.jar"]\n') == ()
