"""No provider at all: a person's terminal, where nothing is posted."""

import io
import sys
from collections.abc import Mapping
from pathlib import Path

from bot.edges.providers.local.terminal_runner import TerminalRunner
from bot.edges.redactor import Redactor
from bot.edges.report_folder import ReportFolder
from bot.model.provider import RunContext

__all__ = ["TerminalRunner", "connect_from", "is_here", "make_runner", "read_context", "read_inputs", "server_url"]


def is_here(environment: Mapping[str, str]) -> bool:  # noqa: ARG001 - as every provider's
    """Tell that there is always a terminal, or something that stands for one."""
    return True


def make_runner(
    environment: Mapping[str, str],  # noqa: ARG001 - as every provider's
    report_dir: str = "",
    redactor: Redactor | None = None,
) -> TerminalRunner:
    """Make the runner of this process."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A locale that lacks a character gets it spelt out.
            stream.reconfigure(errors="backslashreplace")
    return TerminalRunner(sys.stdout, sys.stderr, ReportFolder(Path(report_dir), Path.cwd()), redactor)


def read_inputs(environment: Mapping[str, str]) -> dict[str, str]:  # noqa: ARG001 - as every provider's
    """Return nothing: what is wanted stands on the command line."""
    return {}


def read_context(environment: Mapping[str, str]) -> RunContext:  # noqa: ARG001 - as every provider's
    """Return an empty context: nothing but the command line has started us."""
    return RunContext()


def connect_from(environment: Mapping[str, str], token: str, redactor: Redactor) -> None:
    """Connect to nothing."""


def server_url(environment: Mapping[str, str]) -> str:  # noqa: ARG001 - as every provider's
    """Return nothing: git has the user's own credentials."""
    return ""
