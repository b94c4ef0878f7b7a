"""Proposals that are tried before they are made: when, with which result, and that nothing of it costs a report."""

from dataclasses import replace

import pytest

from bot.errors import CancelledError, EngineError, UsageError
from bot.flows.check import check
from bot.flows.compare import advise_on
from bot.flows.propose import open_pulls
from bot.model.advice import Ladder
from bot.model.budget import Verdict
from bot.model.config import Settings
from bot.model.provider import Event, EventKind
from bot.model.report import Report
from bot.model.verify import CheckState, Run, Rung
from bot.policy.verifying import LABEL
from bot.render.report_json import decode, dump
from tests.flows.world import MB, Box, Shop, dockerfile

BUDGET = '[budget]\nmax-growth = "2 MB"\n'
SMALL = {"Dockerfile": dockerfile(1), "deadweight.toml": BUDGET}
CACHE = "RUN make /root/.cache/pip/wheel 6000000 && pip install flask\n"
GROWN = SMALL | {"Dockerfile": f'{dockerfile(1)}{CACHE}COPY app.py /\nCMD ["/file0"]\n', "app.py": "print()"}
LEAN = "pip install --no-cache-dir flask"
HELLO = Run(exit_code=0, output=b"hello\n")


def run(shop: Shop, files: dict[str, str] | None = None, **more: object) -> Report:
    """Check pull request 5 with these files; gives its report."""
    report = check(shop.propose(files or GROWN, **more), Settings(), shop.world)
    assert isinstance(report, Report)
    return report


@pytest.fixture
def verifying(shop: Shop) -> Shop:
    """A repository with a box for its images."""
    shop.box = Box()
    shop.start(SMALL)
    return shop


def test_check__verifies_what_grew(verifying: Shop):
    """An image that grew and is over its budget gets a smaller one that was built and behaves like it."""
    image = run(verifying).images[0]
    search = image.verification

    assert search is not None
    assert search.verified
    assert (search.original_bytes, search.best.unpacked_bytes) == (7 * MB, 1 * MB)
    assert f"+RUN make /root/.cache/pip/wheel 6000000 && {LEAN}" in search.patch
    assert search.not_checked[0] == "outbound network"
    assert [(one.rule, one.ladder, one.measured_after_bytes) for one in image.findings] == [
        ("pip-cache", Ladder.VERIFIED, 1 * MB)
    ]


def test_check__speaks_first_and_adds_what_was_verified(verifying: Shop):
    """The comment is there before anything is tried, and is edited afterwards; check and summary come once."""
    seen: list[str] = []
    verifying.box.acts = lambda _: seen.append(verifying.github.comments[5]) or HELLO

    report = run(verifying)

    assert "6\u00a0MB" in seen[0]
    assert "Verified" not in seen[0]
    assert "**Verified: 7\u00a0MB → 1\u00a0MB.** Built, started, same output" in verifying.github.comments[5]
    assert (len(verifying.github.checks), len(verifying.runner.summaries)) == (1, 1)
    assert "Verified" in verifying.runner.summaries[0]
    assert decode(verifying.runner.files["report.json"]) == report


def test_check__runs_the_original_twice_and_traces_the_second_run(verifying: Shop):
    """What differs between two runs of the original cannot be held against a candidate, so there are two."""
    run(verifying)

    assert [traced for name, traced in verifying.box.seen if ":head" in name] == [False, True]


def test_check__refuses_a_candidate_that_behaves_differently(verifying: Shop):
    """A candidate whose output differs is not proposed; the reason is told and the report is as it was."""
    verifying.box.acts = lambda name: HELLO if ":head" in name else Run(exit_code=0, output=b"bye\n")

    report = run(verifying)
    search = report.images[0].verification

    assert (search.best, search.verified, search.why) == (None, False, "no candidate passed")
    failed = [check.name for one in search.attempts for check in one.checks if check.state is CheckState.FAILED]
    assert set(failed) == {"output"}
    assert all(one.problem for one in search.attempts)
    assert {one.ladder for one in report.images[0].findings} == {Ladder.MEASURED}
    assert "No smaller image was verified: no candidate passed." in verifying.github.comments[5]
    assert (report.verdict, report.exit_code) == (Verdict.FAIL, 1)


def test_check__tries_a_flaky_candidate_once_more(verifying: Shop):
    """A check that fails once under load is tried once more, traced, and may pass then."""
    runs: list[str] = []

    def acts(name: str) -> Run:
        runs.append(name)
        return HELLO if ":head" in name or runs.count(name) > 1 else Run(exit_code=0, output=b"hel")

    verifying.box.acts = acts

    assert run(verifying).images[0].verification.verified


