"""The entry point: one command, its exit code, and every failure told with its way out.

Heavy parts of the program are imported where a command first needs them, so that ``--help`` answers at once.
"""

import gc
import os
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from signal import SIG_IGN, SIGINT, SIGTERM, signal
from types import FrameType
from typing import Final, NoReturn

from bot import __version__, cli
from bot.edges.process import leave
from bot.edges.providers import ProcessRunner, ProviderPackage, TerminalRunner, provider_of
from bot.errors import CancelledError, ConfigError, DeadweightError
from bot.model.effects import Annotation, Level
from bot.ports import Runner
from bot.render.text import fence

_ISSUES: Final = "https://github.com/deadweight-bot/deadweight/issues"
_BUG_EXIT_CODE: Final = 3


def main() -> NoReturn:
    """Run the command line or the Action, and end the process with the exit code."""
    # What is made of an image is large, alive to the end and free of cycles: the collector would only walk it.
    gc.disable()
    leave(run(sys.argv[1:], os.environ))


def run(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run one command and return its exit code; no failure escapes untold."""
    host = provider_of(environment)
    runner = host.make_runner(environment)
    try:
        with _interruptible(), _threads_told(runner):
            return _execute(arguments, environment, host, runner)
    except DeadweightError as error:
        _tell(error, runner)
        return error.exit_code
    except Exception:  # noqa: BLE001 - the last resort, told so that it can be pasted into an issue
        _tell_bug(runner)
        return _BUG_EXIT_CODE


def _execute(
    arguments: Sequence[str], environment: Mapping[str, str], host: ProviderPackage, runner: ProcessRunner
) -> int:
    inputs = host.read_inputs(environment)
    unasked = "--help" if isinstance(runner, TerminalRunner) else inputs.get("command", "check")
    words = list(arguments) or unasked.split()
    invocation = cli.parse(words)
    from bot import commands  # noqa: PLC0415 - see the module's docstring

    return commands.run(invocation, inputs, environment, runner)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Turn SIGINT and SIGTERM into ``CancelledError``: as PID 1 Python would ignore the latter."""
    with ExitStack() as restored:
        for number in (SIGINT, SIGTERM):
            restored.callback(signal, number, signal(number, _cancel))
        yield


@contextmanager
def _threads_told(runner: Runner) -> Iterator[None]:
    """Have what fails in a thread told by the runner too: Python would write it to standard error as it is."""

    def tell(failure: threading.ExceptHookArgs) -> None:
        runner.log("".join(traceback.format_exception(failure.exc_value)))

    before, threading.excepthook = threading.excepthook, tell
    try:
        yield
    finally:
        threading.excepthook = before


def _cancel(number: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001 - a signal handler's signature
    for repeated in (SIGINT, SIGTERM):
        signal(repeated, SIG_IGN)
    raise CancelledError("Cancelled: what was made is removed, and nothing is posted.")


def _tell(error: DeadweightError, runner: Runner) -> None:
    problems = error.problems if isinstance(error, ConfigError) else [_sentences(error)]
    for problem in problems:
        runner.log(f"deadweight: {problem}" if problem is problems[0] else problem)
    if not isinstance(error, CancelledError):
        lines = [line for problem in problems for line in problem.splitlines()]
        runner.write_summary(f"### ❌ Deadweight could not do its work\n\n{fence(lines)}\n")
        _annotate(error, problems, runner)


def _sentences(error: DeadweightError) -> str:
    """Tell what failed, why, and what to do next, in a line each."""
    reasons = [part.strip() for part in (error.why, error.fix) if part.strip()]
    return "\n".join((error.what, *(part[0].upper() + part[1:] for part in reasons)))


def _annotate(error: DeadweightError, problems: Sequence[str], runner: Runner) -> None:
    if not isinstance(runner, TerminalRunner):
        runner.annotate(_annotation(problem, in_a_file=isinstance(error, ConfigError)) for problem in problems)


def _annotation(problem: str, *, in_a_file: bool) -> Annotation:
    """Put ``file:line: text`` on its line."""
    location, separator, text = problem.partition(": ")
    path, _, line = location.rpartition(":")
    if in_a_file and separator and path and line.isdecimal():
        return Annotation(Level.FAILURE, text, "Configuration", path, int(line), int(line))
    return Annotation(Level.FAILURE, problem, "Deadweight")


def _tell_bug(runner: Runner) -> None:
    runner.log(
        f"deadweight {__version__} failed in a way that it should not. Please paste what follows into an issue at "
        f"{_ISSUES}; read it first, it may name files of yours.\n\n{traceback.format_exc()}"
    )


if __name__ == "__main__":
    main()
