"""All that knows GitHub: its REST API through PyGithub, the Actions runner, events, addresses and limits.

What it promises is in ``bot.ports.Provider``. ``event`` reads what started us and has addresses and limits,
``actions_runner`` the job's log and files. ``trouble`` words every refusal, ``transport`` and ``patience`` decide what
is asked again, ``sticky`` (pure) decides what becomes of the comment, ``comments``, ``checks``, ``reading``,
``git_data`` and ``artifacts`` do one thing each, ``rest`` puts them together.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bot.edges.providers.github.actions_runner import ActionsRunner
from bot.edges.providers.github.event import is_here, read_context, read_inputs
from bot.edges.redactor import Redactor
from bot.edges.report_folder import ReportFolder
from bot.ports import Provider

if TYPE_CHECKING:
    from bot.edges.providers.github.patience import Patience

__all__ = [
    "ActionsRunner",
    "connect",
    "connect_from",
    "is_here",
    "make_runner",
    "read_context",
    "read_inputs",
    "server_url",
]

_API: Final = "https://api.github.com"


def make_runner(
    environment: Mapping[str, str], report_dir: str = "", redactor: Redactor | None = None
) -> ActionsRunner:
    """Make the runner of this job."""
    workspace = Path(environment.get("GITHUB_WORKSPACE") or ".")
    return ActionsRunner(sys.stdout, environment, ReportFolder(Path(report_dir), workspace), redactor)


def server_url(environment: Mapping[str, str]) -> str:
    """Return the address of github.com or of the Enterprise Server."""
    return environment.get("GITHUB_SERVER_URL", "")


def connect_from(environment: Mapping[str, str], token: str, redactor: Redactor) -> Provider | None:
    """Connect to the repository of this run, ``None`` without a token for one."""
    repository = environment.get("GITHUB_REPOSITORY", "")
    if not (token and repository):
        return None
    return connect(token, repository, environment.get("GITHUB_API_URL") or _API, redactor=redactor)


def connect(
    token: str,
    repository: str,
    api_url: str = _API,
    patience: "Patience | None" = None,
    redactor: Redactor | None = None,
) -> Provider:
    """Make the port for ``owner/name``; nothing is asked yet. Whatever is sent passes the redactor.

    ``api_url`` is the runner's ``GITHUB_API_URL``, so that GitHub Enterprise Server needs no setting of its own.
    """
    from bot.edges.providers.github.rest import RestGitHub  # noqa: PLC0415 - PyGithub takes 0.2 s to import, --help must not wait

    return RestGitHub(token, repository, api_url, patience, redactor or Redactor())
