"""``deadweight history``: put on record what the images of the default branch weigh, and show the record."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bot.commands.call import Call
from bot.commands.fan_out import read_reports
from bot.commands.files import read_bounded, write_file
from bot.commands.showing import put
from bot.commands.world import read_context, real_git, real_provider
from bot.errors import UsageError
from bot.flows import record as recording
from bot.model.history import History
from bot.model.report import Report
from bot.policy.bookkeeping import LARGEST_RECORD_BYTES
from bot.policy.size_record import read_history
from bot.render.size_trend import history_json, history_text
from bot.stages.event import read_event

_FORMS: Final = {"text": history_text, "json": history_json}


def record(call: Call) -> int:
    """``deadweight history record``: what reports measured, on a branch of its own or in a file."""
    reports = read_reports(call.invocation.references or (f"{call.settings.report_dir}/report.json",))
    for name in recording.left_out(reports):
        call.runner.log(f"{name} is not on record: it was not measured.")
    return _in_file(call, reports) if call.invocation.output else _at_provider(call, reports)


def _in_file(call: Call, reports: Sequence[Report]) -> int:
    path = Path(call.invocation.output)
    known = read_bounded(path, 2 * LARGEST_RECORD_BYTES) if path.exists() else None
    with real_git(call) as git:
        content = recording.record_in_file(known, reports, git, call.today)
    write_file(call, call.invocation.output, content.decode())
    return 0


def _at_provider(call: Call, reports: Sequence[Report]) -> int:
    provider = real_provider(call)
    if provider is None:
        raise UsageError(
            "There is no token to record with.",
            fix="In Actions give the input github-token; elsewhere keep the record in a file: --output FILE.",
        )
    event = read_event(read_context(call))
    call.runner.log(f"On record in {recording.record(reports, event, provider, call.today)}.")
    return 0


def show(call: Call) -> int:
    """``deadweight history show``: what is on record, for all images or those named."""
    form = call.invocation.output_format or "text"
    put(_FORMS[form](_known(call), call.invocation.references), call)
    return 0


def _known(call: Call) -> History:
    if call.invocation.source:
        return read_history(read_bounded(Path(call.invocation.source), 2 * LARGEST_RECORD_BYTES))
    with real_git(call) as git:
        return recording.recorded(git)
