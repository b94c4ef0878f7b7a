"""plan on the command line: a matrix for the next jobs, from a real repository and no engine."""

import json

import pytest

from tests.cli.conftest import Terminal
from tests.edges.git.repos import commit, git, make_repository, merge_ref
from tests.world.runner_oracle import read_key_values

FILES = {"api/Dockerfile": "FROM debian\n", "web/Dockerfile": "FROM alpine\n", "cron/Dockerfile": "FROM alpine\n"}


@pytest.fixture
def shop(terminal: Terminal) -> Terminal:
    """Return a shell in a repository whose pull request's merge commit is checked out."""
    folder = make_repository(terminal.folder / "shop")
    commit(folder, FILES)
    git(folder, "checkout", "--quiet", "-b", "grow")
    commit(folder, {path: f"{text}RUN true\n" for path, text in FILES.items()})
    git(folder, "checkout", "--quiet", "main")
    git(folder, "checkout", "--quiet", "--detach", merge_ref(folder, "grow"))
    return terminal


def test_plan__on_a_command_line(shop: Terminal):
    """The matrix is printed for whoever reads it; images on one base share a shard."""
    ended = shop("plan", "--repo", "shop", "--base", "main")

    assert (ended.exit_code, ended.messages) == (0, "")
    assert json.loads(ended.output) == {"include": [{"images": "cron\nweb", "shard": 0}, {"images": "api", "shard": 1}]}


def test_plan__says_what_it_found_and_what_it_left(terminal: Terminal):
    """What is not measured, and why, is told beside the matrix."""
    folder = make_repository(terminal.folder / "shop")
    commit(folder, {"README.md": ""})
    commit(folder, {"api/Dockerfile": "FROM debian\n", "tests/Dockerfile": "FROM debian\n"})

    ended = terminal("plan", "--repo", "shop", "--base", "HEAD~1")

    assert json.loads(ended.output)["include"] == [{"images": "api", "shard": 0}]
    assert "Not shipped, so not measured: tests/Dockerfile (it lies in tests/)" in ended.messages


def test_plan__that_finds_nothing_says_where_it_looked(terminal: Terminal):
    """No image is no silence: what was looked for is told, and the files that look like one."""
    folder = make_repository(terminal.folder / "shop")
    commit(folder, {"docker-compose.yml": "services: {}\n"})
    commit(folder, {"x": "1"})

    ended = terminal("plan", "--repo", "shop", "--base", "HEAD~1")

    assert json.loads(ended.output) == {"include": []}
    assert "No image was found. Looked for: " in ended.messages
    assert "docker-compose.yml" in ended.messages


def test_plan__of_fewer_machines(shop: Terminal):
    """With --shards there are never more."""
    ended = shop("plan", "--repo", "shop", "--base", "main", "--shards", "1")

    assert [entry["shard"] for entry in json.loads(ended.output)["include"]] == [0]


def test_plan__in_a_job_sets_an_output(shop: Terminal):
    """The next jobs get the matrix as the step's output."""
    before = git(shop.folder / "shop", "rev-parse", "main")
    (shop.folder / "event.json").write_text(json.dumps({"before": before, "ref": "refs/heads/x"}))
    event = {"GITHUB_EVENT_NAME": "push", "GITHUB_EVENT_PATH": str(shop.folder / "event.json")}

    ended = shop.in_actions(**event)("plan", "--repo", "shop")

    outputs = read_key_values((shop.folder / "output").read_text())
    assert ended.exit_code == 0
    assert len(json.loads(outputs["matrix"])["include"]) == 2


def test_plan__into_a_file(shop: Terminal):
    """With --output the matrix is in the file, and nothing is printed."""
    ended = shop("plan", "--repo", "shop", "--base", "main", "--output", str(shop.folder / "matrix.json"))

    assert (ended.exit_code, ended.output) == (0, "")
    assert len(json.loads((shop.folder / "matrix.json").read_text())["include"]) == 2
