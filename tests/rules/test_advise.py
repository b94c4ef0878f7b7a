"""explanation → advice."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.dockerfile import parse
from bot.model.advice import Advice, Ladder
from bot.model.build import Absent, BuildFailure, FailureKind, Unbuilt
from bot.model.config import Suppression
from bot.model.explain import Difference, Explanation, Failed, MeasuredPair, Side
from bot.rules.catalogue import RULES
from bot.rules.kit.evidence import gather
from bot.rules.kit.run_rules import suspect
from bot.stages.advise import advise
from tests.rules.world import picture

FRAGMENTS = (
    "RUN apt-get update && apt-get install",
    "RUN pip install && apt && rm",
    'RUN ["npm"]',
    "RUN <<E\napt-get install -y gcc\nE",
    "RUN git clone && make && go build",
    "RUN '",
    "RUN chown -R x && chmod && mv",
    "COPY a",
    "COPY a.tar.gz /",
    "COPY --from=b / /",
    "ADD http://x/y.tgz /",
    "RUN tar && unzip",
    "CMD",
    "CMD []",
    'CMD ["/app"]',
    "CMD [",
    "ENTRYPOINT exec",
    "ENV A=$B",
    "USER",
    "ONBUILD RUN apt-get update",
    "FROM b",
    "FROM scratch AS c",
    "FROM node:20",
    "FROM python:3.12 AS b",
)
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


FAILED = """\
FROM debian
RUN apt-get update && apt-get install -y curl
RUN pip install x
# deadweight: ignore=npm-cache,useradd-log
RUN npm ci
FROM scratch
"""


def failed(target: str = "", text: str = FAILED) -> Failed:
    """A head that does not build, whose Dockerfile could be read."""
    failure = BuildFailure(
        FailureKind.INSTRUCTION, "x", "api/Dockerfile", (5, 5), dockerfile=parse(text), target=target
    )
    return Failed("x", failure)


def test_advise__suspects_from_the_text_of_a_head_that_did_not_build():
    """Each suspicion has its file and lines, claims nothing, and never is what the change brought."""
    advice = advise(explanation(failed("0"), HEAD), ())

    assert [(one.rule, one.file, one.lines) for one in advice.findings if not one.suppressed] == [
        ("apt-lists", "api/Dockerfile", (2, 2)),
        ("pip-cache", "api/Dockerfile", (3, 3)),
    ]
    assert {(one.ladder, one.claimed.total, one.from_this_change) for one in advice.findings} == {
        (Ladder.SUSPECTED, 0, False)
    }
    assert advice.claimed.total == 0


def test_advise__suspects_only_the_stage_that_was_to_be_built():
    """What a stage does that no layer comes from is not suspected, and of a stage that is not there nothing is known."""
    assert advise(explanation(failed()), ()).findings == ()
    assert advise(explanation(failed("nowhere")), ()).findings == ()


def test_advise__ignores_suspicions_that_the_dockerfile_or_the_configuration_ignores():
    """An ignored suspicion is marked; that nothing else was found is not said, because no image was looked at."""
    unused = Suppression("git-clone", "*", "", "deadweight.toml:9")
    advice = advise(explanation(failed("0")), (Suppression("pip-cache", "*", "we cache", ""), unused))

    assert {one.rule: one.suppressed for one in advice.findings} == {
        "apt-lists": "",
        "npm-cache": "no reason given",
        "pip-cache": "we cache",
    }
    assert advice.notes == ()


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=9))
def test_suspect__survives_any_dockerfile(fragments: list[str]):
    """Whatever a Dockerfile holds that can be parsed, each rule looks at it and no finding is without a line."""
    found = suspect(RULES, parse("\n".join(["FROM a AS b", *fragments])))

    assert all(one.lines is not None for one in found)


def test_advise__says_nothing_of_what_was_not_measured():
    """A side that could not be read, or an image that nothing changed, gets no findings."""
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
