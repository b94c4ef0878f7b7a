"""Two runs of an original against a candidate's: what is a difference, what is not, and what proves nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.model.verify import Answer, Behaviour, Check, CheckState, Run, WebPage
from bot.verify import checks_of, meaning_of

ROOT, API = WebPage(8080, "/"), WebPage(8080, "/api")
PAGE = b"<h1>visits: 1</h1>\n<p>welcome</p>\n"
SERVER = Run(
    output=b"2026-11-24 22:16:20 listening on 8080 (pid 7)\nready in 12ms\n",
    listening=frozenset({8080}),
    answers={ROOT: Answer(200, "text/html", PAGE), API: Answer(404, "application/json", b'{"error": "none"}')},
    health="healthy",
    users=frozenset({0}),
    written=frozenset({b"data/state", b"tmp/socket", b"app/__pycache__/main.pyc"}),
)
AGAIN = replace(SERVER, output=b"2026-11-24 22:16:31 listening on 8080 (pid 9)\nready in 9ms\n")
JOB = Run(exit_code=0, output=b"42 words\n", errors=b"")
COMMAND = Run(("tool", "certs"), exit_code=0, output=b"121 certificates\n")


def behaviour(*runs: Run) -> Behaviour:
    return Behaviour(runs)


def compared(
    candidate: Run, *, original: Run = SERVER, again: Run = AGAIN, altered: tuple[str, ...] = ()
) -> list[Check]:
    return list(checks_of((behaviour(original), behaviour(again)), behaviour(candidate), altered))


def failed(checks: list[Check]) -> set[str]:
    return {check.name for check in checks if check.state is CheckState.FAILED}


def not_made(checks: list[Check]) -> set[str]:
    return {check.name for check in checks if check.state is CheckState.NOT_MADE}


def answers(page: WebPage, answer: Answer) -> dict[WebPage, Answer]:
    return {**SERVER.answers, page: answer}


def test_candidate__that_does_the_same_passes_every_check():
    """A run whose times, processes and durations are others is alike in everything."""
    other = replace(SERVER, output=b"2026-11-25 01:02:03 listening on 8080 (pid 1)\nready in 340ms\n")

    checks = compared(other)

    assert {check.state for check in checks} == {CheckState.PASSED}
    assert {check.name for check in checks} == {
        *("exit", "output", "errors", "ports", "health", "page", "users", "written"),
    }


BREAKAGES = {
    "cannot be started": (Run(problem="exec ./entrypoint.sh: no such file or directory"), "start"),
    "ends at once": (replace(SERVER, exit_code=1, errors=b"permission denied\n"), "exit"),
    "ends with 0 instead of serving": (replace(SERVER, exit_code=0), "exit"),
    "runs out of memory": (replace(SERVER, out_of_memory=True), "memory"),
    "listens on nothing": (replace(SERVER, listening=frozenset()), "ports"),
    "listens on another port": (replace(SERVER, listening=frozenset({8081})), "ports"),
    "listens on one more port": (replace(SERVER, listening=frozenset({8080, 9000})), "ports"),
    "listens for itself alone": (replace(SERVER, loopback=frozenset({8080})), "ports"),
    "health check without its tool": (replace(SERVER, health="unhealthy", health_output=b"curl: not found"), "health"),
    "health check that never ends": (replace(SERVER, health="starting"), "health"),
    "health check that is lost": (replace(SERVER, health=""), "health"),
    "page is gone": (replace(SERVER, answers=answers(ROOT, Answer(404, "text/html", b"not found"))), "page"),
    "page breaks": (replace(SERVER, answers=answers(ROOT, Answer(500, "text/html", b"oops"))), "page"),
    "page is refused": (replace(SERVER, answers=answers(ROOT, Answer(0))), "page"),
    "page has another body": (replace(SERVER, answers=answers(ROOT, Answer(200, "text/html", b"<h1>hi</h1>"))), "page"),
    "page has another word": (
        replace(SERVER, answers=answers(ROOT, Answer(200, "text/html", PAGE.replace(b"welcome", b"welkom")))),
        "page",
    ),
    "page is empty": (replace(SERVER, answers=answers(ROOT, Answer(200, "text/html"))), "page"),
    "page has another type": (replace(SERVER, answers=answers(ROOT, Answer(200, "text/plain", PAGE))), "page"),
    "page was not asked": (replace(SERVER, answers={API: SERVER.answers[API]}), "page"),
    "missing page is found": (replace(SERVER, answers=answers(API, Answer(200, "application/json", b"{}"))), "page"),
    "says something else": (replace(AGAIN, output=b"2026-11-24 22:16:31 listening on 8080 (pid 9)\n"), "output"),
    "complains": (replace(SERVER, errors=b"warning: locale not found\n"), "errors"),
    "runs as another user": (replace(SERVER, users=frozenset({65532})), "users"),
    "writes no state": (replace(SERVER, written=frozenset()), "written"),
}


@pytest.mark.parametrize("breakage", BREAKAGES)
def test_breakage__is_noticed(breakage: str):
    """A candidate that is broken in one way fails the check that is about it."""
    candidate, name = BREAKAGES[breakage]

    assert name in failed(compared(candidate))


JOB_BREAKAGES = {
    "another number": (replace(JOB, output=b"41 words\n"), "output"),
    "another exit code": (replace(JOB, exit_code=3), "exit"),
    "nothing": (replace(JOB, output=b""), "output"),
    "still runs": (replace(JOB, exit_code=None), "exit"),
    "one line more": (replace(JOB, output=b"42 words\nmore\n"), "output"),
    "the line twice": (replace(JOB, output=b"42 words\n42 words\n"), "output"),
}


@pytest.mark.parametrize("breakage", JOB_BREAKAGES)
def test_breakage__of_a_job_is_noticed(breakage: str):
    """What a job writes is its work, so that numbers, order and repetition count."""
    candidate, name = JOB_BREAKAGES[breakage]

    assert name in failed(compared(candidate, original=JOB, again=JOB))


def test_identifier__that_both_runs_of_the_original_have_is_compared():
    """A check sum looks like a random identifier; it is none if it comes out twice."""
    original = replace(JOB, output=b"crc32 cbf43926\n")
    one, two = replace(JOB, output=b"session cbf43926\n"), replace(JOB, output=b"session 0a1b2c3d\n")

    assert failed(compared(original, original=original, again=original)) == set()
    assert failed(compared(replace(JOB, output=b"crc32 deadbee5\n"), original=original, again=original)) == {"output"}
    assert failed(compared(replace(JOB, output=b"session deadbee5\n"), original=one, again=two)) == set()


def test_order__of_a_jobs_lines_counts():
    """Lines sorted by another locale are another output."""
    original = replace(JOB, output=b"apple\nBanana\n")

    checks = compared(replace(JOB, output=b"Banana\napple\n"), original=original, again=original)

    assert failed(checks) == {"output"}


def test_order__of_a_servers_lines_does_not_count():
    """Threads of a server write in any order."""
    original = replace(SERVER, output=b"worker ready\nlistening\n")

    checks = compared(replace(SERVER, output=b"listening\nworker ready\n"), original=original, again=original)

    assert failed(checks) == set()


def test_lines__that_differ_between_the_originals_runs_are_not_compared():
    """A line with a random word is in neither run twice: a candidate's own is told, and fails nothing."""
    one, two = replace(SERVER, output=b"key: maple\nready\n"), replace(SERVER, output=b"key: birch\nready\n")

    checks = compared(replace(SERVER, output=b"key: cedar\nready\n"), original=one, again=two)

    assert failed(checks) == set()
    assert not_made(checks) == {"output"}


