"""Where build secrets may lie: what is the runner's, git's, docker's or the machine's stays theirs, wherever links lead."""

import os
import pathlib

import pytest

from bot.edges.builders import DockerBuilder
from bot.errors import ConfigError, EngineError
from bot.model.build import BuildFailure, BuildRequest, FailureKind, ImageSpec

NO_ENGINE = {"DOCKER_HOST": "unix:///nonexistent/docker.sock", "PATH": "/usr/bin"}


@pytest.fixture
def workspace(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """Return a workspace in which the program was started, beside a home and a temporary folder of the runner."""
    folder = tmp_path / "workspace"
    for path in ("workspace/.git/config", "home/.docker/config.json", "temp/_runner_file_commands/set_env_1"):
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_text("theirs")
    (tmp_path / "event.json").write_text("{}")
    (tmp_path / "file.txt").write_text("a secret")
    (folder / "file.txt").write_text("a secret")
    (folder / "Dockerfile").write_text("FROM scratch\n")
    monkeypatch.chdir(folder)
    return folder


def outcome(workspace: pathlib.Path, secret: str) -> str:
    """Tell what a builder makes of a secret: why it refuses, or that it went on to look for an engine."""
    spec = ImageSpec("app", secrets=(secret,), source="deadweight.toml:7")
    parent = workspace.parent
    environment = NO_ENGINE | {
        "HOME": str(parent / "home"),
        "GITHUB_EVENT_PATH": str(parent / "event.json"),
        "NPM_TOKEN": "x",
    }
    try:
        failure = DockerBuilder(environment).build(BuildRequest(spec, str(workspace), "head", 60.0))
    except ConfigError as error:
        [problem] = error.problems
        return problem
    except EngineError:
        return "went on"
    assert isinstance(failure, BuildFailure)
    return str(failure.kind is FailureKind.NO_DOCKERFILE)


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/proc/self/environ", "which is the machine's"),
        ("/proc/../proc/1/environ", "which is the machine's"),
        ("//proc/self/environ", "which is the machine's"),
        ("/sys/kernel", "which is the machine's"),
        ("/dev/stdin", "which is the machine's"),
        ("../file.txt", "leads out of the workspace"),
        ("sub/../../file.txt", "leads out of the workspace"),
        (".git/config", "where git keeps its credentials"),
        ("{parent}/workspace/.git/config", "where git keeps its credentials"),
        ("{parent}/home/.docker/config.json", "where docker keeps its credentials"),
        ("{parent}/event.json", "which is the runner's"),
        ("{parent}/temp/_runner_file_commands/set_env_1", "which is the runner's"),
        ("/github/workflow/event.json", "which is the runner's"),
    ],
)
@pytest.mark.parametrize("through", ["as it is", "a link", "a linked folder"])
def test_secret_file__of_somebody_else_is_refused(workspace: pathlib.Path, path: str, why: str, through: str):
    """Named outright or through a link to the file or to its folder, it is refused with the line that asks for it."""
    place = path.format(parent=workspace.parent)
    if through == "a link":
        (workspace / "link").symlink_to(place)
        place = str(workspace / "link")
    elif through == "a linked folder":
        (workspace / "link").symlink_to(pathlib.Path(place).parent)
        place = f"{workspace}/link/{pathlib.Path(place).name}"
    elif not place.startswith("/"):
        assert why in outcome(workspace, f"id=a,src={place}")
    if through != "as it is" and why == "leads out of the workspace":
        place = os.path.relpath(place)

    told = outcome(workspace, f"id=a,src={place}")

    assert why in told
    assert told.startswith('deadweight.toml:7: secret "a" of image "app" leads ')


def test_secret_file__that_is_the_runners_by_another_name_is_refused(workspace: pathlib.Path):
    """The very same file is known under any name."""
    os.link(workspace.parent / "event.json", workspace / "mine.json")

    assert "which is the runner's" in outcome(workspace, "id=a,src=mine.json")


@pytest.mark.parametrize("name", ["INPUT_GITHUB-TOKEN", "GITHUB_TOKEN", "ACTIONS_RUNTIME_TOKEN", "RUNNER_TEMP"])
@pytest.mark.parametrize("form", ["id=a,env={}", "id={}"])
def test_secret_variable__of_the_runner_is_refused(workspace: pathlib.Path, name: str, form: str):
    """Whatever let it pass, the builder does not hand it on."""
    assert f"asks for {name}, which is the runner's" in outcome(workspace, form.format(name))


@pytest.mark.parametrize(
    "secret", ["id=a,src=file.txt", "id=a,src={parent}/file.txt", "id=a,env=NPM_TOKEN", "id=NPM_TOKEN"]
)
def test_secret__of_the_build_is_used(workspace: pathlib.Path, secret: str):
    """A file of the workspace or of the machine and a variable of the job are what secrets are made of."""
    assert outcome(workspace, secret.format(parent=workspace.parent)) == "went on"
