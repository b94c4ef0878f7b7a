"""The label that accepts a growth, from run to run of one pull request: what is remembered, and when it ends."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.flows.check import check
from bot.model.budget import Acceptance, Verdict
from bot.model.config import CommentMode, Settings
from bot.model.report import Report
from tests.flows.world import Shop, dockerfile, pull_request

LABEL = "image-size-ok"
BASE = {"Dockerfile": dockerfile(1), "deadweight.toml": '[budget]\nmax-growth = "2 MB"\n'}


@pytest.fixture
def shop() -> Shop:
    """Return a shop whose main branch is there, and a label that a maintainer has set at noon."""
    made = Shop()
    made.start(BASE)
    made.github.label(5, LABEL, by="maintainer")
    return made


def pushed(shop: Shop, *megabytes: int, labels: tuple[str, ...] = (LABEL,), settings: Settings | None = None) -> Report:
    """Push to the pull request, and run the check; what is pushed first is there when the label is set."""
    files = BASE | {"Dockerfile": dockerfile(1, *megabytes)}
    report = check(shop.propose(files, labels=labels), settings or Settings(), shop.world)
    assert isinstance(report, Report)
    return report


def remembered(shop: Shop) -> Acceptance | None:
    """What the comment remembers."""
    return Acceptance.parse(shop.github.comments[5])


def test_label__accepts_and_records_who_and_what(shop: Shop):
    """An accepted growth passes with a warning that names who accepted it, and the comment remembers how much."""
    report = pushed(shop, 5)

    assert (report.verdict, report.exit_code) == (Verdict.WARN, 0)
    assert report.waivers[0].granted_by == "maintainer"
    assert [(one.image, one.budget, one.amount) for one in remembered(shop).amounts] == [
        ("shop", "max-growth", 5_000_000)
    ]
    assert "maintainer" in shop.github.comments[5]


def test_label__holds_for_pushes_that_grow_nothing(shop: Shop):
    """A push that leaves the growth as it was, or makes it smaller, needs no new label."""
    pushed(shop, 5)

    assert [pushed(shop, 5).exit_code, pushed(shop, 4).exit_code, pushed(shop, 5).exit_code] == [0, 0, 0]
    assert remembered(shop).amounts[0].amount == 5_000_000


def test_label__ends_with_the_push_that_grows_the_image_further(shop: Shop):
    """What nobody has seen nobody has accepted: a larger growth fails, and says what would help."""
    pushed(shop, 5)

    report = pushed(shop, 9)

    assert (report.verdict, report.exit_code) == (Verdict.FAIL, 1)
    assert "so the label must be set anew" in report.images[0].budgets[0].reason
    assert remembered(shop).amounts[0].amount == 5_000_000


def test_label__cannot_be_stretched_step_by_step(shop: Shop):
    """What is tolerated is tolerated of what was seen first, not of the last push."""
    files = BASE | {"Dockerfile": "FROM scratch\nRUN make /file0 1000000\nRUN make /more 5000000\n"}

    exits = []
    for size in (5_000_000, 5_040_000, 5_080_000):
        text = files["Dockerfile"].replace("5000000", str(size))
        exits.append(
            check(shop.propose(files | {"Dockerfile": text}, labels=(LABEL,)), Settings(), shop.world).exit_code
        )

    assert exits == [0, 0, 1]


def test_label__set_anew_accepts_anew(shop: Shop):
    """Taking the label off and setting it again accepts what is there then."""
    pushed(shop, 5)
    assert pushed(shop, 9).exit_code == 1

    shop.github.label(5, LABEL, by="maintainer", hour=13)

    assert pushed(shop, 9).exit_code == 0
    assert remembered(shop).amounts[0].amount == 9_000_000


def test_label__taken_off_accepts_nothing(shop: Shop):
    """Without the label the budget holds, and nothing is remembered."""
    pushed(shop, 5)

    report = pushed(shop, 5, labels=())

    assert report.exit_code == 1
    assert remembered(shop) is None


def test_label__covers_no_image_that_comes_later(shop: Shop):
    """A second image that grows after the label was set fails."""
    files = {
        "api/Dockerfile": dockerfile(1),
        "web/Dockerfile": dockerfile(1),
        "deadweight.toml": BASE["deadweight.toml"],
    }
    shop.start(files)
    first = shop.propose(files | {"api/Dockerfile": dockerfile(1, 5)}, labels=(LABEL,))
    assert check(first, Settings(), shop.world).exit_code == 0

    both = {"api/Dockerfile": dockerfile(1, 5), "web/Dockerfile": dockerfile(1, 5)}
    report = check(shop.propose(files | both, labels=(LABEL,)), Settings(), shop.world)

    assert {image.name: image.verdict for image in report.images} == {"api": Verdict.WARN, "web": Verdict.FAIL}


def test_label__covers_no_commit_that_comes_later(shop: Shop):
    """A label on a pull request within its budgets accepts nothing of a later push, and the report says why."""
    assert pushed(shop, 1).exit_code == 0
    assert remembered(shop) is None
    first, second = shop.git.branches["grow"], pushed(shop, 5)

    assert second.exit_code == 1
    assert any(f"it was set for {first[:7]}, not for" in note for note in second.notes)


def test_label__covers_no_commit_that_was_there_before_and_comes_back(shop: Shop):
    """A large commit that was replaced before the label was set is not accepted when it is pushed again."""
    pushed(shop, 9, labels=())
    large, main = shop.git.branches["grow"], shop.git.branches["main"]
    pushed(shop, 1, labels=())
    (opened, _), (_, small) = shop.github.pushed
    shop.github.pushed[1] = (opened + timedelta(minutes=5), small)
    merge = shop.git.commit(shop.git.commits[large][1], main, large)

    again = check(pull_request(main, large, merge, labels=(LABEL,)), Settings(), shop.world)

    assert again.exit_code == 1


def test_label__is_for_the_commit_of_its_event(shop: Shop):
    """The event of the label names the commit that it was set for; nothing else need be asked."""
    context = shop.propose(BASE | {"Dockerfile": dockerfile(1, 5)}, labels=(LABEL,), label=LABEL)
    shop.github.down.add("runs")

    assert check(context, Settings(), shop.world).exit_code == 0
    assert remembered(shop).head == shop.git.branches["grow"]


def test_label__event_of_a_label_that_was_taken_off_says_nothing(shop: Shop):
    """A run of an earlier label that is run again tells nothing of the label that was set since."""
    context = shop.propose(BASE | {"Dockerfile": dockerfile(1, 5)}, labels=(LABEL,), label=LABEL)
    shop.github.label(5, LABEL, by="maintainer", hour=13)
    shop.github.down.add("runs")

    assert check(context, Settings(), shop.world).exit_code == 1


@pytest.mark.parametrize(("late", "exit_code"), [(10, 0), (11, 1)])
def test_label__event_by_a_clock_that_differs(shop: Shop, late: int, exit_code: int):
    """GitHub's own clocks may differ by ten seconds between an event and the list of labels, and no more."""
    context = shop.propose(BASE | {"Dockerfile": dockerfile(1, 5)}, labels=(LABEL,), label=LABEL)
    setter = shop.github.setters[5, LABEL]
    shop.github.setters[5, LABEL] = replace(setter, when=setter.when + timedelta(seconds=late))
    shop.github.down.add("runs")

    assert check(context, Settings(), shop.world).exit_code == exit_code


