"""``deadweight publish``: the trusted half, after another run, with a token that writes and nothing to build."""

from pathlib import Path

from bot.commands.call import Call
from bot.commands.files import read_bounded
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
    named = call.invocation.files
    given = read_bounded(Path(named[0]), LARGEST_REPORT_BYTES) if named else None
    outcome = publish_run(TrustedWorld(context, call.settings, provider, call.runner, call.today), given)
    if isinstance(outcome, Skip):
        call.runner.log(f"Nothing is published: {outcome.reason}")
    return 0
