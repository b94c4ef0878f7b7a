"""The trusted half as a job: what it takes from another run's artifact, and what it does not believe."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.model.effects import Marker
from tests.world import webhooks
from tests.world.checkout import Checkout
from tests.world.github import GitHubFake
from tests.world.program import Program, Run

pytestmark = [pytest.mark.engine, pytest.mark.github]

CONFIG = b'[budget]\nmax-growth = "2 MB"\n'
Json = dict[str, Any]


@pytest.fixture(scope="module")
def measured(modern_engine: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Json:
    """Measure a fork's pull request for real, once; gives its report."""
    shop = Checkout.new(tmp_path_factory.mktemp("fork") / "shop")
    small = "FROM busybox\nRUN head -c 1000000 /dev/zero > /a\n"
    base = shop.commit({"Dockerfile": small, "deadweight.toml": CONFIG})
    shop.git("checkout", "-q", "-b", "grow")
    head = shop.commit({"Dockerfile": f"{small}RUN head -c 5000000 /dev/zero > /b\n"})
    shop.merge_pull_request(head)
    payload = webhooks.pull_request(head_sha=head, base_sha=base, fork="eve")
    run = Program(shop, "http://127.0.0.1:9", modern_engine, token="").run("pull_request", payload)
    assert run.exit_code == 1, run.everything()
    return {"report": run.report(), "base": base, "head": head, "merge": shop.git("rev-parse", "HEAD")}


@pytest.fixture
def publish(github_fast: GitHubFake, measured: Json, tmp_path: Path) -> Callable[..., Run]:
    """Return a function that uploads a report and runs the second workflow's job for it."""
    pull = github_fast.open_pull(5, fork="eve", head_sha=measured["head"], base_sha=measured["base"])
    github_fast.push_file(measured["base"], "deadweight.toml", CONFIG)
    github_fast.state.parents[measured["merge"]] = [measured["base"], measured["head"]]
    github_fast.state.tips["main"] = measured["base"]
    run = github_fast.run_workflow(pull)
    checkout = Checkout.new(tmp_path / "empty")
    checkout.commit({})

    def published(
        report: Json | bytes | None, *, name: str = "report.json", token: str = "write-token", attempt: int = 1
    ) -> Run:
        if report is not None:
            content = report if isinstance(report, bytes) else json.dumps(report).encode()
            github_fast.upload(run, "deadweight-report", {name: content})
        event = webhooks.workflow_run(run.id, fork="eve", head_sha=measured["head"])
        event["workflow_run"]["run_attempt"] = attempt
        program = Program(checkout, github_fast.api_url, token=token, inputs={"command": "publish"})
        return program.run("workflow_run", event)

    return published


def test_publish__fork(publish: Callable[..., Run], github_fast: GitHubFake, measured: Json):
    """The fork's pull request gets its comment and check run, without checkout and engine, marked as what it is."""
    run = publish(measured["report"])

    (body,) = github_fast.bodies()
    (check,) = github_fast.state.check_runs.values()
    assert run.exit_code == 0, run.everything()
    assert "grew by 5\u00a0MB" in body.splitlines()[1]
    assert "own workflow run" in body
    assert (check.head_sha, check.conclusion) == (measured["head"], "failure")


def test_publish__verdict_is_a_lie(publish: Callable[..., Run], github_fast: GitHubFake, measured: Json):
    """A report that says it passed is judged again by the base's budgets (T-A3)."""
    lying = json.loads(json.dumps(measured["report"]))
    for image in lying["images"]:
        image["verdict"] = "pass"
        image["budgets"] = []

    publish(lying)

    (body,) = github_fast.bodies()
    assert "over budget" in body.splitlines()[1]


def test_publish__budget_of_the_head(publish: Callable[..., Run], github_fast: GitHubFake, measured: Json):
    """The head's configuration is not even looked at (T-P1)."""
    github_fast.push_file(measured["head"], "deadweight.toml", b'[budget]\nmax-growth = "1 GB"\n')

    publish(measured["report"])

    assert "over budget" in github_fast.bodies()[0].splitlines()[1]


def test_publish__another_pull_request_is_named(publish: Callable[..., Run], github_fast: GitHubFake, measured: Json):
    """A report that names another pull request or commit is not posted there (T-A1)."""
    github_fast.open_pull(1, head_sha="d" * 40)
    spoofed = json.loads(json.dumps(measured["report"]).replace(measured["head"], "d" * 40))

    run = publish(spoofed)

    assert (github_fast.bodies(1), github_fast.bodies(5)) == ([], [])
    assert "Traceback" not in run.log


def test_publish__pull_request_moved_on(publish: Callable[..., Run], github_fast: GitHubFake, measured: Json):
    """A slow run whose pull request has new commits posts nothing and says why (T-A1, F18)."""
    github_fast.state.pulls[5].head_sha = "d" * 40

    run = publish(measured["report"])

    assert (run.exit_code, github_fast.bodies()) == (0, [])
    assert "Nothing is published" in run.log


def test_publish__two_bases(publish: Callable[..., Run], github_fast: GitHubFake, measured: Json):
    """Of two pull requests from one branch the one that was measured gets the result, the other one nothing (T-S1)."""
    tip = "5" * 40
    github_fast.state.parents[tip] = []
    github_fast.state.tips["stable"] = tip
    github_fast.open_pull(6, fork="eve", head_sha=measured["head"], base_ref="stable", base_sha=tip)

    run = publish(measured["report"])

    assert (len(github_fast.bodies(5)), github_fast.bodies(6)) == (1, []), run.log


