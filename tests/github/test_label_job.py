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
    """Give the Action in a repository whose images may grow by 2 MB; mona may write there."""
    shop = Checkout.new(tmp_path / "shop")
    shop.commit({"Dockerfile": SMALL, "deadweight.toml": '[budget]\nmax-growth = "2 MB"\n'})
    github.state.collaborators["mona"] = "write"
    return Program(shop, github.api_url, modern_engine)


def push(program: Program, github: GitHubFake, megabytes: int, run_id: int, *, labelled: bool = True) -> Run:
    """Push a layer of that size to the pull request, and let its job run."""
    shop = program.checkout
    base = shop.git("rev-parse", "main")
    shop.git("checkout", "-q", "-B", "grow", "main")
    head = shop.commit({"Dockerfile": f"{SMALL}RUN head -c {megabytes}000000 /dev/zero > /more\n"})
    shop.merge_pull_request(head)
    if 5 in github.state.pulls:
        github.state.pulls[5].head_sha = head
    else:
        github.open_pull(5, head_sha=head, base_sha=base)
    payload = webhooks.pull_request(head_sha=head, base_sha=base, labels=(LABEL,) if labelled else ())
    return program.run("pull_request", payload, run_id=run_id)


def test_label__from_push_to_push(program: Program, github: GitHubFake):
    """It fails, is accepted, stays accepted, ends with the push that grows further, and is accepted when set anew."""
    exits = [push(program, github, 5, 1, labelled=False).exit_code]
    github.label(5, LABEL, by="mona")
    exits += [push(program, github, size, run_id).exit_code for run_id, size in ((2, 5), (3, 5), (4, 8))]
    (failed,) = github.bodies()
    github.unlabel(5, LABEL, by="mona")
    github.label(5, LABEL, by="mona")
    github.state.label_events[-1].created_at = "2026-11-24T12:00:00Z"
    exits += [push(program, github, 8, 5).exit_code]
    (accepted,) = github.bodies()

    assert exits == [1, 0, 0, 1, 0]
    assert "<!-- deadweight:accepted by=mona " in failed.splitlines()[1]
    assert failed.splitlines()[1].endswith(",max-growth,5000000 -->")
    assert "so the label must be set anew" in failed
    assert accepted.splitlines()[1].endswith("at=2026-11-24T12:00:00Z shop,linux%2Famd64,max-growth,8000000 -->")


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
