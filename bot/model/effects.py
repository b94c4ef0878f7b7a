"""Effects as values: what ``report`` wants done and ``publish`` does. A dry run prints them; tests compare them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final
from urllib.parse import quote, unquote

_MARKER: Final = re.compile(
    r"<!-- deadweight:v1 key=(?P<key>[A-Za-z0-9_.~%-]{0,600}) head=(?P<head>[0-9a-f]{0,64})"
    r" run=(?P<run>[0-9]{1,18})/(?P<attempt>[0-9]{1,9}) -->(?:\r?\n|\Z)",
    re.ASCII,
)


class Level(StrEnum):
    """How loud an annotation is."""

    NOTICE = "notice"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Annotation:
    """A message on lines of a file at the head commit. Plain text; the edges escape it for where it goes."""

    level: Level
    message: str
    title: str = ""
    path: str = ""
    start_line: int = 0
    end_line: int = 0


@dataclass(frozen=True, slots=True)
class WriteFile:
    """A file of the report folder; ``path`` is relative to it."""

    path: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class WriteSummary:
    """The job summary, Markdown."""

    markdown: str


@dataclass(frozen=True, slots=True)
class SetOutputs:
    """Step outputs."""

    outputs: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Marker:
    """The first line of our comment: identity (``key``) and how new its content is.

    ``head_sha`` is lower-case hexadecimal, or empty.
    """

    key: str
    head_sha: str
    run_id: int
    run_attempt: int

    @property
    def text(self) -> str:
        """The marker as an HTML comment without line end; the key is percent-encoded and never holds ``--``."""
        key = quote(self.key, safe="", errors="replace").replace("--", "-%2D")
        return f"<!-- deadweight:v1 key={key} head={self.head_sha} run={self.run_id}/{self.run_attempt} -->"

    @classmethod
    def parse(cls, body: str) -> "Marker | None":
        """Read the marker of a comment that starts with one; a marker anywhere else is not ours (T-M2)."""
        match = _MARKER.match(body)
        if match is None:
            return None
        return cls(unquote(match["key"]), match["head"], int(match["run"]), int(match["attempt"]))


@dataclass(frozen=True, slots=True)
class UpsertComment:
    """The sticky comment. ``create`` is False where nothing is worth a new comment but an existing one must change."""

    pull_number: int
    marker: Marker
    body: str
    create: bool


@dataclass(frozen=True, slots=True)
class PublishCheck:
    """A check at ``head_sha``, or a commit status; conclusion is success, neutral or failure."""

    name: str
    head_sha: str
    conclusion: str
    title: str
    summary: str
    annotations: tuple[Annotation, ...] = ()


@dataclass(frozen=True, slots=True)
class ProposePull:
    """A pull request of our own: one from each ``branch``, with whole files changed on top of ``parent``.

    ``identity`` sums up what is proposed: what somebody has closed is not proposed again.
    """

    branch: str
    into: str
    """The branch that it is to be merged into, which ``parent`` is the newest commit of."""
    parent: str
    title: str
    body: str
    files: Mapping[str, bytes] = field(repr=False)
    identity: str = ""


@dataclass(frozen=True, slots=True)
class Annotate:
    """Annotations through the runner, for where no check can be made."""

    annotations: tuple[Annotation, ...]


@dataclass(frozen=True, slots=True)
class Print:
    """Text for standard output."""

    text: str


Effect = WriteFile | WriteSummary | SetOutputs | UpsertComment | PublishCheck | Annotate | Print
