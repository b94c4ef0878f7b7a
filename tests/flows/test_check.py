"""The main job, from an event to everything that is done about it."""

import pytest

from bot.errors import RefusedError, UsageError
from bot.flows.check import check
from bot.model.budget import Verdict
from bot.model.config import FailOn, Settings
from bot.model.effects import Level, Marker
from bot.model.image import Platform
from bot.model.plan import Skip
from bot.model.provider import RunContext
from bot.model.report import ImageState, Report
from bot.render.comment import comment
from bot.render.report_json import decode
from tests.flows.world import MB, Shop, dockerfile, pull_request, push

BUDGET = '[budget]\nmax-growth = "2 MB"\n'
SMALL = {"Dockerfile": dockerfile(1), "deadweight.toml": BUDGET}
GROWN = SMALL | {"Dockerfile": dockerfile(1, 5)}
SETTINGS = Settings()


def run(shop: Shop, context: RunContext, settings: Settings = SETTINGS, **options: bool) -> Report:
    """Run the check and give its report."""
    report = check(context, settings, shop.world, **options)
    assert isinstance(report, Report)
    return report


def test_check__of_a_pull_request_within_its_budget(shop: Shop):
    """Both sides are built, base first; the comment, the check run, the files, the summary and the outputs agree."""
    shop.start(SMALL)

    report = run(shop, shop.propose(SMALL | {"Dockerfile": dockerfile(1, 1)}))

    assert (report.verdict, report.exit_code) == (Verdict.PASS, 0)
    assert shop.built() == [("shop", "base"), ("shop", "head")]
    assert shop.runner.groups == ["Build base and head", "Measure"]
    assert "grew by 1\u00a0MB" in shop.github.comments[5]
    assert shop.github.checks[0].conclusion == "success"
    assert list(shop.runner.files) == ["report.json", "report.html", "comment.md"]
    assert decode(shop.runner.files["report.json"]) == report
    assert (shop.runner.outputs["result"], shop.runner.outputs["diff-size"]) == ("pass", "1000000")
    assert "grew by 1\u00a0MB" in shop.runner.summaries[0]


def test_check__of_a_pull_request_over_its_budget(shop: Shop):
    """An exceeded budget is exit code 1, and the check run fails at the pull request's own commit."""
    shop.start(SMALL)

    report = run(shop, shop.propose(GROWN))

    assert (report.verdict, report.exit_code) == (Verdict.FAIL, 1)
    assert report.images[0].delta.own_bytes == 5 * MB
    assert (shop.github.checks[0].head_sha, shop.github.checks[0].conclusion) == (
        shop.git.branches["grow"],
        "failure",
    )


def test_check__compares_the_merge_commit_with_its_first_parent(shop: Shop):
    """What main gained since the branch left it is not the pull request's doing."""
    left_at = shop.start(SMALL)
    shop.start(SMALL | {"Dockerfile": dockerfile(1, 4)})
    head = shop.git.commit(SMALL | {"note": "1"}, left_at, branch="grow")
    main = shop.git.branches["main"]
    merge = shop.git.commit(SMALL | {"Dockerfile": dockerfile(1, 4, 1)}, main, head)

    report = run(shop, pull_request(main, head, merge))

    assert report.comparison.base_sha == main
    assert report.images[0].delta.unpacked_bytes == MB


@pytest.mark.parametrize(
    ("action", "reason"),
    [("closed", "The pull request is closed."), ("edited", "Only the text of the pull request was edited.")],
)
def test_check__that_has_nothing_to_compare(shop: Shop, action: str, reason: str):
    """An event that changes no image builds nothing and posts nothing; the reason is handed on."""
    shop.start(SMALL)

    outcome = check(shop.propose(GROWN, action=action), SETTINGS, shop.world)

    assert outcome == Skip(reason)
    assert (shop.built(), shop.github.asked, shop.runner.files) == ([], [], {})


def test_check__on_an_event_with_a_token_that_writes(shop: Shop):
    """A pull request is not built where its Dockerfile could get at a token that writes (T-D2)."""
    shop.start(SMALL)
    privileged = shop.propose(GROWN, event="pull_request_target")

    with pytest.raises(RefusedError):
        check(privileged, SETTINGS, shop.world)

    assert shop.built() == []


