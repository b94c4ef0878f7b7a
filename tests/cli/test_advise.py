"""advise on the command line without a build: what a Dockerfile's text lets suspect, wherever the file lies."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Terminal
from tests.edges.git.repos import commit, make_repository

DOCKERFILE = """\
FROM debian:12 AS build
RUN apt-get update && apt-get install -y gcc
FROM python:3.12
RUN pip install flask
"""


@pytest.fixture
def folder(terminal: Terminal) -> Path:
    """Return a folder outside of git with a Dockerfile in ``api``, in which the shell is; there is no engine."""
    (terminal.folder / "api").mkdir()
    (terminal.folder / "api/Dockerfile").write_text(DOCKERFILE)
    return terminal.folder


def test_no_build__outside_of_git(terminal: Terminal, folder: Path):
    """A file that is named is looked at without git or an engine: 0, each finding at its line, labelled as suspected."""
    ended = terminal("advise", "--no-build", "api/Dockerfile")

    assert (ended.exit_code, ended.messages) == (0, "")
    headline, label, *rest = ended.output.splitlines()
    assert headline == "⚪ api was not built; 1 finding suspected from its text"
    assert label.startswith("note: Nothing was built or measured: all of this is suspected")
    assert any("api/Dockerfile:4: pip left its download cache" in line for line in rest)
    assert "Suspected from the text, nothing was measured." in ended.output
    assert "Saves" not in ended.output


@pytest.mark.parametrize("words", [("--repo", "api"), ("Dockerfile", "--repo", "api"), ("api/Dockerfile",)])
def test_no_build__the_file_may_lie_anywhere(terminal: Terminal, folder: Path, words: tuple[str, ...]):
    """It is named from here or from --repo; unnamed it is the Dockerfile there."""
    ended = terminal("advise", "--no-build", *words)

    assert ended.exit_code == 0
    assert "Dockerfile:4: pip left" in ended.output


def test_no_build__in_a_repository_without_commits(terminal: Terminal):
    """Nothing has to be committed; places are shown as the repository names them."""
    folder = make_repository(terminal.folder / "shop")
    (folder / "api").mkdir()
    (folder / "api/Dockerfile").write_text(DOCKERFILE)

    ended = terminal("advise", "--no-build", "shop/api/Dockerfile", "--repo", "shop", "--format", "json")

    assert ended.exit_code == 0
    (image,) = json.loads(ended.output)["images"]
    assert (image["name"], image["head"], image["claimed_bytes"]) == ("api", None, 0)
    assert [(one["file"], one["lines"], one["ladder"]) for one in image["findings"]] == [
        ("api/Dockerfile", [4, 4], "suspected")
    ]


def test_no_build__of_another_stage(terminal: Terminal, folder: Path):
    """--target says which stage is looked at, and the image keeps its name."""
    ended = terminal("advise", "--no-build", "api/Dockerfile", "--target", "build")
    missing = terminal("advise", "--no-build", "api/Dockerfile", "--target", "deploy")

    assert ended.output.startswith("⚪ api was not built")
    assert "api/Dockerfile:2: apt-get update left" in ended.output
    assert "pip left" not in ended.output
    assert (missing.exit_code, missing.output) == (2, "")
    assert "has no stage deploy" in missing.messages


def test_no_build__with_build_arguments(terminal: Terminal, folder: Path):
    """Variables in FROM mean what the build would be given for them."""
    (folder / "Dockerfile").write_text("ARG BASE=alpine:3.20\nFROM ${BASE}\nRUN pip install flask\n# x\n")

    ended = terminal("advise", "--no-build", "--build-args", "BASE=python:3.12", "--platforms", "linux/arm64")

    assert ended.exit_code == 0
    assert "Dockerfile:3: pip left" in ended.output


def test_no_build__what_is_ignored_stays_ignored(terminal: Terminal, folder: Path):
    """A comment that tells a rule to be quiet is followed here too."""
    (folder / "Dockerfile").write_text(
        "FROM python:3.12\n# deadweight: ignore=pip-cache it is read at run time\nRUN pip install flask\n"
    )

    ended = terminal("advise", "--no-build")

    assert ended.exit_code == 0
    assert ended.output.startswith("⚪ image was not built; 0 findings suspected")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("FROM debian\n\nBOGUS x\n", "Dockerfile:3: "),
        ("RUN x\nFROM debian\n", "Dockerfile:1: "),
        ("", "Dockerfile: "),
        (None, "Dockerfile cannot be read"),
    ],
)
def test_no_build__of_a_file_that_cannot_be_read(terminal: Terminal, text: str | None, told: str):
    """A mistake in the Dockerfile is 2 and told with its line, a file that is not there by its name."""
    if text is not None:
        (terminal.folder / "Dockerfile").write_text(text)

    ended = terminal("advise", "--no-build")

    assert (ended.exit_code, ended.output) == (2, "")
    assert ended.messages.startswith(f"deadweight: {told}")
    assert "Traceback" not in ended.messages
    assert "Errno" not in ended.messages


@pytest.mark.parametrize(
    ("option", "value"), [("--patch", "x"), ("--context", "api"), ("--network", "none"), ("--limits", "layers=3")]
)
def test_no_build__refuses_what_only_a_build_honours(terminal: Terminal, folder: Path, option: str, value: str):
    """Without a build there is nothing to patch, to give a context or a network to, or to bound."""
    ended = terminal("advise", "--no-build", "api/Dockerfile", option, value)

    assert (ended.exit_code, ended.output) == (2, "")
    assert f"{option} does nothing with --no-build" in ended.messages


def test_build__outside_of_git_is_refused(terminal: Terminal, folder: Path):
    """A build needs a tree to build from."""
    ended = terminal("advise", "api/Dockerfile")

    assert ended.exit_code == 3
    assert "is not in a git repository" in ended.messages


def test_build__of_a_file_elsewhere_is_refused(terminal: Terminal, folder: Path):
    """A Dockerfile of another place than the repository is a mistake that names the way out."""
    commit(make_repository(terminal.folder / "shop"), {"x": ""})

    ended = terminal("advise", "api/Dockerfile", "--repo", "shop")

    assert ended.exit_code == 2
    assert "--repo DIR" in ended.messages
