"""The real world: git, the engine, the image readers and GitHub, made for one command and left as they were found."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bot.commands.call import Call
from bot.commands.image_reader import image_reader
from bot.config.kinds import did_you_mean
from bot.edges.builders import DockerBuilder
from bot.edges.git import GitRepository, find_repository
from bot.edges.providers.github import connect
from bot.errors import GitError, UsageError
from bot.flows.check import World
from bot.ports import GitHub

_GITHUB: Final = "https://api.github.com"


def real_git(call: Call) -> GitRepository:
    """Open the repository that the command is about; a context manager."""
    folder = find_repository(Path(call.invocation.repository))
    server_url = call.environment.get("GITHUB_SERVER_URL", "")
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
    with real_git(call) as git, image_reader(call) as images:
        _require_commits(call, git)
        try:
            yield World(git, builder, images, call.runner, call.today, real_github(call))
        finally:
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


def real_github(call: Call) -> GitHub | None:
    """Connect to GitHub if there is a token for a repository; ``None`` if not."""
    repository = call.environment.get("GITHUB_REPOSITORY", "")
    if not (call.token and repository):
        return None
    return connect(call.token, repository, call.environment.get("GITHUB_API_URL") or _GITHUB, redactor=call.redactor)
