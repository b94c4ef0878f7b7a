"""The composition root: makes the real world, runs one command in it, shows the result.

With ``__main__`` this is the only place that sees both the stages and the edges.
"""

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from bot import pipeline
from bot.call import Call
from bot.cli import Invocation
from bot.config import read_settings
from bot.config.inputs import TOKEN
from bot.edges.images import Images
from bot.edges.runner import make_runner, read_context
from bot.errors import UsageError
from bot.image.reference import parse_platform, parse_reference
from bot.model.build import ImageSpec
from bot.model.effects import Marker
from bot.model.plan import Skip
from bot.model.report import Report
from bot.render import comment, html, report_json, terminal


def run(invocation: Invocation, inputs: Mapping[str, str], environment: Mapping[str, str]) -> int:
    """Run a command and give its exit code. Raises ``DeadweightError``."""
    settings = read_settings({**inputs, **invocation.inputs})
    runner = make_runner(environment, settings.report_dir)
    return _COMMANDS[invocation.command](Call(invocation, settings, environment, runner, inputs.get(TOKEN, "")))


def check(call: Call) -> int:
    """``deadweight check``: the main job."""
    context = read_context(call.environment)
    from bot.world import real_world  # noqa: PLC0415 - Docker, git and GitHub take time that compare does not have

    with real_world(call) as world:
        report = pipeline.check(context, call.settings, world)
    if isinstance(report, Skip):
        call.runner.log(f"Nothing to compare: {report.reason}")
        return 0
    return _show(report, call, "text" if context.in_actions else "markdown")


def compare(call: Call) -> int:
    """``deadweight compare`` and ``deadweight inspect``: images that are there."""
    references = [parse_reference(text) for text in call.invocation.references]
    platform = parse_platform(call.invocation.platform)
    settings = replace(call.settings, single_image=ImageSpec("", platform=platform))
    report = pipeline.compare(references, Images(), settings, call.today)
    return _show(report, call, "text")


_COMMANDS: Final = {"check": check, "compare": compare, "inspect": compare}


def _show(report: Report, call: Call, usual: str) -> int:
    """Print the result in the form that was asked for, or write it to a file."""
    text = _rendered(report, call, call.invocation.output_format or usual)
    if call.invocation.output:
        _write(Path(call.invocation.output), text)
    else:
        call.runner.print(text)
    return report.exit_code


def _rendered(report: Report, call: Call, form: str) -> str:
    match form:
        case "json":
            return report_json.dump(report).decode()
        case "html":
            return html.html_report(report)
        case "markdown":
            marker = Marker(call.settings.comment_key or "default", report.comparison.head_sha, 0, 0)
            return comment.comment(report, marker)
        case _:
            return terminal.terminal(report, color=_wants_color(call))


def _wants_color(call: Call) -> bool:
    if call.invocation.color is not None:
        return call.invocation.color
    environment = call.environment
    if environment.get("NO_COLOR"):
        return False
    return bool(environment.get("FORCE_COLOR")) or (not call.invocation.output and sys.stdout.isatty())


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written.", why=error.strerror or str(error), fix="Name another --output."
        ) from error