def test_check__without_a_baseline(shop: Shop):
    """A base that cannot be fetched is no baseline, never zero: budgets on the image are held, growth is not."""
    main = shop.start(SMALL | {"deadweight.toml": '[budget]\nmax-growth = "2 MB"\nmax-size = "3 MB"\n'})
    context = shop.propose(GROWN | {"deadweight.toml": '[budget]\nmax-growth = "2 MB"\nmax-size = "3 MB"\n'})
    shop.git.lost.add(main)

    report = run(shop, context)

    (image,) = report.images
    assert (image.state, image.delta, report.exit_code) == (ImageState.NOT_COMPARED, None, 1)
    verdicts = {str(one.budget.kind): one.verdict for one in image.budgets}
    assert verdicts == {"max-size": Verdict.FAIL, "max-growth": Verdict.NOT_MEASURED}
    assert "could not be fetched" in report.comparison.why


def test_check__of_a_head_that_does_not_build(shop: Shop):
    """A head without numbers is exit code 3 and "not measured", never a pass."""
    shop.start(SMALL)

    report = run(shop, shop.propose(SMALL | {"Dockerfile": "FROM scratch\nRUN exit 7\n"}))

    assert (report.verdict, report.exit_code) == (Verdict.NOT_MEASURED, 3)
    assert shop.runner.outputs["result"] == "error"
    assert "does not build" in shop.github.comments[5]


def test_check__of_a_head_that_does_not_build_suspects_from_its_text(shop: Shop):
    """The Dockerfile of a head that fails is read all the same: what the rules suspect in it is told."""
    shop.start(SMALL)

    report = run(shop, shop.propose(SMALL | {"Dockerfile": "FROM scratch\nRUN pip install x\nRUN exit 7\n"}))

    (finding,) = report.images[0].findings
    assert (finding.rule, finding.file, finding.lines) == ("pip-cache", "Dockerfile", (2, 2))
    assert report.images[0].claimed_bytes == 0
    assert decode(shop.runner.files["report.json"]) == report
    assert "suspected from the text, nothing was measured" in shop.github.comments[5]


@pytest.mark.parametrize(("on_base_failure", "exit_code"), [(Verdict.WARN, 0), (Verdict.PASS, 0), (Verdict.FAIL, 3)])
def test_check__of_a_base_that_does_not_build(shop: Shop, on_base_failure: Verdict, exit_code: int):
    """What a base that does not build means is for the workflow to say."""
    shop.start(SMALL | {"Dockerfile": "FROM scratch\nRUN exit 7\n"})

    report = run(shop, shop.propose(SMALL), Settings(on_base_failure=on_base_failure))

    assert (report.images[0].state, report.exit_code) == (ImageState.NOT_COMPARED, exit_code)


def test_check__of_an_image_that_cannot_be_read(shop: Shop):
    """An image that was built and cannot be read is not measured."""
    shop.start(SMALL)
    shop.workshop.unreadable.add("shop:head-linux/amd64")

    report = run(shop, shop.propose(GROWN))

    assert (report.verdict, report.exit_code) == (Verdict.NOT_MEASURED, 3)


def test_check__of_an_image_whose_inputs_did_not_change(shop: Shop):
    """Nothing is built and no comment is made where no build would see a difference."""
    files = {"api/Dockerfile": dockerfile(1)}
    shop.start(files)

    report = run(shop, shop.propose(files | {"README.md": "words"}))

    assert (report.images[0].state, shop.built(), report.exit_code) == (ImageState.UNCHANGED, [], 0)
    assert 5 not in shop.github.comments
    assert any("not built" in line for line in shop.runner.lines)


def test_check__builds_only_what_is_asked_for(shop: Shop):
    """The input images chooses by name or glob."""
    both = {"api/Dockerfile": dockerfile(1), "web/Dockerfile": dockerfile(1)}
    shop.start(both)

    report = run(
        shop,
        shop.propose({"api/Dockerfile": dockerfile(2), "web/Dockerfile": dockerfile(2)}),
        Settings(images=("a*",)),
    )

    assert [image.name for image in report.images] == ["api"]
    assert shop.built() == [("api", "base"), ("api", "head")]