def test_publish__two_bases_alike(publish: Callable[..., Run], github_fast: GitHubFake, measured: Json):
    """Where both bases have the commit that was compared with, nothing is posted and the log says why (T-S1)."""
    github_fast.state.tips["stable"] = measured["base"]
    github_fast.open_pull(6, fork="eve", head_sha=measured["head"], base_ref="stable", base_sha=measured["base"])

    run = publish(measured["report"])

    assert (run.exit_code, github_fast.bodies(5), github_fast.bodies(6)) == (0, [], [])
    assert (github_fast.state.check_runs, github_fast.state.statuses) == ({}, [])
    assert "which cannot be told" in run.log


def old_comment(github: GitHubFake) -> None:
    """The comment that an earlier run left for the commit before."""
    marker = Marker("default", "d" * 40, 7, 1)
    github.say(5, "github-actions[bot]", f"{marker.text}\n### all is well\n")
    github.run_workflow(github.state.pulls[5], id=7, head_sha="d" * 40)


@pytest.mark.parametrize("content", [None, b"<html>"], ids=["missing", "malformed"])
def test_publish__old_result(
    publish: Callable[..., Run], github_fast: GitHubFake, measured: Json, content: bytes | None
):
    """Without a sound report the old comment does not stand for the new commit (T-S3)."""
    old_comment(github_fast)

    publish(content)

    (body,) = github_fast.bodies()
    (check,) = github_fast.state.check_runs.values()
    assert f"not measured for `{measured['head'][:7]}`" in body
    assert (check.head_sha, check.conclusion) == (measured["head"], "neutral")


def test_publish__red_run(publish: Callable[..., Run], github_fast: GitHubFake, measured: Json):
    """A run that failed for a budget that this step was not given ends neither green nor silent (T-S2)."""
    github_fast.push_file(measured["base"], "deadweight.toml", b'[budget]\nmax-growth = "9 MB"\n')
    for run in github_fast.state.runs.values():
        run.conclusion = "failure"

    publish(measured["report"])

    (check,) = github_fast.state.check_runs.values()
    assert check.conclusion == "neutral"
    assert "the workflow run that measured it failed" in github_fast.bodies()[0].splitlines()[1]


def test_publish__second_attempt(publish: Callable[..., Run], github_fast: GitHubFake, measured: Json):
    """The first attempt's report is not posted as the second one's (T-S4)."""
    for run in github_fast.state.runs.values():
        run.run_attempt, run.run_started_at, run.conclusion = 2, "2026-01-03T00:00:00Z", "failure"

    run = publish(measured["report"], attempt=2)

    assert github_fast.bodies() == []
    assert "an earlier attempt's is not taken for it" in run.log


def test_publish__forged_run_number(publish: Callable[..., Run], github_fast: GitHubFake, measured: Json):
    """A comment that another workflow wrote for a run of the future does not freeze ours (T-S6)."""
    forged = Marker("default", measured["head"], 999_999_999_999, 1)
    github_fast.say(5, "github-actions[bot]", f"{forged.text}\n### all is well\n")

    publish(measured["report"])

    assert "grew by" in github_fast.bodies()[0]


def test_publish__no_artifact(publish: Callable[..., Run], github_fast: GitHubFake):
    """A run that failed before it measured leaves nothing to publish (T-A4)."""
    run = publish(None)

    assert (run.exit_code, github_fast.bodies()) == (0, [])
    assert "Nothing is published" in run.log


NOT_REPORTS = {
    "not JSON": b"<html>",
    "empty": b"",
    "100,000 nested lists": b"[" * 100_000,
    "not a number": b'{"schema": NaN}',
    "infinite": b'{"schema": 1e999}',
    "a million digits": b'{"schema": ' + b"9" * 1_000_000 + b"}",
    "key twice": b'{"schema": "deadweight/report/1", "schema": "deadweight/report/1"}',
    "another schema": b'{"schema": "deadweight/report/999"}',
    "not UTF-8": b"\xff\xfe{}",
}


@pytest.mark.parametrize("content", NOT_REPORTS.values(), ids=NOT_REPORTS)
def test_publish__no_report(publish: Callable[..., Run], github_fast: GitHubFake, content: bytes):
    """What is no report is refused in a sentence, and nothing is posted (T-J1)."""
    run = publish(content)

    assert run.exit_code != 0
    assert "Traceback" not in run.everything()
    assert github_fast.bodies() == []


@pytest.mark.parametrize("size", [-1, 2**53, 1.5, True, "5"])
def test_publish__size_is_no_size(publish: Callable[..., Run], github_fast: GitHubFake, measured: Json, size: object):
    """A size that is no whole number of bytes is refused (T-J1)."""
    odd = json.loads(json.dumps(measured["report"]))
    odd["images"][0]["head"]["unpacked_bytes"] = size

    run = publish(odd)

    assert run.exit_code != 0
    assert "Traceback" not in run.everything()
    assert github_fast.bodies() == []


def test_publish__archive_holds_something_else(publish: Callable[..., Run], github_fast: GitHubFake, measured: Json):
    """An archive that is not exactly the report is refused (T-Z1)."""
    run = publish(measured["report"], name="../report.json")

    assert "It must hold report.json and nothing else" in run.log
    assert github_fast.bodies() == []


def test_publish__bomb(publish: Callable[..., Run], github_fast: GitHubFake):
    """A report that unpacks past its limit is refused (T-Z1)."""
    run = publish(b" " * 50_000_000)

    assert "has more than" in run.log
    assert github_fast.bodies() == []


def test_publish__token_only_reads(publish: Callable[..., Run], github_fast: GitHubFake, measured: Json):
    """Without permission to write the log says which to grant (F1)."""
    run = publish(measured["report"], token="read-token")

    assert "pull-requests: write" in run.log
    assert github_fast.bodies() == []
