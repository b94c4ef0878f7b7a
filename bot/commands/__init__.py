"""The composition root: one function a command; each makes as much of the real world as it needs.

With ``__main__`` this is the only place that sees both the stages and the edges.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Final

from bot.cli import Invocation
from bot.commands.call import Call
from bot.config import read_settings
from bot.config.action_inputs import TOKEN
from bot.edges.providers import ProcessRunner

_HOMES: Final = {
    "check": "images",
    "compare": "images",
    "inspect": "images",
    "advise": "images",
    "plan": "fan_out",
    "measure": "fan_out",
    "report": "fan_out",
    "publish": "publishing",
    "config": "configuration",
    "history": "history",
}


def run(
    invocation: Invocation,
    inputs: Mapping[str, str],
    environment: Mapping[str, str],
    runner: ProcessRunner,
) -> int:
    """Run a command and give its exit code. Raises ``DeadweightError``."""
    token = inputs.get(TOKEN, "")
    runner.redactor.hide(token)
    settings = read_settings({**inputs, **invocation.inputs})
    home = import_module(f"bot.commands.{_HOMES[invocation.command]}")
    command: Callable[[Call], int] = getattr(home, invocation.command)
    with runner.serving(settings.report_dir, quiet=invocation.quiet):
        return command(Call(invocation, settings, environment, runner, token, runner.redactor))
