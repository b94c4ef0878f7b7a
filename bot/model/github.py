"""What the GitHub port hands over; plain data, whatever client is behind it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Comment:
    """An issue comment."""

    comment_id: int
    author: str
    body: str
    url: str


@dataclass(frozen=True, slots=True)
class Pull:
    """The state of a pull request as the API tells it now."""

    number: int
    open: bool
    head_sha: str
    head_ref: str
    head_repository: str
    base_sha: str
    base_ref: str
    base_repository: str
    author: str
    labels: tuple[str, ...] = ()
    merge_sha: str = ""


@dataclass(frozen=True, slots=True)
class HeadBranch:
    """The branch that a pull request comes from, and the repository (``owner/name``) that has it."""

    repository: str
    ref: str


@dataclass(frozen=True, slots=True)
class LabelSetter:
    """Who set a label last, when, and with which permission (admin, maintain, write, triage, read, none)."""

    login: str
    when: datetime
    permission: str


@dataclass(frozen=True, slots=True)
class Artifact:
    """A workflow artifact."""

    artifact_id: int
    name: str
    size_bytes: int
    expired: bool
    run_id: int
    created: datetime | None = None


@dataclass(frozen=True, slots=True)
class Posted:
    """What became of one effect on GitHub: where it is now, or why it is not there."""

    what: str
    url: str = ""
    object_id: int = 0
    problem: str = ""
    """Empty where it worked, else one sentence with the way out; never changes the verdict."""
