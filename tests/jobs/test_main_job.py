"""The main job from event to comment: a real engine, a GitHub that remembers, the program as the runner runs it."""

import dataclasses
import json
from pathlib import Path

import pytest

from tests.discovery.trees import workflow
from tests.world import webhooks
from tests.world.checkout import Checkout
from tests.world.github import GitHubFake
from tests.world.program import Program, Run

pytestmark = [pytest.mark.engine, pytest.mark.github]

BASE = {
    "Dockerfile": "FROM busybox\nRUN head -c 1000000 /dev/zero > /a\n",
    "deadweight.toml": '[budget]\nmax-growth = "2 MB"\n',
}
SECRET = "s3cr3t-value-of-the-build"
HOSTILE = """\
FROM busybox
ARG TOKEN
RUN head -c 1000000 /dev/zero > /a
RUN printf '%s\\n' '::set-output name=result::pass' '##[add-mask]e' '  ::stop-commands::x' "token is $TOKEN"
RUN touch '/<img src=x>@octocat|`' && head -c 5000000 /dev/zero > '/b|[x](www.evil.example)'
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """Return a repository whose main branch is within its budget."""
    made = Checkout.new(tmp_path / "shop")
    made.commit(BASE)
    return made


def propose(checkout: Checkout, github: GitHubFake, files: dict[str, str], *, fork: str | None = None) -> dict:
    """Open a pull request with these files and check out its merge commit; gives the event's payload."""
    base = checkout.git("rev-parse", "main")
    checkout.git("checkout", "-q", "-B", "grow", "main")
    head = checkout.commit(files)
    checkout.merge_pull_request(head)
    github.open_pull(5, head_sha=head, base_sha=base, fork=fork)
    return webhooks.pull_request(head_sha=head, base_sha=base, fork=fork)


@pytest.fixture
def program(checkout: Checkout, github: GitHubFake, modern_engine: dict[str, str]) -> Program:
    """Return the Action, in that repository's job."""
    return Program(checkout, github.api_url, modern_engine)


def test_check__measures_what_ci_ships(program: Program, github: GitHubFake, checkout: Checkout):
    """With no configuration the image is the one that the workflow builds: its Dockerfile, context, target and name."""
    inputs = "push: true, tags: acme/api, file: docker/app/Dockerfile, context: ., target: runtime"
    dockerfile = "FROM busybox AS runtime\nCOPY src /src\nFROM busybox AS debug\nRUN exit 7\n"
    checkout.git("rm", "-q", "deadweight.toml", "Dockerfile")
    checkout.commit(
        {
            ".github/workflows/ship.yml": workflow(f"- uses: docker/build-push-action@v6\n  with: {{{inputs}}}\n"),
            "docker/app/Dockerfile": dockerfile,
            "src/a": "1",
            "tests/Dockerfile": "FROM busybox\nRUN exit 7\n",
        }
    )
    event = propose(checkout, github, {"src/more": "x" * 300_000})

    run = program.run("pull_request", event)

    assert run.exit_code == 0, run.log
    [image] = run.report()["images"]
    assert (image["name"], image["state"], image["delta"]["unpacked_bytes"]) == ("api", "changed", 300_000)
    assert any(note.startswith("Built as .github/workflows/ship.yml:") for note in image["notes"])
    assert any("tests/Dockerfile (it lies in tests/)" in note for note in run.report()["notes"])


def grown(*megabytes: int) -> dict[str, str]:
    """The base's Dockerfile with layers of that many megabytes."""
    layers = [f"RUN head -c {size}000000 /dev/zero > /more{size}\n" for size in megabytes]
    return {"Dockerfile": BASE["Dockerfile"] + "".join(layers)}


def test_check__three_runs_leave_one_comment(program: Program, github: GitHubFake, checkout: Checkout):
    """Every push updates the same comment, and the exit code is the verdict."""
    exits = []
    for run_id, files in enumerate([grown(5), grown(1), grown(4)], start=100):
        payload = propose(checkout, github, files)
        exits.append(program.run("pull_request", payload, run_id=run_id).exit_code)

    (body,) = github.bodies()
    assert exits == [1, 0, 1]
    assert "run=102/1" in body
    assert "grew by 4\u00a0MB" in body


