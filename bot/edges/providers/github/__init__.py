"""GitHub's REST API through PyGithub: what it promises is in ``bot.ports.GitHub``, how it copes is in here.

``trouble`` words every refusal, ``transport`` decides what is asked again, ``sticky`` (pure) decides what becomes of
the comment, ``comments``, ``checks``, ``reading`` and ``artifacts`` do one thing each, ``rest`` puts them together.
"""

from bot.edges.providers.github.patience import Patience
from bot.edges.redactor import Redactor
from bot.ports import GitHub

__all__ = ["Patience", "connect"]


def connect(
    token: str,
    repository: str,
    api_url: str = "https://api.github.com",
    patience: Patience | None = None,
    redactor: Redactor | None = None,
) -> GitHub:
    """Give the port for ``owner/name``; nothing is asked yet. Whatever is sent passes the redactor.

    ``api_url`` is the runner's ``GITHUB_API_URL``, so that GitHub Enterprise Server needs no setting of its own.
    """
    from bot.edges.providers.github.rest import RestGitHub  # noqa: PLC0415 - PyGithub takes 0.2 s to import, --help must not wait

    return RestGitHub(token, repository, api_url, patience or Patience(), redactor or Redactor())
