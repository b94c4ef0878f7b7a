"""What runs us: the GitHub Actions runner with its log commands and files, or a person's terminal."""

from bot.edges.runner.actions import ActionsRunner
from bot.edges.runner.choice import make_runner
from bot.edges.runner.environment import read_context, read_inputs
from bot.edges.runner.folder import ReportFolder
from bot.edges.runner.terminal_runner import TerminalRunner

__all__ = ["ActionsRunner", "ReportFolder", "TerminalRunner", "make_runner", "read_context", "read_inputs"]