def test_check__asked_for_an_image_that_is_not_there(shop: Shop):
    """A misspelled name is a mistake with the names that there are, not an empty report that passes."""
    shop.start({"api/Dockerfile": dockerfile(1)})

    with pytest.raises(UsageError) as caught:
        check(shop.propose({"api/Dockerfile": dockerfile(2)}), Settings(images=("apo",)), shop.world)

    assert str(caught.value) == "No image is called apo.\nImages here: api.\nCheck `images`."


def test_check__obeys_the_base(shop: Shop):
    """A pull request that raises its own budget is judged by the base's, and the report shows what it would change (T-P1)."""
    shop.start(SMALL)

    report = run(shop, shop.propose(GROWN | {"deadweight.toml": '[budget]\nmax-growth = "1 GB"\n'}))

    assert report.exit_code == 1
    assert any("from 2 MB to 1 GB" in note for note in report.notes), report.notes


def test_check__of_a_first_configuration_says_what_it_would_fail(shop: Shop):
    """A first configuration decides nothing; what its budgets would say of these images is told."""
    shop.start({"Dockerfile": dockerfile(1)})

    report = run(shop, shop.propose(GROWN))

    assert (report.exit_code, report.images[0].budgets) == (0, ())
    assert any(note.startswith('This change\'s own configuration would fail image "shop": ') for note in report.notes)


def test_check__of_a_first_configuration_on_a_command_line(shop: Shop):
    """Whoever writes a first configuration and checks it at home is judged by it."""
    main = shop.start({"Dockerfile": dockerfile(1)})
    shop.git.commit(GROWN, main)

    assert run(shop, RunContext()).exit_code == 1


def test_check__without_a_common_commit_is_judged_by_the_branch_it_is_for(shop: Shop):
    """Where there is nothing to compare with, the commit that the pull request is for still decides."""
    strict = SMALL | {"deadweight.toml": '[budget]\nmax-size = "3 MB"\n'}
    main = shop.start(strict)
    alone = shop.git.commit(GROWN | {"deadweight.toml": '[budget]\nmax-size = "1 GB"\n'}, branch="grow")

    report = run(shop, pull_request(main, alone, alone))

    assert (report.comparison.base_sha, report.exit_code) == ("", 1)


def test_check__with_a_configuration_that_is_not_there(shop: Shop):
    """A named configuration that neither commit has is a mistake, not "no budgets"."""
    shop.start(SMALL)

    with pytest.raises(UsageError, match=r"There is no other\.toml on either side"):
        check(shop.propose(GROWN), Settings(config_path="other.toml"), shop.world)


def test_check__tells_what_is_written_for_no_image(shop: Shop):
    """Where images are found, a table for a name that is not among them is told in the report."""
    toml = '[[image]]\nname = "ap*"\nbudget.max-size = "9 MB"\n[[image]]\nname = "wob"\nbudget.max-size = "9 MB"\n'
    files = {"api/Dockerfile": dockerfile(1), "deadweight.toml": f'[discover]\ndockerfiles = ["**/Dockerfile"]\n{toml}'}
    shop.start(files)

    report = run(shop, shop.propose(files | {"api/Dockerfile": dockerfile(2)}))

    idle = [note for note in report.notes if "matches no image" in note]
    assert idle == ['deadweight.toml:8: "wob" matches no image, so this applies to nothing.'], report.notes


@pytest.mark.parametrize("who", [{"fork": "eve"}, {"author": "dependabot[bot]"}])
def test_check__whose_token_can_only_read(shop: Shop, who: dict[str, str]):
    """A fork's and Dependabot's run posts nothing; the summary, the annotations and the exit code say it all (F1)."""
    shop.start(SMALL)

    report = run(shop, shop.propose(GROWN, **who))

    assert report.exit_code == 1
    assert (shop.github.comments, shop.github.checks) == ({}, [])
    assert "grew by 5\u00a0MB" in shop.runner.summaries[0]
    assert shop.runner.annotations[0].title == "No comment was posted"
    assert {one.level for one in shop.runner.annotations[1:]} >= {Level.FAILURE}