def test_lines__that_only_count_up_are_not_compared():
    """A counter that was elsewhere in both runs of the original may be elsewhere again."""
    one, two = (
        replace(SERVER, output=b"ready\ntick 1\ntick 2\n"),
        replace(SERVER, output=b"ready\ntick 1\ntick 2\ntick 3\n"),
    )

    checks = compared(replace(SERVER, output=b"ready\ntick 1\ntick 2\ntick 4\n"), original=one, again=two)

    assert failed(checks) == set()


def test_body__words_that_differ_between_the_originals_runs_are_not_compared():
    """Of a page with a random word, all other words are compared."""
    page = "<p>your key is {}, welcome</p>"
    one = replace(SERVER, answers=answers(ROOT, Answer(200, "text/html", page.format("maple").encode())))
    two = replace(SERVER, answers=answers(ROOT, Answer(200, "text/html", page.format("birch").encode())))
    same = replace(SERVER, answers=answers(ROOT, Answer(200, "text/html", page.format("cedar").encode())))
    other = replace(SERVER, answers=answers(ROOT, Answer(200, "text/html", b"<p>your key is cedar, go away</p>")))

    assert failed(compared(same, original=one, again=two)) == set()
    assert failed(compared(other, original=one, again=two)) == {"page"}


def test_body__of_json_has_no_order_of_keys():
    """The same object in another order is alike; another value is not."""
    json = lambda body: replace(SERVER, answers=answers(API, Answer(404, "application/json", body)))  # noqa: E731
    one = json(b'{"a": 1, "b": 2}')

    assert failed(compared(json(b'{"b":2,"a":1}'), original=one, again=one)) == set()
    assert failed(compared(json(b'{"b":3,"a":1}'), original=one, again=one)) == {"page"}


def test_body__of_an_image_is_compared_to_the_byte():
    """A picture that is another one is noticed though no line of it can be shown."""
    picture = lambda body: replace(SERVER, answers=answers(API, Answer(200, "image/png", body)))  # noqa: E731
    one = picture(b"\x89PNG\0\0\1")

    assert failed(compared(picture(b"\x89PNG\0\0\1"), original=one, again=one)) == set()
    assert failed(compared(picture(b"\x89PNG\0\0\2"), original=one, again=one)) == {"page"}


