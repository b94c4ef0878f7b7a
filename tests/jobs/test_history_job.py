"""The record of sizes from push to push, and the budget that looks back at it: real engine, real git, the program."""

import dataclasses
import json
from pathlib import Path

import pytest

from tests.world import webhooks
from tests.world.checkout import Checkout
from tests.world.github import GitHubFake
from tests.world.program import Program, Run

pytestmark = [pytest.mark.engine, pytest.mark.github]

KEPT = ("deadweight-history", "sizes.jsonl")
RATCHET = "[budget]\nratchet = true\n"


def dockerfile(*megabytes: int) -> str:
    """A Dockerfile with a layer of each size."""
    return "FROM busybox\n" + "".join(f"RUN head -c {size}000000 /dev/zero > /f{size}\n" for size in megabytes)


@pytest.fixture
def shop(tmp_path: Path) -> Checkout:
    """Return a repository whose image is held to the smallest size that it ever had."""
    made = Checkout.new(tmp_path / "shop")
    made.commit({"Dockerfile": dockerfile(6), "deadweight.toml": RATCHET})
    return made


def push(program: Program, files: dict[str, str]) -> tuple[Run, Run]:
    """Push to main: one job measures, another one, which may write, records."""
    shop = program.checkout
    before, after = shop.git("rev-parse", "HEAD"), shop.commit(files)
    event = webhooks.push(before=before, after=after)
    measuring = dataclasses.replace(
        program,
        token="read-token",
        inputs={"fail-on": "never", "check-run": "false"},
        env={"GITHUB_REF": "refs/heads/main"},
    )
    measured = measuring.run("push", event, run_id=int(after[:6], 16))
    recording = dataclasses.replace(measuring, engine={}, token="history-token", inputs={"command": "history record"})
    return measured, recording.run("push", event, run_id=int(after[:6], 16))


def test_history__is_what_a_ratchet_looks_back_at(shop: Checkout, github: GitHubFake, modern_engine: dict[str, str]):
    """What was once made smaller may not come back: the pull request that grows it again fails by the record."""
    program = Program(shop, github.api_url, modern_engine)

    ends = [push(program, {"Dockerfile": dockerfile(*sizes)}) for sizes in ((2,), (2, 1))]

    assert [(one.exit_code, other.exit_code) for one, other in ends] == [(0, 0), (0, 0)], ends[0][1].everything()
    lines = [json.loads(line) for line in github.state.files[KEPT].splitlines()]
    first = lines[0]["unpacked_bytes"]
    assert [line["unpacked_bytes"] - first for line in lines] == [0, -4_000_000, -3_000_000]

    main = shop.git("rev-parse", "HEAD")
    shop.git("checkout", "-q", "--orphan", "deadweight-history")
    shop.git("rm", "-rfq", ".")
    shop.commit({"sizes.jsonl": github.state.files[KEPT]})
    shop.git("checkout", "-q", "-B", "grow", main)
    head = shop.commit({"Dockerfile": dockerfile(2, 1) + "RUN head -c 500000 /dev/zero > /more\n"})
    shop.merge_pull_request(head)
    github.open_pull(5, head_sha=head, base_sha=main)

    run = program.run("pull_request", webhooks.pull_request(head_sha=head, base_sha=main), run_id=9)

    assert run.exit_code == 1
    (judged,) = run.report()["images"][0]["budgets"]
    assert judged["verdict"] == "fail"
    assert "1.50 MB more than ratchet allows" in judged["reason"].replace("\u00a0", " ")
