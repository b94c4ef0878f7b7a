"""The commands that spread one check over many machines or jobs: plan, measure, report, publish, open-pr."""

import json
from collections.abc import Sequence
from pathlib import Path

from bot.commands.call import Call
from bot.commands.files import is_there, read_bounded
from bot.commands.showing import put, show
from bot.commands.world import read_context, real_provider, real_world
from bot.errors import PublishError, UsageError
from bot.flows import check as flow
from bot.flows import fan_out
from bot.flows.propose import open_pulls
from bot.flows.publish import LARGEST_REPORT_BYTES, TrustedWorld, publish_run
from bot.model.plan import Skip
from bot.model.report import Report
from bot.render.report_json import decode
from bot.stages.event import read_event


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


def read_reports(names: Sequence[str]) -> tuple[Report, ...]:
    """Read the files named, and the JSON files below the folders named. Raises ``UsageError``."""
    return tuple(decode(read_bounded(path, LARGEST_REPORT_BYTES)) for name in names for path in _files(name))


def _files(name: str) -> Sequence[Path]:
    path = Path(name)
    found = sorted(path.rglob("*.json")) if is_there(path) and path.is_dir() else [path]
    if not found:
        raise UsageError(f"There is no report in {name}.", fix="Download the artifacts of the measuring jobs first.")
    return found


def publish(call: Call) -> int:
    """Post the report of another run; the verdict is that run's to fail, and trouble with posting fails nothing."""
    context = read_context(call)
    provider = real_provider(call)
    if provider is None:
        raise UsageError("There is no token to publish with.", fix="Give the input github-token.")
    named = call.invocation.files
    given = read_bounded(Path(named[0]), LARGEST_REPORT_BYTES) if named else None
    outcome = publish_run(TrustedWorld(context, call.settings, provider, call.runner, call.today), given)
    if isinstance(outcome, Skip):
        call.runner.log(f"Nothing is published: {outcome.reason}")
    return 0


def open_pr(call: Call) -> int:
    """``deadweight open-pr``: a pull request for each image of the default branch with a verified proposal."""
    provider = real_provider(call)
    if provider is None:
        raise UsageError("There is no token to open pull requests with.", fix="Give the input github-token.")
    reports = read_reports(call.invocation.references or (f"{call.settings.report_dir}/report.json",))
    posted = open_pulls(reports, read_event(read_context(call)), provider)
    for one in posted:
        call.runner.log(f"{one.what}: {one.problem or one.url}")
    if posted and not any(one.url for one in posted):
        raise PublishError("No pull request could be opened.", why=posted[0].problem)
    call.runner.log("" if posted else "No image has a verified proposal.")
    return 0
