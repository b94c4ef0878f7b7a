"""Which runner this process reports to."""

import io
import sys
from collections.abc import Mapping
from pathlib import Path

from bot.edges.runner.actions import ActionsRunner
from bot.edges.runner.folder import ReportFolder
from bot.edges.runner.terminal import TerminalRunner


def make_runner(
    environment: Mapping[str, str], report_dir: str, *, quiet: bool = False
) -> ActionsRunner | TerminalRunner:
    """Give the runner of this process: GitHub Actions where its variables say so, else the terminal."""
    if environment.get("GITHUB_ACTIONS") == "true":
        workspace = Path(environment.get("GITHUB_WORKSPACE") or ".")
        return ActionsRunner(sys.stdout, environment, ReportFolder(Path(report_dir), workspace))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A locale that lacks a character gets it spelt out.
            stream.reconfigure(errors="backslashreplace")
    messages = _Silence() if quiet else sys.stderr
    return TerminalRunner(sys.stdout, messages, ReportFolder(Path(report_dir), Path.cwd()))


class _Silence(io.StringIO):
    """Takes messages that nobody wants to read, and keeps none."""

    def write(self, text: str, /) -> int:
        return len(text)
