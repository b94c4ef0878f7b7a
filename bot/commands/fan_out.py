"""The commands that spread one check over many machines: plan, measure, report."""

import json

from bot.commands.call import Call
from bot.commands.report_files import read_reports
from bot.commands.showing import put, show
from bot.commands.world import read_context, real_world
from bot.flows import check as flow
from bot.flows import fan_out
from bot.model.plan import Skip


def plan(call: Call) -> int:
    """``deadweight plan``: a matrix for the next jobs; empty where no image changed."""
    with real_world(call) as world:
        matrix = fan_out.matrix(read_context(call), call.settings, world, call.invocation.shards)
    text = json.dumps(matrix, separators=(",", ":"), sort_keys=True)
    call.runner.set_outputs({"matrix": text})
    put(f"{text}\n", call)
    return 0


def measure(call: Call) -> int:
    """``deadweight measure``: some images of the plan, into a report file; judging and posting is for ``report``."""
    with real_world(call) as world:
        report = flow.check(read_context(call), call.settings, world, posts=False, writes=True)
    if isinstance(report, Skip):
        call.runner.log(f"Nothing to compare: {report.reason}")
        return 0
    show(report, call, "text")
    return 0 if report.exit_code == 1 else report.exit_code


def report(call: Call) -> int:
    """``deadweight report``: the report files of all machines, merged, judged and published."""
    reports = read_reports(call.invocation.files)
    with real_world(call) as world:
        merged = fan_out.report_on(reports, read_context(call), call.settings, world)
    return show(merged, call, "text")
