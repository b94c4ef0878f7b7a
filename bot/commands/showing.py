"""A report in the form that was asked for, on standard output or in a file."""

import sys
from pathlib import Path

from bot.commands.call import Call
from bot.errors import UsageError
from bot.model.effects import Marker
from bot.model.report import Report
from bot.render import report_json
from bot.render.comment import comment
from bot.render.html import html_report
from bot.render.terminal import terminal


def show(report: Report, call: Call, usual: str) -> int:
    """Show a report; ``usual`` is the command's own form. Gives the exit code."""
    text = _rendered(report, call, call.invocation.output_format or usual)
    if call.invocation.output:
        write_file(call, call.invocation.output, text)
    else:
        call.runner.print(text.removesuffix("\n"))
    return report.exit_code


def write_file(call: Call, path: str, text: str) -> None:
    """Write a file that the user named, without secrets. Raises ``UsageError``."""
    try:
        Path(path).write_text(call.redactor.text(text), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written.", why=error.strerror or str(error), fix="Name another.") from error


def _rendered(report: Report, call: Call, form: str) -> str:
    match form:
        case "json":
            return report_json.dump(report).decode()
        case "html":
            return html_report(report)
        case "markdown":
            marker = Marker(call.settings.comment_key or "default", report.comparison.head_sha, 0, 0)
            return comment(report, marker)
        case _:
            return terminal(report, color=_wants_color(call))


def _wants_color(call: Call) -> bool:
    if call.invocation.color is not None:
        return call.invocation.color
    if call.environment.get("NO_COLOR"):
        return False
    return bool(call.environment.get("FORCE_COLOR")) or (not call.invocation.output and sys.stdout.isatty())
