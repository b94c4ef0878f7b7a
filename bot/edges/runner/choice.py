"""Which runner this process reports to."""

import sys
from collections.abc import Mapping
from pathlib import Path

from bot.edges.runner.actions import ActionsRunner
from bot.edges.runner.folder import ReportFolder
from bot.edges.runner.terminal import TerminalRunner


def make_runner(environment: Mapping[str, str], report_dir: str) -> ActionsRunner | TerminalRunner:
    """Give the runner of this process: GitHub Actions where its variables say so, else the terminal."""
    if environment.get("GITHUB_ACTIONS") == "true":
        workspace = Path(environment.get("GITHUB_WORKSPACE") or ".")
        return ActionsRunner(sys.stdout, environment, ReportFolder(Path(report_dir), workspace))
    return TerminalRunner(sys.stdout, sys.stderr, ReportFolder(Path(report_dir), Path.cwd()))
