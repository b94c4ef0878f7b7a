"""Effects as values: what ``report`` wants done and ``publish`` does. A dry run prints them; tests compare them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Level(StrEnum):
    """Annotation levels in the check-run API's words; the runner's command for ``FAILURE`` is ``error``."""

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
    """The first line of our comment: identity (``key``) and how new its content is."""

    key: str
    head_sha: str
    run_id: int
    run_attempt: int


@dataclass(frozen=True, slots=True)
class UpsertComment:
    """The sticky comment. ``create`` is False where nothing is worth a new comment but an existing one must change."""

    pull_number: int
    marker: Marker
    body: str
    create: bool


@dataclass(frozen=True, slots=True)
class CreateCheckRun:
    """A check run on ``head_sha``; conclusion is success, neutral or failure."""

    name: str
    head_sha: str
    conclusion: str
    title: str
    summary: str
    annotations: tuple[Annotation, ...] = ()


@dataclass(frozen=True, slots=True)
class Annotate:
    """Annotations as workflow commands, for where no check run can be made."""

    annotations: tuple[Annotation, ...]


@dataclass(frozen=True, slots=True)
class Print:
    """Text for standard output."""

    text: str


Effect = WriteFile | WriteSummary | SetOutputs | UpsertComment | CreateCheckRun | Annotate | Print