def test_check__annotates_the_line(program: Program, github: GitHubFake, checkout: Checkout):
    """The check run fails at the head commit with the Dockerfile's line that grew."""
    payload = propose(checkout, github, grown(5))

    program.run("pull_request", payload)

    (run,) = github.state.check_runs.values()
    assert (run.head_sha, run.conclusion) == (payload["pull_request"]["head"]["sha"], "failure")
    assert ("Dockerfile", 3) in {(a["path"], a["start_line"]) for a in run.annotations}


def test_check__nothing_changed(program: Program, github: GitHubFake, checkout: Checkout):
    """A pull request that touches no input gets no comment, and passes."""
    payload = propose(checkout, github, {"README.md": "words", ".dockerignore": "README.md\n"})

    run = program.run("pull_request", payload)

    assert (run.exit_code, github.bodies()) == (0, [])


def test_check__head_does_not_build(program: Program, github: GitHubFake, checkout: Checkout):
    """A head that does not build leaves no stale numbers: the comment says so, exit 3 (F12)."""
    first = propose(checkout, github, grown(5))
    program.run("pull_request", first, run_id=1)
    payload = propose(checkout, github, {"Dockerfile": "FROM busybox\nRUN exit 7\n"})

    run = program.run("pull_request", payload, run_id=2)

    (body,) = github.bodies()
    assert run.exit_code == 3
    assert "does not build" in body.splitlines()[1]
    assert "grew by" not in body


def test_check__fork(program: Program, github: GitHubFake, checkout: Checkout):
    """A fork's read-only token is not even tried: summary, outputs and exit code say it all (F1)."""
    payload = propose(checkout, github, grown(5), fork="eve")

    run = dataclasses.replace(program, token="read-token").run("pull_request", payload)

    assert run.exit_code == 1
    assert github.count("POST ") == 0
    assert "grew by 5\u00a0MB" in run.summary
    assert run.outputs["result"] == "fail"


def test_check__token_that_cannot_comment(program: Program, github: GitHubFake, checkout: Checkout):
    """A missing permission costs the comment, not the verdict; the log names the way out (F1, F2)."""
    payload = propose(checkout, github, grown(1))

    run = dataclasses.replace(program, token="read-token").run("pull_request", payload)

    assert run.exit_code == 0
    assert "pull-requests: write" in run.log
    assert github.bodies() == []


def test_check__token_rejected(program: Program, github: GitHubFake, checkout: Checkout):
    """A rejected token costs the comment, not the verdict (F3)."""
    payload = propose(checkout, github, grown(5))

    run = dataclasses.replace(program, token="revoked").run("pull_request", payload)

    assert run.exit_code == 1
    assert "GitHub rejects the token" in run.log


def own_commands(run: Run) -> set[str]:
    """The kinds of commands in a run's output."""
    return {command.name for command in run.commands}


def test_check__hostile_dockerfile(program: Program, github: GitHubFake, checkout: Checkout):
    """Build output commands the runner nothing, file names break out of nothing, build arguments stay secret (T-L1, T-D3)."""
    payload = propose(checkout, github, {"Dockerfile": HOSTILE})
    inputs = {"build-args": f"TOKEN={SECRET}"}

    run = dataclasses.replace(program, inputs=inputs).run("pull_request", payload)

    assert run.exit_code == 1
    assert own_commands(run) <= {"add-mask", "group", "endgroup", "error", "warning", "notice"}
    masked = [command.data for command in run.commands if command.name == "add-mask"]
    assert set(masked) <= {"write-token", SECRET}
    assert SECRET not in run.everything().replace(f"::add-mask::{SECRET}", "")
    assert SECRET not in "".join(github.bodies())
    assert run.outputs["result"] == "fail"


@pytest.mark.parametrize("event", ["pull_request_target", "workflow_run"])
def test_check__privileged_event(program: Program, github: GitHubFake, checkout: Checkout, event: str):
    """A job with a token that writes refuses to build a pull request (T-D2)."""
    payload = propose(checkout, github, grown(5), fork="eve")
    if event == "workflow_run":
        payload = webhooks.workflow_run(7, fork="eve")

    run = program.run(event, payload)

    assert run.exit_code == 2
    assert "docker build" not in run.log
    assert github.requests == []


def test_check__checkout_shadows_modules(program: Program, github: GitHubFake, checkout: Checkout):
    """Python files of the pull request shadow nothing of the program (T-D9)."""
    trap = "raise SystemExit('the pull request ran inside of the program')\n"
    traps = dict.fromkeys(("json.py", "docker.py", "github.py", "bot/__init__.py", "sitecustomize.py"), trap)
    payload = propose(checkout, github, grown(1) | traps | {".dockerignore": "*\n"})

    run = dataclasses.replace(program, env={"PYTHONPATH": str(checkout.folder)}).run("pull_request", payload)

    assert run.exit_code == 0, run.everything()