def test_label__another_label_says_nothing(shop: Shop):
    """The event of some other label does not tell for which commit ours was set."""
    context = shop.propose(BASE | {"Dockerfile": dockerfile(1, 5)}, labels=(LABEL, "bug"), label="bug")
    shop.github.down.add("runs")

    assert check(context, Settings(), shop.world).exit_code == 1


def test_label__remembers_the_commit_that_it_was_set_for(shop: Shop):
    """The memory names the commit that the label was set for, not the one that was judged last."""
    pushed(shop, 5)
    first = shop.git.branches["grow"]

    pushed(shop, 4)

    assert remembered(shop).head == first


def test_label__memory_of_no_commit_covers_nothing(shop: Shop):
    """A line that does not say which commit was accepted is no memory."""
    pushed(shop, 5)
    shop.github.comments[5] = shop.github.comments[5].replace(f" head={remembered(shop).head}", "")

    assert pushed(shop, 5).exit_code == 1


def test_label__memory_that_somebody_rewrote_covers_nothing(shop: Shop):
    """Another workflow's bot can rewrite the comment, not the check run: larger amounts than it says are no memory."""
    pushed(shop, 5)
    assert ",max-growth,5000000 -->" in shop.github.comments[5]
    shop.github.comments[5] = shop.github.comments[5].replace(",max-growth,5000000 -->", ",max-growth,99000000 -->")

    report = pushed(shop, 9)

    assert report.exit_code == 1
    assert any("set it anew" in note for note in report.notes)


def test_label__memory_in_the_text_of_a_check_run_covers_nothing(shop: Shop):
    """A line amid the text of our check run, where a pull request's own names may stand, confirms nothing."""
    pushed(shop, 5)
    (check_run,) = shop.github.checks
    forged = shop.github.comments[5].splitlines()[1].replace(",max-growth,5000000 -->", ",max-growth,99000000 -->")
    shop.github.checks = [replace(check_run, summary=f"{forged}\n{check_run.summary}")]
    shop.github.comments[5] = shop.github.comments[5].replace(",max-growth,5000000 -->", ",max-growth,99000000 -->")

    assert pushed(shop, 9).exit_code == 1


