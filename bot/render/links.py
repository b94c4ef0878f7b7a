"""Addresses on the server that the report names; empty where it names none, so that text stands alone."""

import re
from dataclasses import dataclass
from typing import Final

from bot.model.report import Report
from bot.render import queries as facts
from bot.render.text import url_path

_SERVER: Final = re.compile(r"https?://[A-Za-z0-9.-]{1,200}(?::[0-9]{1,5})?", re.ASCII)
_REPOSITORY: Final = re.compile(r"[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}", re.ASCII)
_COMMIT: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses below one repository; ``root`` is empty where there is none."""

    root: str = ""
    base_sha: str = ""
    head_sha: str = ""
    run_id: int | None = None

    def lines(self, file: str, lines: tuple[int, int] | None, side: str = "head") -> str:
        """Address lines of a file at the head commit, or at the base for what the head no longer has."""
        sha = self.base_sha if side == "base" else self.head_sha
        path = url_path(file)
        return f"{self.root}/blob/{sha}/{path}{_fragment(lines)}" if self.root and sha and path else ""

    @property
    def run(self) -> str:
        """The workflow run."""
        return f"{self.root}/actions/runs/{self.run_id}" if self.root and self.run_id else ""

    @property
    def artifacts(self) -> str:
        """Where the report files of the run lie."""
        return f"{self.run}#artifacts" if self.run else ""


def links_of(report: Report) -> Links:
    """Take the addresses that this report may use; anything that is not plainly a server and a repository is none."""
    run = report.run
    if not (_SERVER.fullmatch(run.server_url) and _REPOSITORY.fullmatch(run.repository)):
        return Links()
    base, head = report.comparison.base_sha, facts.head_commit(report)
    return Links(f"{run.server_url}/{run.repository}", _commit(base), _commit(head), run.run_id)


def _commit(sha: str) -> str:
    return sha if _COMMIT.fullmatch(sha) else ""


def _fragment(lines: tuple[int, int] | None) -> str:
    if lines is None:
        return ""
    first, last = lines
    return f"#L{first}" if first == last else f"#L{first}-L{last}"
