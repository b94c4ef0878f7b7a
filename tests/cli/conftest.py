"""The command line without a process: what was typed, where, and what came of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.__main__ import run
from tests import pictures


@dataclasses.dataclass(frozen=True)
class Ended:
    """How a command ended and what it said."""

    exit_code: int
    output: str
    messages: str


@dataclasses.dataclass(frozen=True)
class Terminal:
    """A person's shell in a folder, or a job's step where ``environment`` says so."""

    folder: Path
    capture: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch
    environment: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def __call__(self, *arguments: str) -> Ended:
        """Type a command."""
        self.monkeypatch.chdir(self.folder)
        self.capture.readouterr()
        exit_code = run(arguments, {"HOME": str(self.folder), "PATH": "/usr/bin:/bin", **self.environment})
        told = self.capture.readouterr()
        return Ended(exit_code, told.out, told.err)

    def in_actions(self, **environment: str) -> Terminal:
        """Be a job's step."""
        files = {"GITHUB_OUTPUT": str(self.folder / "output"), "GITHUB_STEP_SUMMARY": str(self.folder / "summary")}
        job = {"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(self.folder), **files, **environment}
        return dataclasses.replace(self, environment=job)

    def archive(self, name: str, *layers: str) -> str:
        """Put an image into a file; gives its reference."""
        content = pictures.docker_archive({f"{name}:latest": pictures.picture(*layers)})
        (self.folder / f"{name}.tar").write_bytes(content)
        return f"docker-archive:{name}.tar"


@pytest.fixture
def terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Return a shell in an empty folder."""
    return Terminal(tmp_path, capsys, monkeypatch)