def test_check__says_built_where_a_run_proves_nothing(verifying: Shop):
    """An original that fails in the box proves nothing, so a candidate is built and held to its files alone."""
    verifying.box.acts = lambda _: Run(exit_code=1, errors=b"no database\n")

    image = run(verifying).images[0]

    assert not image.verification.verified
    assert image.verification.best is not None
    assert image.verification.not_checked[0] == "behaviour in a run"
    assert "exit code 1" in image.verification.why
    assert image.findings[0].ladder is Ladder.BUILT
    assert all(":proposal" not in name for name, _ in verifying.box.seen)
    assert "**Built, not verified: 7\u00a0MB" in verifying.github.comments[5]


@pytest.mark.parametrize("error", [EngineError("The engine is gone."), ValueError("a mistake of ours")])
def test_check__loses_no_report_to_a_search_that_breaks(verifying: Shop, error: Exception):
    """Whatever goes wrong in a search is a reason, never a red check: the verdict stays the budget's."""

    def breaks(name: str) -> Run:
        raise error

    verifying.box.acts = breaks

    report = run(verifying)

    assert report.images[0].verification.why.startswith("the search broke off: ")
    assert (report.verdict, report.exit_code) == (Verdict.FAIL, 1)
    assert decode(verifying.runner.files["report.json"]) == report
    assert len(verifying.runner.summaries) == 1


def test_check__stops_when_its_time_is_over(verifying: Shop):
    """No run takes longer than its minutes allow: what was not tried by then is not tried."""

    def slow(_: str) -> Run:
        verifying.now += 400.0
        return HELLO

    verifying.box.acts = slow

    search = run(verifying).images[0].verification

    assert (search.attempts, search.why) == ((), "no candidate passed before its time was over")


@pytest.mark.parametrize(
    ("setting", "runs", "builds"), [('verify = "build"\n', False, True), ('verify = "never"\n', False, False)]
)
def test_check__goes_as_far_as_the_base_lets(shop: Shop, setting: str, runs: bool, builds: bool):
    """A base that says build has nothing run, one that says never has nothing built, whatever the head says."""
    shop.box = Box()
    shop.start(SMALL | {"deadweight.toml": setting + BUDGET})

    search = run(shop, GROWN | {"deadweight.toml": f'verify = "run"\n{BUDGET}'}).images[0].verification

    assert bool(shop.box.seen) is runs
    assert (("shop", "proposal") in shop.built()) is builds
    assert (search is not None and search.best is not None) is builds
    assert search is None or not search.verified


def test_check__tries_nothing_for_an_image_that_did_not_grow(verifying: Shop):
    """Old weight alone costs nobody's pull request a minute, unless the label asks for it."""
    verifying.start(GROWN)
    still = GROWN | {"Dockerfile": GROWN["Dockerfile"].replace("FROM scratch", "FROM scratch\nLABEL a=b")}

    assert run(verifying, still).images[0].verification is None
    assert run(verifying, still, labels=(LABEL,)).images[0].verification.verified


def test_check__reuses_what_an_earlier_push_has_found(verifying: Shop):
    """The next push that changes nothing a build can see runs nothing again, and says where it was found."""
    first = run(verifying).images[0]
    found_at, ran = verifying.git.branches["grow"], len(verifying.box.seen)

    again = run(verifying, GROWN | {"README.md": "not seen by the build"}).images[0]

    assert len(verifying.box.seen) == ran
    assert again.verification.found_at == found_at
    assert replace(again.verification, found_at="") == first.verification
    assert again.findings[0].ladder is Ladder.VERIFIED
    assert f"Found at `{found_at[:7]}`" in verifying.github.comments[5]


@pytest.mark.parametrize("changed", ["file", "setting"])
def test_check__searches_anew_where_something_it_depends_on_changed(verifying: Shop, changed: str):
    """Another file that the build can see, or another question, is another search."""
    run(verifying)
    other = {
        "file": {"app.py": "print(1)"},
        "setting": {"deadweight.toml": f'{BUDGET}[[image]]\nname = "shop"\nsmoke = ["/file0"]\n'},
    }[changed]

    assert run(verifying, GROWN | other).images[0].verification.found_at == ""


def test_check__takes_no_result_of_another_repository(verifying: Shop, monkeypatch: pytest.MonkeyPatch):
    """What another repository found on this machine is searched anew: its commits are none of ours."""
    named = GROWN | {"deadweight.toml": f'{BUDGET}[[image]]\nname = "shop"\ndockerfile = "Dockerfile"\n'}
    run(verifying, named)
    assert run(verifying, named).images[0].verification.found_at != ""

    monkeypatch.setattr(type(verifying.git), "name", lambda _: "another")

    assert run(verifying, named).images[0].verification.found_at == ""


