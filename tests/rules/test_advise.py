"""explanation → advice."""

from dataclasses import replace

from bot.dockerfile import parse
from bot.model.advice import Advice
from bot.model.build import Absent, Unbuilt
from bot.model.config import Suppression
from bot.model.explain import Difference, Explanation, Failed, MeasuredPair, Side
from bot.rules.kit.evidence import gather
from bot.stages.advise import advise
from tests.rules.world import picture

HEAD = picture("FROM a\n  bin/sh 9\nRUN pip install x\n  root/.cache/pip/a 30000000")


def explanation(head: Side | None, base: Side | None = None):
    """Explain a pair, without its decompositions: advice reads none of them."""
    pair = MeasuredPair("api", base or Absent(), head or Absent())
    return Explanation(Difference(pair, None, None, download_exact=False, layers=None), (), ())


def test_advise__finds_and_adds_up():
    """The head image is looked at by every rule, and what they claim is added up."""
    advice = advise(explanation(HEAD), ())

    assert [finding.rule for finding in advice.findings] == ["pip-cache"]
    assert advice.claimed.live == 30_000_000


def test_advise__knows_what_the_change_brought():
    """Against a base with the same cache the finding is old; against a base that was not measured nothing is known."""
    same = advise(explanation(HEAD, HEAD), ())
    unknown = advise(explanation(HEAD, Failed("no baseline")), ())
    new = advise(explanation(HEAD, picture("FROM a\n  bin/sh 9")), ())

    assert [one.findings[0].from_this_change for one in (same, unknown, new)] == [False, False, True]


def test_advise__says_nothing_of_what_was_not_measured():
    """A side that failed, or an image that nothing changed, gets no findings."""
    for what in (explanation(Failed("x")), explanation(None), explanation(Unbuilt(), Unbuilt())):
        assert advise(what, ()) == Advice(what)


def test_advise__reads_from_as_this_side_was_built():
    """A rule sees the base image that the build arguments chose, not the one that the Dockerfile names by default."""
    text = "ARG VARIANT=3.13\nFROM python:${VARIANT}\nRUN x\n"
    image = picture("FROM python:3.13-slim\n  usr/bin/python3 9\nRUN x\n  app/x 30", dockerfile=text)
    built = replace(image, dockerfile=parse(text, build_arguments={"VARIANT": "3.13-slim"}))

    assert gather(built, None).stage.base_expanded == "python:3.13-slim"


def test_advise__honours_suppressions_of_this_image_alone():
    """A suppression for another image's name does not apply, and is not called unused here."""
    here = Suppression("pip-cache", "a*", "we need it", "deadweight.toml:3")
    elsewhere = Suppression("pip-cache", "web", "x", "deadweight.toml:4")

    advice = advise(explanation(HEAD), (here, elsewhere))

    assert (advice.findings[0].suppressed, advice.claimed.total, advice.notes) == ("we need it", 0, ())


def test_advise__survives_a_dockerfile_that_does_not_parse():
    """The image was built by someone who could read it; advice goes by the bytes alone."""
    advice = advise(explanation(replace(HEAD, dockerfile=None)), ())

    assert [finding.rule for finding in advice.findings] == ["pip-cache"]