def test_check__without_a_token(shop: Shop):
    """Without a token the verdict stands, and the log says how to have it posted."""
    shop.start(SMALL)
    shop.github = None

    report = run(shop, shop.propose(GROWN))

    assert report.exit_code == 1
    assert any("set the input github-token" in line for line in shop.runner.lines)


def test_check__that_another_job_speaks_for(shop: Shop):
    """One of many machines writes its report files and does nothing else."""
    shop.start(SMALL)

    run(shop, shop.propose(GROWN), posts=False)

    assert "report.json" in shop.runner.files
    assert (shop.github.comments, shop.github.checks, shop.runner.outputs, shop.runner.summaries) == ({}, [], {}, [])


def test_check__of_a_push(shop: Shop):
    """A push is compared with the commit before it, and comments nowhere."""
    before = shop.start(SMALL)
    after = shop.git.commit(GROWN, before, branch="main")

    report = run(shop, push(before, after))

    assert report.comparison.base_sha == before
    assert shop.github.comments == {}
    assert shop.github.checks[0].head_sha == after


def test_check__on_a_command_line(shop: Shop):
    """Outside Actions the working tree is compared with the default branch, and nothing is written or posted."""
    main = shop.start(SMALL)
    shop.git.commit(GROWN, main)

    report = run(shop, RunContext())

    assert (report.comparison.base_sha, report.exit_code) == (main, 1)
    assert (shop.runner.files, shop.github.asked) == ({}, [])


@pytest.mark.parametrize(
    ("fail_on", "exit_code"), [(FailOn.BUDGET, 0), (FailOn.GROWTH, 1), (FailOn.ERROR, 0), (FailOn.NEVER, 0)]
)
def test_check__fails_on_what_the_workflow_says(shop: Shop, fail_on: FailOn, exit_code: int):
    """Growth within its budget fails the job only where any growth is to."""
    shop.start(SMALL)

    report = run(shop, shop.propose(SMALL | {"Dockerfile": dockerfile(1, 1)}), Settings(fail_on=fail_on))

    assert report.exit_code == exit_code


def test_check__of_two_platforms(shop: Shop):
    """Each platform of an image has its own entry, judged by its own budgets."""
    toml = (
        '[[image]]\nname = "api"\nplatforms = ["linux/amd64", "linux/arm64"]\n'
        'budget.max-growth = "2 MB"\nbudget.platform."linux/arm64".max-growth = "9 MB"\n'
    )
    shop.start(SMALL | {"deadweight.toml": toml})

    report = run(shop, shop.propose(GROWN | {"deadweight.toml": toml}))

    verdicts = {image.platform: image.verdict for image in report.images}
    assert verdicts == {"linux/amd64": Verdict.FAIL, "linux/arm64": Verdict.PASS}
    assert {request.spec.platform for request in shop.workshop.builds} == {
        Platform("linux", "amd64"),
        Platform("linux", "arm64"),
    }


def test_check__on_a_command_line_writes_files_where_asked(shop: Shop):
    """Outside Actions report files are written for whoever asks for them, and nothing else is done."""
    shop.start(SMALL)
    shop.propose(GROWN)

    run(shop, RunContext())
    assert shop.runner.files == {}
    run(shop, RunContext(), writes=True)

    assert list(shop.runner.files) == ["report.json", "report.html", "comment.md"]
    assert (shop.runner.summaries, shop.github.comments) == ([], {})


def test_check__of_a_budget_that_cannot_be_checked(shop: Shop):
    """Nobody is told that a budget is kept which was not checked, because nothing was rebuilt."""
    files = {"api/Dockerfile": dockerfile(1), "deadweight.toml": '[budget]\nmax-size = "1 kB"\n'}
    shop.start(files)

    report = run(shop, shop.propose(files | {"README.md": "words"}))

    told = comment(report, Marker("default", "d4e5f6a", 1, 1))
    assert "no budget could be checked" in told
    assert "all budgets kept" not in told
