"""Which runner this process reports to."""

import io
import sys
from collections.abc import Mapping
from pathlib import Path

from bot.edges.runner.actions import ActionsRunner
from bot.edges.runner.folder import ReportFolder
from bot.edges.runner.terminal_runner import TerminalRunner


def make_runner(environment: Mapping[str, str]) -> ActionsRunner | TerminalRunner:
    """Return the runner of this process: GitHub Actions where its variables say so, else the terminal.

    There is one in a process, made before anything else can fail, and what leaves the process passes its redactor.
    """
    if environment.get("GITHUB_ACTIONS") == "true":
        workspace = Path(environment.get("GITHUB_WORKSPACE") or ".")
        return ActionsRunner(sys.stdout, environment, ReportFolder(Path(), workspace))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A locale that lacks a character gets it spelt out.
            stream.reconfigure(errors="backslashreplace")
    return TerminalRunner(sys.stdout, sys.stderr, ReportFolder(Path(), Path.cwd()))
