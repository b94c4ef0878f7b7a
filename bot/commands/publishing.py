"""``deadweight publish``: the trusted half, after another run, with a token that writes and nothing to build."""

from pathlib import Path

from bot.commands.call import Call
from bot.commands.report_files import read_bounded
from bot.commands.world import read_context, real_provider
from bot.errors import UsageError
from bot.flows.publish import LARGEST_REPORT_BYTES, TrustedWorld, publish_run
from bot.model.plan import Skip


def publish(call: Call) -> int:
    """Post the report of another run; the verdict is that run's to fail, and trouble with posting fails nothing."""
    context = read_context(call)
    provider = real_provider(call)
    if provider is None:
        raise UsageError("There is no token to publish with.", fix="Give the input github-token.")
    outcome = publish_run(TrustedWorld(context, call.settings, provider, call.runner, call.today), _given_report(call))
    if isinstance(outcome, Skip):
        call.runner.log(f"Nothing is published: {outcome.reason}")
    return 0


def _given_report(call: Call) -> bytes | None:
    """Read a report file that was named instead of the run's artifact."""
    if not call.invocation.files:
        return None
    return read_bounded(Path(call.invocation.files[0]), LARGEST_REPORT_BYTES)
