"""The runner that our end-to-end tests use does what we rely on, shown with an action of six lines."""

import dataclasses
from pathlib import Path

import pytest

from tests.world import webhooks
from tests.world.act import Act, Job
from tests.world.checkout import Checkout
from tests.world.github import GitHubFake

pytestmark = [pytest.mark.act, pytest.mark.engine]

WORKFLOW = """\
name: probe
on: [pull_request]
jobs:
  probe:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8
      - uses: ./
        id: probe
        with:
          max-growth: 10 MB
      - run: echo "output was ${{ steps.probe.outputs.delta }}"
"""
ACTION = """\
name: probe
description: Says what an action sees.
inputs:
  max-growth:
    description: a limit
  github-token:
    description: a token
    default: ${{ github.token }}
outputs:
  delta:
    description: a number
runs:
  using: docker
  image: Dockerfile
"""
PROGRAM = """\
import json, os, urllib.request
event = json.load(open(os.environ["GITHUB_EVENT_PATH"]))
url = f"{os.environ['GITHUB_API_URL']}/repos/octo/shop/issues/{event['number']}/comments"
token = {"Authorization": f"Bearer {os.environ['INPUT_GITHUB-TOKEN']}", "Content-Type": "application/json"}
text = f"{os.environ['INPUT_MAX-GROWTH']} {os.environ['GITHUB_RUN_ID']} {os.path.exists('/var/run/docker.sock')}"
urllib.request.urlopen(urllib.request.Request(url, json.dumps({"body": text}).encode(), token))
open(os.environ["GITHUB_OUTPUT"], "a").write("delta<<X\\n12 MB\\nX\\n")
print("::error file=Dockerfile,line=1::too big")
raise SystemExit(int(open("exit-code").read()))
"""
PATIENT_PROGRAM = """\
import time
try:
    print("sleeping", flush=True)
    time.sleep(60)
except KeyboardInterrupt:
    print("interrupted", flush=True)
    raise SystemExit(130)
"""


@pytest.fixture
def job(act: Act, github: GitHubFake, tmp_path: Path) -> Job:
    """Return a pull request's job with the probe as its action."""
    github.open_pull()
    checkout = Checkout.new(tmp_path / "shop")
    checkout.commit({"file": "1"})
    checkout.git("checkout", "-q", "-b", "grow")
    head = checkout.commit(
        {
            ".github/workflows/probe.yml": WORKFLOW,
            "action.yml": ACTION,
            "Dockerfile": f'FROM {act.image}\nCOPY main.py /\nENTRYPOINT ["python3", "-I", "/main.py"]\n',
            "main.py": PROGRAM,
            "exit-code": "0",
        }
    )
    checkout.merge_pull_request(head)
    payload = webhooks.pull_request(head_sha=head)
    return Job(checkout.folder, "pull_request", payload, ".github/workflows/probe.yml", github.api_url, run_id=4711)


def test_act__docker_action(act: Act, github: GitHubFake, job: Job):
    """A docker action gets inputs, event, token, engine and the address of GitHub, and its outputs reach later steps."""
    result = act.run(job)

    assert result.succeeded, result.log
    assert github.bodies() == ["10 MB 4711 True"]
    assert "output was 12 MB" in result.log


def test_act__failing_action(act: Act, job: Job):
    """An action's exit code fails the job."""
    (job.workspace / "exit-code").write_text("1")

    assert not act.run(job).succeeded


def test_act__image_made_before(act: Act, job: Job):
    """An image that is ready is used instead of building the action's Dockerfile."""
    (job.workspace / "Dockerfile").write_text("FROM does-not-exist\n")
    (job.workspace / "action.yml").write_text(f"{ACTION}  entrypoint: /bin/true\n")

    result = act.run(dataclasses.replace(job, images={"./": act.image}))

    assert result.succeeded, result.log


def test_act__cancelled(act: Act, job: Job):
    """A job can be cancelled in the middle, and its action can say its last word."""
    (job.workspace / "main.py").write_text(PATIENT_PROGRAM)

    result = act.run(job, interrupt_at="sleeping")

    assert "interrupted" in result.log
    assert not result.succeeded
