"""A report in the form that was asked for, on standard output or in a file."""

import sys

from bot.commands.call import Call
from bot.commands.files import write_file
from bot.model.report import Report
from bot.render.registry import Presentation, renderer


def show(report: Report, call: Call, usual: str) -> int:
    """Show a report, in the command's ``usual`` form if no other is asked for, and return the exit code."""
    render = renderer(call.invocation.output_format or usual)
    put(render(report, Presentation(_wants_color(call), call.settings.comment_key or "default")), call)
    return report.exit_code


def put(text: str, call: Call) -> None:
    """Print a result, or write it to the file that was named for it. Raises ``UsageError``."""
    if call.invocation.output:
        write_file(call, call.invocation.output, text)
    else:
        call.runner.print(text.removesuffix("\n"))


def _wants_color(call: Call) -> bool:
    if call.invocation.color is not None:
        return call.invocation.color
    if call.environment.get("NO_COLOR"):
        return False
    return bool(call.environment.get("FORCE_COLOR")) or (not call.invocation.output and sys.stdout.isatty())
