"""The program run as the runner runs it: its variables, its files, nothing else, and what it left behind."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.world.checkout import Checkout
from tests.world.runner_oracle import Command, commands_in, read_key_values


@dataclass(frozen=True)
class Run:
    """How a run ended, and everything that it wrote for somebody else to read."""

    exit_code: int
    log: str
    errors: str
    outputs: dict[str, str]
    summary: str
    workspace: Path

    @property
    def commands(self) -> list[Command]:
        """What the runner would have done with its output."""
        return commands_in(f"{self.log}\n{self.errors}")

    def report(self) -> dict[str, Any]:
        """The report file."""
        loaded: dict[str, Any] = json.loads((self.workspace / self.outputs["report-json"]).read_bytes())
        return loaded

    def everything(self) -> str:
        """Whatever a reader may get to see: log, summary, outputs and every file of the report folder."""
        folder = self.workspace / "deadweight-report"
        files = [file.read_text("utf-8", "replace") for file in sorted(folder.rglob("*")) if file.is_file()]
        return "\n".join([self.log, self.errors, self.summary, json.dumps(self.outputs), *files])


@dataclass(frozen=True)
class Program:
    """One workflow job's step; ``engine`` is ``DOCKER_HOST`` and its like."""

    checkout: Checkout
    api_url: str
    engine: Mapping[str, str] = field(default_factory=dict)
    token: str = "write-token"
    inputs: Mapping[str, str] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)

    def run(self, event: str, payload: Mapping[str, Any], *, run_id: int = 1, attempt: int = 1) -> Run:
        """Run the Action for an event."""
        with tempfile.TemporaryDirectory() as folder:
            files = Path(folder)
            (files / "event.json").write_text(json.dumps(payload))
            for name in ("output", "summary"):
                (files / name).touch()
            done = subprocess.run(
                [sys.executable, "-I", "-m", "bot"],
                cwd=self.checkout.folder,
                env=self._environment(event, files, run_id, attempt),
                capture_output=True,
                check=False,
                timeout=600,
            )
            return Run(
                done.returncode,
                done.stdout.decode(),
                done.stderr.decode(),
                read_key_values((files / "output").read_text()),
                (files / "summary").read_text(),
                self.checkout.folder,
            )

    def _environment(self, event: str, files: Path, run_id: int, attempt: int) -> dict[str, str]:
        inputs = {"github-token": self.token, **self.inputs}
        return {
            **self.engine,
            "HOME": str(files),
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": self.api_url,
            "GITHUB_EVENT_NAME": event,
            "GITHUB_EVENT_PATH": str(files / "event.json"),
            "GITHUB_OUTPUT": str(files / "output"),
            "GITHUB_REF": "refs/pull/5/merge",
            "GITHUB_REPOSITORY": "octo/shop",
            "GITHUB_RUN_ATTEMPT": str(attempt),
            "GITHUB_RUN_ID": str(run_id),
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_SHA": self.checkout.git("rev-parse", "HEAD"),
            "GITHUB_STEP_SUMMARY": str(files / "summary"),
            "GITHUB_WORKSPACE": str(self.checkout.folder),
            **{f"INPUT_{name.upper()}": value for name, value in inputs.items()},
            **self.env,
        }