def test_user__that_is_changed_knowingly_is_told_and_passes():
    """Another user is no failure where the candidate says so."""
    checks = compared(replace(SERVER, users=frozenset({65532})), altered=("runs as nonroot (65532)",))

    assert failed(checks) == set()
    assert any("knowingly runs as nonroot" in check.what for check in checks)


def test_command__of_the_candidate_that_was_not_run():
    """A command that the original was asked and the candidate was not fails."""
    checks = checks_of((behaviour(JOB, COMMAND), behaviour(JOB, COMMAND)), behaviour(JOB))

    assert failed(list(checks)) == {"start"}


def test_command__that_the_original_cannot_start_is_not_a_check():
    """Both failing alike is no check that was passed."""
    broken = Run(("nowhere",), problem="not found")

    checks = list(checks_of((behaviour(JOB, broken), behaviour(JOB, broken)), behaviour(JOB, broken)))

    assert not_made(checks) == {"start"}


def test_observation__that_could_not_be_made_is_a_check_not_made():
    """What the box could not see stands beside what was checked."""
    blind = replace(JOB, not_made=("ports and pages",))

    assert not_made(compared(JOB, original=blind, again=blind)) == {"observation"}


def test_foreign_text__is_never_in_our_words():
    """What a program printed is in the detail of a check alone."""
    run = Run(("evil",), exit_code=1, output=b"[click](http://evil.example)\n")
    original = replace(run, exit_code=0, output=b"fine\n")

    checks = checks_of((behaviour(JOB, original), behaviour(JOB, original)), behaviour(JOB, run))

    assert any("evil" in check.detail for check in checks)
    assert not any("evil" in check.what for check in checks)


MEANINGLESS = {
    "cannot be started": (Run(problem="no such file"), "cannot be started"),
    "ends with 1": (replace(JOB, exit_code=1), "exit code 1"),
    "neither ends nor listens": (Run(), "neither ends nor listens"),
    "refuses its page": (replace(SERVER, answers=answers(ROOT, Answer(0))), "does not answer on port 8080"),
    "breaks on its page": (replace(SERVER, answers=answers(ROOT, Answer(502))), "answers 502"),
    "is unhealthy": (replace(SERVER, health="unhealthy"), "not healthy"),
    "runs out of memory": (replace(SERVER, out_of_memory=True), "memory"),
}


@pytest.mark.parametrize("case", MEANINGLESS)
def test_meaning__equal_failures_prove_nothing(case: str):
    """An original that fails in the box proves nothing about a candidate that fails alike, and it is said why."""
    run, words = MEANINGLESS[case]

    assert words in meaning_of((behaviour(run), behaviour(run)))


def test_meaning__of_an_original_that_ends_differently():
    """An original whose two runs end differently has no behaviour to be held to."""
    assert "differently" in meaning_of((behaviour(JOB), behaviour(replace(JOB, exit_code=1))))


@pytest.mark.parametrize("run", [JOB, SERVER, replace(SERVER, answers={}), replace(Run(), health="healthy")])
def test_meaning__of_what_works(run: Run):
    """A job that ends with 0, a server that listens, and what is healthy mean something."""
    assert meaning_of((behaviour(run), behaviour(run))) == ""


def test_meaning__of_another_command():
    """A program that only explains itself means something once another command of it works."""
    usage = replace(JOB, exit_code=2)

    assert meaning_of((behaviour(usage, COMMAND), behaviour(usage, COMMAND))) == ""
    assert meaning_of((behaviour(usage), behaviour(usage)))


def test_meaning__of_a_link_that_breaks():
    """A link of a page is no promise: one that breaks is not compared, and takes nothing from the rest."""
    broken = replace(SERVER, answers=answers(API, Answer(500)), followed=frozenset({API}))

    assert meaning_of((behaviour(broken), behaviour(broken))) == ""
    assert not_made(compared(broken, original=broken, again=broken)) == {"page"}


def test_meaning__of_a_port_that_does_not_speak_http():
    """A database that listens and speaks means something; its words are compared."""
    database = replace(SERVER, answers={ROOT: Answer(0, "", b"-ERR unknown command\r\n")})
    other = replace(SERVER, answers={ROOT: Answer(0, "", b"something else")})

    assert meaning_of((behaviour(database), behaviour(database))) == ""
    assert failed(compared(database, original=database, again=database)) == set()
    assert failed(compared(other, original=database, again=database)) == {"page"}


def test_stop__that_no_longer_ends_it():
    """A program that ended at its stop signal and now does not is noticed; a slow original promised nothing."""
    stops = replace(SERVER, stopped=0)

    assert failed(compared(SERVER, original=stops, again=stops)) == {"stop"}
    assert failed(compared(stops, original=SERVER, again=SERVER)) == set()