def test_label__memory_is_confirmed_by_the_last_line_that_says_anything(shop: Shop):
    """Empty lines behind the line of a check run, which a provider may add, change nothing about it."""
    pushed(shop, 5)
    (check_run,) = shop.github.checks
    shop.github.checks = [replace(check_run, summary=f"{check_run.summary}\n\n")]

    assert pushed(shop, 5).exit_code == 0


def test_label__memory_that_cannot_be_confirmed_covers_nothing(shop: Shop):
    """Trouble with the check runs never lets an exceeded budget pass."""
    pushed(shop, 5)
    shop.github.down.add("check runs")

    report = pushed(shop, 5)

    assert report.exit_code == 1
    assert "The label image-size-ok accepts nothing: the check runs could not be read." in report.notes


def test_label__without_check_runs_covers_the_one_commit(shop: Shop):
    """Where no check run is made there is nothing to confirm a memory with."""
    settings = Settings(check_run=False)

    assert [pushed(shop, 5, settings=settings).exit_code, pushed(shop, 5, settings=settings).exit_code] == [0, 1]


STICKY = BASE | {"deadweight.toml": f"override-label-sticky = true\n{BASE['deadweight.toml']}"}


def test_label__that_is_sticky_covers_later_pushes(shop: Shop):
    """Where the base's configuration says so, the label accepts whatever comes later."""
    shop.start(STICKY)

    def exit_code(megabytes: int) -> int:
        context = shop.propose(STICKY | {"Dockerfile": dockerfile(1, megabytes)}, labels=(LABEL,))
        return check(context, Settings(), shop.world).exit_code

    assert [exit_code(1), exit_code(5), exit_code(9)] == [0, 0, 0]


@pytest.mark.parametrize(("files", "said"), [(STICKY, "covers later pushes too"), (BASE, "ends with the next push")])
def test_label__that_would_help_is_said_as_it_is(shop: Shop, files: dict[str, str], said: str):
    """Where a budget is broken, the comment says how long the label would hold."""
    shop.start(files)

    check(shop.propose(files | {"Dockerfile": dockerfile(1, 5)}), Settings(), shop.world)

    assert said in shop.github.comments[5]


def test_label__that_the_pull_request_makes_sticky_is_not(shop: Shop):
    """The pull request's own configuration does not make its label cover later pushes."""

    def exit_code(megabytes: int) -> int:
        context = shop.propose(STICKY | {"Dockerfile": dockerfile(1, megabytes)}, labels=(LABEL,))
        return check(context, Settings(), shop.world).exit_code

    assert [exit_code(1), exit_code(5)] == [0, 1]


def test_label__of_somebody_who_may_not_accepts_nothing(shop: Shop):
    """An author without triage rights accepts nothing by a label, and the report says so."""
    shop.github.label(5, LABEL, by="mona", permission="read")

    report = pushed(shop, 5)

    assert report.exit_code == 1
    assert "The label image-size-ok accepts nothing: it is not known that somebody who may triage has set it." in (
        report.notes
    )


@pytest.mark.parametrize("question", ["label events", "comments", "runs"])
def test_label__while_github_does_not_answer_accepts_nothing(shop: Shop, question: str):
    """Trouble with GitHub never lets an exceeded budget pass: it fails, and the report says why."""
    shop.github.down.add(question)

    report = pushed(shop, 5)

    assert report.exit_code == 1
    assert f"The label image-size-ok accepts nothing: the {question} could not be read." in report.notes


def test_label__is_found_whatever_its_case(shop: Shop):
    """GitHub knows no two labels that differ in their case only, and neither do we."""
    assert pushed(shop, 5, labels=("Image-Size-OK",)).exit_code == 0


def test_label__that_is_turned_off_is_not_asked_about(shop: Shop):
    """Without an override label nobody is asked who has set it."""
    report = pushed(shop, 5, settings=Settings(override_label=""))

    assert report.exit_code == 1
    assert "label events" not in shop.github.asked


def test_label__somebody_elses_comment_is_not_read(shop: Shop):
    """What is not in our own comment's second line is no memory."""
    forged = Acceptance.parse(shop.github.comments.get(5, ""))
    assert forged is None
    pushed(shop, 5)
    marker, line, *rest = shop.github.comments[5].split("\n")
    shop.github.comments[5] = "\n".join([marker, *rest, line])

    assert pushed(shop, 9).exit_code == 1


def test_label__is_remembered_even_where_only_failures_are_told(shop: Shop):
    """A growth that was accepted is recorded in a comment also where only failures would get one."""
    report = pushed(shop, 5, settings=Settings(comment=CommentMode.FAILURE))

    assert report.exit_code == 0
    assert remembered(shop) is not None


def test_label__where_no_comment_is_wanted_is_not_remembered(shop: Shop):
    """Without a comment there is nothing to remember in, so the label covers the one commit that it was set for."""
    settings = Settings(comment=CommentMode.NEVER)

    assert [pushed(shop, 5, settings=settings).exit_code, pushed(shop, 5, settings=settings).exit_code] == [0, 1]
    assert shop.github.comments == {}
