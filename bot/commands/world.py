"""The real world: git, the engine, the image readers and the provider, made for one command and left as found."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.commands.call import Call
from bot.commands.image_reader import disk_cache, image_reader
from bot.config.kinds import did_you_mean
from bot.edges.builders import BakePrinter, DockerBuilder
from bot.edges.git import GitRepository, find_repository
from bot.edges.providers import provider_of
from bot.edges.sandbox import EngineSandbox
from bot.errors import GitError, UsageError
from bot.flows.world import World
from bot.model.provider import RunContext
from bot.ports import Provider


def real_git(call: Call) -> GitRepository:
    """Open the repository that the command is about; a context manager."""
    folder = find_repository(Path(call.invocation.repository))
    server_url = provider_of(call.environment).server_url(call.environment)
    return GitRepository(folder, call.environment, token=call.token, server_url=server_url)


@contextmanager
def real_world(call: Call) -> Iterator[World]:
    """Make the world, and leave nothing of ours in it."""
    builder = DockerBuilder(
        call.environment,
        builder=call.settings.builder,
        show=call.runner.log,
        redactor=call.redactor,
        allow_local_images=call.settings.allow_local_images,
    )
    sandbox = EngineSandbox(call.environment)
    with real_git(call) as git, image_reader(call) as images:
        _require_commits(call, git)
        try:
            yield World(
                git=git,
                builder=builder,
                images=images,
                runner=call.runner,
                today=call.today,
                provider=real_provider(call),
                bake=BakePrinter(call.environment),
                sandbox=sandbox,
                clock=time.monotonic,
                memory=disk_cache(call.environment),
            )
        finally:
            # What runs in a box is gone before its image is.
            sandbox.discard()
            builder.discard()


def _require_commits(call: Call, git: GitRepository) -> None:
    """Refuse a name that no commit has, before anything is built. Raises ``UsageError``."""
    for name in (call.settings.base_ref, call.settings.head_ref):
        try:
            if name:
                git.resolve(name)
        except GitError as error:
            known = (*git.branches(), *(tag.name for tag in git.tags()))
            what = f"{error.what.rstrip('.')}{did_you_mean(name, known) or '.'}"
            raise UsageError(what, why=error.why, fix=error.fix) from error


def read_context(call: Call) -> RunContext:
    """Read what the runner says of this run. Raises ``UsageError``."""
    return provider_of(call.environment).read_context(call.environment)


def real_provider(call: Call) -> Provider | None:
    """Connect to the provider, if there is a token for a repository."""
    return provider_of(call.environment).connect_from(call.environment, call.token, call.redactor)
