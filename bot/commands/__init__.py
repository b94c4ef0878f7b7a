"""The composition root: one function a command; each makes as much of the real world as it needs.

With ``__main__`` this is the only place that sees both the stages and the edges.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Final

from bot.cli import Invocation
from bot.commands.call import Call
from bot.commands.files import refuse_unwritable, require_folder
from bot.config import read_settings
from bot.config.action_inputs import TOKEN
from bot.edges.providers import ProcessRunner

COMMANDS: Final[Mapping[str, str]] = {
    "check": "images:check",
    "compare": "images:compare",
    "inspect": "images:compare",
    "advise": "advise:advise",
    "plan": "fan_out:plan",
    "measure": "fan_out:measure",
    "report": "fan_out:report",
    "publish": "fan_out:publish",
    "open-pr": "fan_out:open_pr",
    "config init": "configuration:init",
    "config check": "configuration:check",
    "config explain": "configuration:explain",
    "history record": "history:record",
    "history show": "history:show",
}
"""The module and function of each command; a module is imported when its command is given."""


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
    module, _, function = COMMANDS[f"{invocation.command} {invocation.subcommand}".strip()].partition(":")
    command: Callable[[Call], int] = getattr(import_module(f"bot.commands.{module}"), function)
    require_folder(invocation.repository)
    refuse_unwritable(
        files=[path for path in (invocation.output, invocation.patch) if path],
        folders=[settings.report_dir] if "report-dir" in invocation.inputs else [],
    )
    with runner.serving(settings.report_dir, quiet=invocation.quiet):
        return command(Call(invocation, settings, environment, runner, token, runner.redactor))
