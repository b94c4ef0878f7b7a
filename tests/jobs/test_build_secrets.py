"""A reviewed secret that a hostile or careless build prints: in nothing that leaves the process."""

from __future__ import annotations

import base64
import dataclasses
import json
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.world import webhooks
from tests.world.checkout import Checkout
from tests.world.github import GitHubFake
from tests.world.program import Program, Run

pytestmark = [pytest.mark.engine, pytest.mark.github]

SECRET = 's3cr3t+of/the&"build"'
SPELLINGS = (
    SECRET,
    base64.b64encode(SECRET.encode()).decode(),
    base64.b64encode(f"u:{SECRET}".encode()).decode(),
    base64.urlsafe_b64encode(f"x{SECRET}".encode()).decode().rstrip("="),
    quote(SECRET, safe=""),
    SECRET.encode().hex(),
    json.dumps(SECRET)[1:-1],
)
BASE = {
    "Dockerfile": "FROM busybox\nRUN --mount=type=secret,id=t true\n",
    "deadweight.toml": '[[image]]\nname = "shop"\ndockerfile = "Dockerfile"\n'
    'secrets = ["id=t,env=BUILD_SECRET"]\n[image.build-args]\nDEPLOY_TOKEN = "t0ken-of-the-build"\n',
}
MOUNT = "RUN --mount=type=secret,id=t s=$(cat /run/secrets/t); "
# Every spelling, colours and a carriage return in the middle, and one at the place where lines are cut.
PRINTS = (
    f"{MOUNT}"
    'echo "plain $s"; printf %s "$s" | base64; printf %s "u:$s" | base64; printf %s "x$s" | base64 | tr +/ -_ | tr -d =;'
    r' printf "%s\033[31m%s\n" "$(printf %s "$s" | head -c 6)" "$(printf %s "$s" | tail -c +7)";'
    r' printf "%s\r%s\n" "$(printf %s "$s" | head -c 6)" "$(printf %s "$s" | tail -c +7)";'
    r' printf %s "$s" | hexdump -v -e "1/1 \"%02x\""; echo;'
    ' head -c 290 /dev/zero | tr "\\0" x; echo "$s"; echo "args $DEPLOY_TOKEN"; '
)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """Return a repository whose base gives its build a secret."""
    made = Checkout.new(tmp_path / "shop")
    made.commit(BASE)
    return made


def proposed(checkout: Checkout, github: GitHubFake, dockerfile: str) -> dict:
    """Open a pull request with this Dockerfile; gives the event's payload."""
    base = checkout.git("rev-parse", "main")
    checkout.git("checkout", "-q", "-B", "print", "main")
    head = checkout.commit({"Dockerfile": dockerfile})
    checkout.merge_pull_request(head)
    github.open_pull(5, head_sha=head, base_sha=base)
    return webhooks.pull_request(head_sha=head, base_sha=base)


@pytest.fixture
def program(checkout: Checkout, github: GitHubFake, modern_engine: dict[str, str]) -> Program:
    """Return the Action with the secret in its environment."""
    return Program(checkout, github.api_url, modern_engine, env={"BUILD_SECRET": SECRET})


def told(run: Run, github: GitHubFake) -> str:
    """Everything that left the process, but for the command that has the runner hide a value."""
    checks = [(one.title, one.summary, one.annotations) for one in github.state.check_runs.values()]
    text = "\n".join([run.everything(), *github.bodies(), repr(checks)])
    return "\n".join(line for line in text.splitlines() if not line.startswith("::add-mask::"))


def test_check__failing_build_prints_its_secret(program: Program, github: GitHubFake, checkout: Checkout):
    """A RUN that fails after printing its secret in many spellings leaves none of them anywhere (T-K1)."""
    payload = proposed(checkout, github, f"FROM busybox\nARG DEPLOY_TOKEN\n{PRINTS}exit 3\n")

    run = program.run("pull_request", payload)

    everything = told(run, github)
    assert run.exit_code == 3, run.log
    assert "plain ***" in everything
    assert github.bodies()
    assert not [one for one in (*SPELLINGS, "t0ken-of", "s3cr3t", "of/the", "of_the") if one in everything]


def test_check__image_holds_its_secret(program: Program, github: GitHubFake, checkout: Checkout):
    """A secret that becomes a path of the image is masked in comment, check and every file of the report (T-K2)."""
    text = f'FROM busybox\n{MOUNT}mkdir -p "/opt/$s" && head -c 3000000 /dev/zero > "/opt/$s/big"\n'
    payload = proposed(checkout, github, text)

    run = program.run("pull_request", payload)

    everything = told(run, github)
    assert run.exit_code == 0, run.log
    assert "/opt/***" in everything.replace("&#47;", "/")
    assert not [one for one in (*SPELLINGS, "s3cr3t") if one in everything]
    assert run.report()["images"][0]["delta"]["unpacked_bytes"] >= 3_000_000


def test_check__bug_tells_its_secret(program: Program, github: GitHubFake, checkout: Checkout, tmp_path: Path):
    """A message of an error that holds the token of the job is masked like all else (T-K3)."""
    payload = proposed(checkout, github, "FROM busybox\nRUN true\n")
    token = "ghs_0123456789abcdefABCDEF"
    odd = {"DOCKER_HOST": f"unix:///nonexistent/{token}.sock"}

    run = dataclasses.replace(program, token=token, engine={**program.engine, **odd}).run("pull_request", payload)

    everything = told(run, github)
    assert run.exit_code == 3
    assert "/nonexistent/***.sock" in everything
    assert token not in everything