def test_check__keeps_no_result_that_it_cannot_read(verifying: Shop):
    """A kept result that is damaged is as good as none."""
    run(verifying)
    verifying.drawer = dict.fromkeys(verifying.drawer, b'{"search": {}, "answered": []}')

    assert run(verifying).images[0].verification.found_at == ""


def test_advise__searches_where_it_is_asked_to(verifying: Shop):
    """`advise --verify` needs no growth and no budget, and gives the whole text that it proposes."""
    verifying.git.commit(GROWN)

    report, (proposal,) = advise_on(Settings(), verifying.world, search=True)

    assert report.images[0].verification.verified
    assert report.images[0].verification.best.candidate.rung in {Rung.CLEAN, Rung.FINDINGS}
    assert LEAN in proposal.texts["Dockerfile"]
    assert proposal.patch == report.images[0].verification.patch


def test_check__that_is_cancelled_ends(verifying: Shop):
    """To be told to stop is no reason why nothing is verified: the run ends, and everything made is removed."""

    def cancelled(name: str) -> Run:
        raise CancelledError("The run was cancelled.")

    verifying.box.acts = cancelled

    with pytest.raises(CancelledError):
        run(verifying)


def scheduled(shop: Shop, **more: object) -> Event:
    """A run on the default branch as it is now."""
    fields = {"kind": EventKind.SCHEDULE, "ref": "refs/heads/main", "default_branch": "main", "sha": shop.git.head}
    return Event(**(fields | more))


@pytest.fixture
def searched(verifying: Shop) -> tuple[Shop, Report]:
    """A default branch with a heavy image, and what a search on it has found; nothing but the provider is left."""
    verifying.start(GROWN)
    report, _ = advise_on(Settings(), verifying.world, search=True, every=True)
    verifying.github.files = {(verifying.git.head, path): text.encode() for path, text in GROWN.items()}
    return verifying, decode(dump(report))


def test_advise__of_everything_needs_no_growth_and_fails_nothing(searched: tuple[Shop, Report]):
    """Every image of the tree is searched; budgets of the configuration are told, and fail nothing."""
    shop, report = searched

    assert [image.name for image in report.images] == ["shop"]
    assert report.images[0].verification.verified
    assert report.exit_code == 0
    assert report.comparison.head_sha == shop.git.head


def test_open_pulls__proposes_what_was_verified(searched: tuple[Shop, Report]):
    """The job that may write makes the new files from the patch of the report and from what lies at the commit."""
    shop, report = searched

    (posted,) = open_pulls([report], scheduled(shop), shop.github)

    proposal = shop.github.proposals["deadweight/shop"]
    assert posted.problem == ""
    assert (proposal.into, proposal.parent) == ("main", shop.git.head)
    assert proposal.files == {"Dockerfile": GROWN["Dockerfile"].replace("pip install flask", LEAN).encode()}
    assert "7\u00a0MB → 1\u00a0MB" in proposal.title
    assert "**Verified: 7\u00a0MB → 1\u00a0MB.**" in proposal.body
    assert "<!-- deadweight:v1" not in proposal.body


def test_open_pulls__changes_only_the_file_that_was_looked_at(searched: tuple[Shop, Report]):
    """A file that is another one by now is not changed; the reason is told."""
    shop, report = searched
    shop.github.files[shop.git.head, "Dockerfile"] = b"FROM scratch\n"

    (posted,) = open_pulls([report], scheduled(shop), shop.github)

    assert "The file has changed since." in posted.problem
    assert shop.github.proposals == {}


def test_open_pulls__proposes_nothing_that_was_not_verified(searched: tuple[Shop, Report]):
    """What is only built, or not even that, is for people to read in the report."""
    shop, report = searched
    image = report.images[0]
    built = replace(image, verification=replace(image.verification, verified=False))

    assert open_pulls([replace(report, images=(built,))], scheduled(shop), shop.github) == ()
    assert (
        open_pulls([replace(report, images=(replace(image, verification=None),))], scheduled(shop), shop.github) == ()
    )


@pytest.mark.parametrize(
    "event",
    [{"kind": EventKind.PULL_REQUEST}, {"kind": EventKind.PUSH, "ref": "refs/heads/other"}, {"sha": "0" * 40}],
)
def test_open_pulls__is_for_the_default_branch_alone(searched: tuple[Shop, Report], event: dict[str, object]):
    """No pull request and no other branch can have a proposal opened, nor a report of another run."""
    shop, report = searched

    with pytest.raises(UsageError):
        open_pulls([report], scheduled(shop, **event), shop.github)