def test_check__budget_of_the_head_is_not_obeyed(program: Program, github: GitHubFake, checkout: Checkout):
    """A pull request that raises its own budget is judged by the base's (T-P1)."""
    payload = propose(checkout, github, grown(5) | {"deadweight.toml": '[budget]\nmax-growth = "1 GB"\n'})

    run = program.run("pull_request", payload)

    assert run.exit_code == 1
    assert "1 GB" in github.bodies()[0]


@pytest.mark.parametrize(("permission", "exit_code"), [("write", 0), ("read", 1)])
def test_check__override_label(
    program: Program, github: GitHubFake, checkout: Checkout, permission: str, exit_code: int
):
    """A label accepts an exceeded budget where somebody who may has set it, and the comment names them."""
    payload = propose(checkout, github, grown(5))
    payload["pull_request"]["labels"] = webhooks.pull_request(labels=("image-size-ok",))["pull_request"]["labels"]
    github.state.collaborators["mona"] = permission
    github.run_workflow(github.state.pulls[5])
    github.label(5, "image-size-ok", by="mona")

    run = program.run("pull_request", payload)

    assert run.exit_code == exit_code
    assert ("mona" in github.bodies()[0]) == (permission == "write")


def test_check__engine_is_missing(program: Program, github: GitHubFake, checkout: Checkout):
    """Without an engine there is no number: exit 3, and the message names the socket that was tried (F9)."""
    payload = propose(checkout, github, grown(5))
    engine = {**program.engine, "DOCKER_HOST": "unix:///nonexistent/docker.sock"}

    run = dataclasses.replace(program, engine=engine).run("pull_request", payload)

    assert run.exit_code == 3
    assert "/nonexistent/docker.sock" in run.log
    assert "Traceback" not in run.everything()


def test_check__retargeted(program: Program, github: GitHubFake, checkout: Checkout):
    """A pull request that is retargeted is measured against its new base, and the comment names its commit (F24, F25)."""
    first = propose(checkout, github, grown(5))
    program.run("pull_request", first, run_id=1)
    checkout.git("checkout", "-q", "main")
    checkout.commit(grown(5))
    payload = propose(checkout, github, grown(5, 1))
    edited = webhooks.pull_request(
        "edited", head_sha=payload["pull_request"]["head"]["sha"], base_sha=checkout.git("rev-parse", "main")
    )

    run = program.run("pull_request", edited, run_id=2)

    (body,) = github.bodies()
    assert run.exit_code == 0, run.log
    assert "grew by 1\u00a0MB" in body.splitlines()[1]
    assert f"updated for `{payload['pull_request']['head']['sha'][:7]}`" in body


def test_check__two_jobs_on_one_pull_request(program: Program, github: GitHubFake, checkout: Checkout):
    """Two jobs with two keys keep a comment each (F26)."""
    payload = propose(checkout, github, grown(5))

    for key in ("amd64", "arm64", "amd64"):
        dataclasses.replace(program, inputs={"comment-key": key}).run("pull_request", payload)

    assert sorted(body.split()[2] for body in github.bodies()) == ["key=amd64", "key=arm64"]


@pytest.mark.parametrize("content", ["", "{", "[]", "null", json.dumps({"pull_request": 7})])
def test_check__event_is_no_event(program: Program, github: GitHubFake, content: str, tmp_path: Path):
    """An event file that is cut off or something else is a usage error, not a traceback (F29)."""
    event = tmp_path / "odd.json"
    event.write_text(content)

    run = dataclasses.replace(program, env={"GITHUB_EVENT_PATH": str(event)}).run("pull_request", {})

    assert run.exit_code == 2
    assert "Traceback" not in run.everything()


def test_check__odd_environment(program: Program, github: GitHubFake, checkout: Checkout):
    """No home, the C locale and Python variables from a workflow's env change nothing (F28)."""
    payload = propose(checkout, github, grown(1))
    odd = {"HOME": "/nonexistent", "LC_ALL": "C", "PYTHONHOME": "/nonexistent", "PYTHONIOENCODING": "ascii"}

    run = dataclasses.replace(program, env=odd).run("pull_request", payload)

    assert run.exit_code == 0, run.everything()
    assert len(github.bodies()) == 1
    assert not Path("/nonexistent").exists()
