"""Addresses on the server that the report names, in its provider's shapes; empty if there are none."""

import re
from dataclasses import dataclass
from typing import Final

from bot.model.provider import NO_LINKS, LinkTemplates
from bot.model.report import Report
from bot.render import queries as facts
from bot.render.text import url_path

_SERVER: Final = re.compile(r"https?://[A-Za-z0-9.-]{1,200}(?::[0-9]{1,5})?", re.ASCII)
_REPOSITORY: Final = re.compile(r"[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}", re.ASCII)
_COMMIT: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses below one repository; ``root`` is empty if there is none."""

    root: str = ""
    base_sha: str = ""
    head_sha: str = ""
    run_id: int | None = None
    templates: LinkTemplates = NO_LINKS

    def lines(self, file: str, lines: tuple[int, int] | None, side: str = "head") -> str:
        """Address lines of a file at the head commit, or at the base for what the head no longer has."""
        sha = self.base_sha if side == "base" else self.head_sha
        path = url_path(file)
        if not (self.root and sha and path and self.templates.file):
            return ""
        return self.templates.file.format(root=self.root, commit=sha, path=path) + self._fragment(lines)

    def _fragment(self, lines: tuple[int, int] | None) -> str:
        if lines is None:
            return ""
        first, last = lines
        template = self.templates.line if first == last else self.templates.lines
        return template.format(first=first, last=last)

    @property
    def run(self) -> str:
        """The run that measured."""
        return self.templates.run.format(root=self.root, run=self.run_id) if self.root and self.run_id else ""

    @property
    def artifacts(self) -> str:
        """Where the report files of the run lie."""
        return self.templates.artifacts.format(root=self.root, run=self.run_id) if self.run else ""


def links_of(report: Report) -> Links:
    """Take the addresses that this report may use; anything that is not plainly a server and a repository is none."""
    run = report.run
    if not (_SERVER.fullmatch(run.server_url) and _REPOSITORY.fullmatch(run.repository)):
        return Links()
    base, head = report.comparison.base_sha, facts.head_commit(report)
    return Links(f"{run.server_url}/{run.repository}", _commit(base), _commit(head), run.run_id, run.links)


def _commit(sha: str) -> str:
    return sha if _COMMIT.fullmatch(sha) else ""
