"""Findings are ranked, added up as a union, and can be told to be quiet."""

from dataclasses import replace

import pytest

from bot.dockerfile import parse
from bot.model.advice import Claim, ClaimedBytes, Finding, Ladder
from bot.model.bounds import MOST_FINDINGS
from bot.model.config import Suppression
from bot.rules.catalogue import RULES
from bot.rules.kit.evidence import gather
from bot.rules.kit.run_rules import (
    MOST_SUSPICIONS,
    rank,
    read_ignores,
    run,
    suppress,
    suspect,
    union,
    without_repetitions,
)
from tests.rules.world import config, picture


def finding(rule: str, live: int, *, confidence: float = 1.0, new: bool = True, line: int = 1) -> Finding:
    """Make a finding of one layer's bytes."""
    return Finding(
        rule,
        Ladder.MEASURED,
        "",
        "",
        ClaimedBytes(live=live),
        lines=(line, line),
        confidence=confidence,
        from_this_change=new,
    )


def test_rank__puts_what_the_change_brought_first_then_bytes_by_confidence():
    """A small finding of this change stands above a large old one; doubt lowers a large one."""
    old, sure, doubtful = finding("a", 900, new=False), finding("b", 50), finding("c", 80, confidence=0.5)

    assert rank([old, doubtful, sure]) == (sure, doubtful, old)


def test_rank__puts_a_toolchain_before_trifles_that_the_change_brought():
    """While a toolchain ships, what weighs little beside it comes after it, whoever brought which."""
    toolchain, trifle, other = finding("go", 900, new=False), finding("lists", 50), finding("cache", 400)

    assert rank([trifle, toolchain, other], {"go"}) == (other, toolchain, trifle)


def test_repetitions__of_one_toolchain_are_told_once():
    """A finding whose bytes a better one claims is dropped, unless it alone has a way out for them."""
    both = frozenset({Claim(1, b"y"), Claim(1, b"z")})
    whole = replace(finding("whole", 12), claims=both)
    part = replace(finding("part", 7), claims=frozenset({Claim(1, b"z")}))
    solved = replace(part, patch="a patch")
    more = replace(finding("more", 9), claims=frozenset({Claim(1, b"z"), Claim(0, b"x")}))

    assert without_repetitions([whole, part, more]) == (whole, more)
    assert without_repetitions([whole, solved]) == (whole, solved)
    assert without_repetitions([replace(whole, patch="better"), solved])[1:] == ()
    assert without_repetitions([replace(whole, suppressed="x"), part])[1:] == (part,)


def test_union__counts_each_byte_once():
    """Two findings that claim the same file claim it once."""
    evidence = gather(picture("FROM a\n  x 9\nRUN b\n  y 5\n  z 7"), None)
    one = replace(finding("a", 12), claims=frozenset({Claim(1, b"y"), Claim(1, b"z")}))
    other = replace(finding("b", 16), claims=frozenset({Claim(1, b"z"), Claim(0, b"x")}))

    assert union([one, other], evidence) == ClaimedBytes(live=12, base_image=9)


def test_union__leaves_suppressed_findings_out():
    """What is ignored claims nothing."""
    evidence = gather(picture("FROM a\n  x 9"), None)
    quiet = replace(finding("a", 9), claims=frozenset({Claim(0, b"x")}), suppressed="on purpose")

    assert union([quiet], evidence) == ClaimedBytes()


DOCKERFILE = """\
FROM a
# deadweight: ignore=pip-cache,apt-lists the cache is used at run time
RUN pip install x
RUN pip install y \\
  # deadweight: ignore=npm-cache
  && true
"""


def test_ignores__speak_of_the_instruction_below_them():
    """A comment names rules and a reason, above an instruction or inside of it."""
    ignores = read_ignores(parse(DOCKERFILE))

    assert [(one.rule, one.reason, one.target) for one in ignores] == [
        ("pip-cache", "the cache is used at run time", (3, 3)),
        ("apt-lists", "the cache is used at run time", (3, 3)),
        ("npm-cache", "", (4, 6)),
    ]


def test_suppress__marks_by_place_and_notes_what_met_nothing():
    """Only the finding at that instruction is marked; an ignore that meets nothing is told."""
    here, elsewhere = finding("pip-cache", 5, line=3), finding("pip-cache", 5, line=4)

    marked, notes = suppress([here, elsewhere], read_ignores(parse(DOCKERFILE)), ())

    assert [one.suppressed for one in marked] == ["the cache is used at run time", ""]
    assert notes == (
        "Line 2 of the Dockerfile ignores apt-lists, which found nothing there.",
        "Line 5 of the Dockerfile ignores npm-cache, which found nothing there.",
    )


def test_suppress__by_configuration_marks_everywhere():
    """The configuration silences a rule wherever it speaks, and is told where it did not."""
    used = Suppression("pip-cache", "*", "we cache", "deadweight.toml:4")
    unused = Suppression("git-clone", "*", "", "deadweight.toml:9")

    marked, notes = suppress([finding("pip-cache", 5)], (), (used, unused))

    assert marked[0].suppressed == "we cache"
    assert notes == ("deadweight.toml:9 ignores git-clone, which found nothing.",)


def test_suspect__raises_no_more_than_a_report_may_hold():
    """A text that every rule suspects in every line costs neither memory nor time beyond what can be told."""
    text = "FROM a\n" + "# deadweight: ignore=pip-cache\nRUN pip install x && npm ci\n" * 2000
    dockerfile = parse(text)

    found = suspect(RULES, dockerfile)

    assert len(found) == MOST_SUSPICIONS == MOST_FINDINGS


HOSTILE = """
FROM python:3.12
  x 9
RUN <script>alert(1)</script> `rm -rf /` && pip install evil
  root/.cache/pip/](javascript:x)/@everyone 30000000
  app/.git/<img>/a 30000000
COPY . .
  app/.git/b 30000000
"""


def test_words__are_our_own():
    """Titles and advice hold no text of an image; what is foreign stands in the evidence alone."""
    findings = run(RULES, gather(picture(HOSTILE, config=config("/app/main")), None))

    said = " ".join(one.title + one.advice for one in findings)
    assert findings
    assert not any(word in said for word in ("script", "everyone", "evil", "<img>"))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_rule__never_says_saves(rule):
    """Only a built and measured rewrite may say that it saves; a rule speaks of what is there."""
    findings = run([rule], gather(picture(HOSTILE, config=config("/app/main")), None))

    assert all(one.ladder <= Ladder.MEASURED for one in findings)
    assert not any("saves" in one.title + one.advice for one in findings)


def test_claims__of_every_rule_are_exact():
    """What a finding says it claims is the sum of the keys that it claims, for every rule on one busy image."""
    evidence = gather(picture(HOSTILE, config=config("/app/main")), None)

    for one in run(RULES, evidence):
        keys = [evidence.files.at(claim) for claim in one.claims]
        assert one.claimed.total == sum(key.bytes for key in keys if key)
