"""The label that accepts a growth, from run to run of one pull request: what is remembered, and when it ends."""

import pytest

from bot.model.acceptance import Acceptance
from bot.model.budget import Verdict
from bot.model.config import CommentMode, Settings
from bot.model.report import Report
from bot.pipeline import check
from tests.pipeline.world import Shop, dockerfile

LABEL = "image-size-ok"
BASE = {"Dockerfile": dockerfile(1), "deadweight.toml": '[budget]\nmax-growth = "2 MB"\n'}


@pytest.fixture
def shop() -> Shop:
    """Give a shop whose main branch is there, and a label that a maintainer has set at noon."""
    made = Shop()
    made.start(BASE)
    made.github.label(5, LABEL, by="maintainer")
    return made


def pushed(shop: Shop, *megabytes: int, labels: tuple[str, ...] = (LABEL,), settings: Settings | None = None) -> Report:
    """Push to the pull request, and run the check."""
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


def test_label__on_a_pull_request_within_its_budgets_waits(shop: Shop):
    """A label that nothing needed yet accepts the first growth that does."""
    assert pushed(shop, 1).exit_code == 0
    assert remembered(shop) is None

    assert pushed(shop, 5).exit_code == 0
    assert pushed(shop, 9).exit_code == 1


def test_label__of_somebody_who_may_not_accepts_nothing(shop: Shop):
    """An author without triage rights accepts nothing by a label, and the report says so."""
    shop.github.label(5, LABEL, by="mona", permission="read")

    report = pushed(shop, 5)

    assert report.exit_code == 1
    assert "The label image-size-ok accepts nothing: it is not known that somebody who may triage has set it." in (
        report.notes
    )


@pytest.mark.parametrize("question", ["label events", "comments"])
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

    assert pushed(shop, 9).exit_code == 0
    assert remembered(shop).amounts[0].amount == 9_000_000


def test_label__is_remembered_even_where_only_failures_are_told(shop: Shop):
    """A growth that was accepted is recorded in a comment also where only failures would get one."""
    report = pushed(shop, 5, settings=Settings(comment=CommentMode.FAILURE))

    assert report.exit_code == 0
    assert remembered(shop) is not None


def test_label__where_no_comment_is_wanted_is_not_remembered(shop: Shop):
    """Without a comment there is nothing to remember in, so the label accepts from run to run."""
    settings = Settings(comment=CommentMode.NEVER)

    assert [pushed(shop, 5, settings=settings).exit_code, pushed(shop, 9, settings=settings).exit_code] == [0, 0]
    assert shop.github.comments == {}
