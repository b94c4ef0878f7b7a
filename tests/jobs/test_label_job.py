"""A growth that is accepted by label, from push to push: real engine, the program, and a GitHub that remembers."""

import dataclasses
from pathlib import Path

import pytest

from tests.world import webhooks
from tests.world.checkout import Checkout
from tests.world.github import GitHubFake
from tests.world.program import Program, Run

pytestmark = [pytest.mark.engine, pytest.mark.github]

LABEL = "image-size-ok"
SMALL = "FROM busybox\nRUN head -c 1000000 /dev/zero > /a\n"


@pytest.fixture
def program(tmp_path: Path, github: GitHubFake, modern_engine: dict[str, str]) -> Program:
    """Return the Action in a repository whose images may grow by 2 MB; mona may write there."""
    shop = Checkout.new(tmp_path / "shop")
    shop.commit({"Dockerfile": SMALL, "deadweight.toml": '[budget]\nmax-growth = "2 MB"\n'})
    github.state.collaborators["mona"] = "write"
    return Program(shop, github.api_url, modern_engine)


def push(
    program: Program, github: GitHubFake, megabytes: int, run_id: int, *, labelled: bool = True, hour: int = 9
) -> Run:
    """Push a layer of that size to the pull request at some hour, and let its job run."""
    shop = program.checkout
    base = shop.git("rev-parse", "main")
    shop.git("checkout", "-q", "-B", "grow", "main")
    head = shop.commit({"Dockerfile": f"{SMALL}RUN head -c {megabytes}000000 /dev/zero > /more\n"})
    shop.merge_pull_request(head)
    if 5 in github.state.pulls:
        github.state.pulls[5].head_sha = head
    else:
        github.open_pull(5, head_sha=head, base_sha=base)
    github.run_workflow(github.state.pulls[5], id=run_id, created_at=f"2026-11-24T{hour:02}:00:05Z")
    payload = webhooks.pull_request(head_sha=head, base_sha=base, labels=(LABEL,) if labelled else ())
    return program.run("pull_request", payload, run_id=run_id)


def label(github: GitHubFake, *, hour: int) -> None:
    """Let mona set the label at some hour."""
    github.label(5, LABEL, by="mona")
    github.state.label_events[-1].created_at = f"2026-11-24T{hour:02}:00:00Z"


def test_label__from_push_to_push(program: Program, github: GitHubFake):
    """It fails, is accepted, stays accepted, ends with the push that grows further, and is accepted when set anew."""
    exits = [push(program, github, 5, 1, labelled=False).exit_code]
    label(github, hour=10)
    exits += [push(program, github, size, hour - 8, hour=hour).exit_code for hour, size in ((10, 5), (11, 4), (12, 8))]
    (failed,) = github.bodies()
    github.unlabel(5, LABEL, by="mona")
    label(github, hour=13)
    exits += [push(program, github, 8, 5, hour=13).exit_code]
    (accepted,) = github.bodies()

    assert exits == [1, 0, 0, 1, 0]
    assert "<!-- deadweight:accepted by=mona at=2026-11-24T10:00:00Z head=" in failed.splitlines()[1]
    assert failed.splitlines()[1].endswith(",max-growth,5000000 -->")
    assert "so the label must be set anew" in failed
    assert "at=2026-11-24T13:00:00Z" in accepted.splitlines()[1]
    assert accepted.splitlines()[1].endswith(
        f"{github.state.pulls[5].head_sha} shop,linux%2Famd64,max-growth,8000000 -->"
    )


def test_label__before_a_push(program: Program, github: GitHubFake):
    """What is pushed after the label was set is not accepted by it: it was set for the commit before (T-S5)."""
    first = push(program, github, 1, 1, labelled=False)
    small = github.state.pulls[5].head_sha
    label(github, hour=10)

    later = push(program, github, 5, 2, hour=11)

    assert (first.exit_code, later.exit_code) == (0, 1)
    assert f"it was set for {small[:7]}, not for" in github.bodies()[0].replace("`", "")


def test_label__of_an_author_who_may_only_read(program: Program, github: GitHubFake):
    """A label set by somebody without triage rights accepts nothing, and the comment says so."""
    github.open_pull(5)
    github.label(5, LABEL, by="mallory")

    run = push(program, github, 5, 1)

    assert run.exit_code == 1
    assert "accepts nothing" in github.bodies()[0]


def test_label__with_a_token_that_cannot_ask(program: Program, github: GitHubFake):
    """Where GitHub does not say who set the label, the budget holds: a job never passes for want of an answer."""
    github.open_pull(5)
    github.label(5, LABEL, by="mona")

    run = push(dataclasses.replace(program, token="revoked"), github, 5, 1)

    assert run.exit_code == 1
    assert "accepts nothing" in run.summary
