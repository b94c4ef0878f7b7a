"""The commands that spread one check over many machines: plan, measure, report."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from bot import pipeline
from bot.commands.call import Call
from bot.commands.showing import show
from bot.commands.world import real_world
from bot.edges.runner import read_context
from bot.errors import UsageError
from bot.model.plan import Skip
from bot.model.report import Report
from bot.render.report_json import decode
from bot.trusted import LARGEST_REPORT_BYTES


def plan(call: Call) -> int:
    """``deadweight plan``: a matrix for the next jobs; empty where no image changed."""
    with real_world(call) as world:
        matrix = pipeline.matrix(read_context(call.environment), call.settings, world, call.invocation.shards)
    text = json.dumps(matrix, separators=(",", ":"), sort_keys=True)
    call.runner.set_outputs({"matrix": text})
    call.runner.print(text)
    return 0


def measure(call: Call) -> int:
    """``deadweight measure``: some images of the plan, into a report file; judging and posting is for ``report``."""
    with real_world(call) as world:
        report = pipeline.check(read_context(call.environment), call.settings, world, posts=False)
    if isinstance(report, Skip):
        call.runner.log(f"Nothing to compare: {report.reason}")
        return 0
    show(report, call, "text")
    return 0 if report.exit_code == 1 else report.exit_code


def report(call: Call) -> int:
    """``deadweight report``: the report files of all machines, merged, judged and published."""
    reports = [_decoded(path) for path in _files(call.invocation.files)]
    with real_world(call) as world:
        merged = pipeline.report_on(reports, read_context(call.environment), call.settings, world)
    return show(merged, call, "text")


def _files(names: Sequence[str]) -> Iterator[Path]:
    """Give the files named, and the report.json files below the folders named."""
    for name in names:
        path = Path(name)
        found = sorted(path.rglob("*.json")) if path.is_dir() else [path]
        if not found:
            raise UsageError(
                f"There is no report in {name}.", fix="Download the artifacts of the measuring jobs first."
            )
        yield from found


def _decoded(path: Path) -> Report:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_REPORT_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read.", why=error.strerror or str(error)) from error
    return decode(content)
