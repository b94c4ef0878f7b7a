"""``deadweight publish``: the trusted half, on workflow_run, with a token that writes and nothing to build."""

from pathlib import Path

from bot.commands.call import Call
from bot.commands.files import read_bounded
from bot.commands.world import real_github
from bot.edges.runner import read_context
from bot.errors import UsageError
from bot.flows.publish import LARGEST_REPORT_BYTES, TrustedWorld, publish_run
from bot.model.plan import Skip


def publish(call: Call) -> int:
    """Post the report of another run; the verdict is that run's to fail, and trouble with posting fails nothing."""
    context = read_context(call.environment)
    github = real_github(call)
    if github is None:
        raise UsageError("There is no token to publish with.", fix="Give the input github-token.")
    named = call.invocation.files
    given = read_bounded(Path(named[0]), LARGEST_REPORT_BYTES) if named else None
    outcome = publish_run(TrustedWorld(context, call.settings, github, call.runner, call.today), given)
    if isinstance(outcome, Skip):
        call.runner.log(f"Nothing is published: {outcome.reason}")
    return 0
