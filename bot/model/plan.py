"""What happened on GitHub (or here), which commits are compared and why, and what is to be built."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.model.build import Departure, ImageSpec


class EventKind(StrEnum):
    """The events that start a run; ``LOCAL`` is a command line outside Actions."""

    PULL_REQUEST = "pull_request"
    PULL_REQUEST_TARGET = "pull_request_target"
    MERGE_GROUP = "merge_group"
    PUSH = "push"
    WORKFLOW_DISPATCH = "workflow_dispatch"
    WORKFLOW_RUN = "workflow_run"
    SCHEDULE = "schedule"
    LOCAL = "local"


@dataclass(frozen=True, slots=True)
class RunContext:
    """What the runner says of this run, not yet interpreted; everything is empty outside Actions.

    ``payload`` is the event file as it is: JSON text that a pull request may have shaped.
    """

    in_actions: bool = False
    event_name: str = ""
    payload: bytes = field(default=b"", repr=False)
    repository: str = ""
    sha: str = ""
    ref: str = ""
    server_url: str = ""
    api_url: str = ""
    run_id: int | None = None
    run_attempt: int | None = None
    workflow: str = ""
    job: str = ""


@dataclass(frozen=True, slots=True)
class PullRequest:
    """The pull request of an event. ``head_repository`` is empty where the fork was deleted."""

    number: int
    head_sha: str
    base_sha: str
    head_ref: str
    base_ref: str
    head_repository: str
    base_repository: str
    author: str
    labels: tuple[str, ...] = ()
    draft: bool = False
    labelled: str = ""
    """The label whose setting this event is."""
    updated: str = ""
    """When the pull request was changed last, as the event was made: for a label, when that was set (ISO 8601)."""

    @property
    def from_fork(self) -> bool:
        """True where the head lies in another repository, so that the token can only read."""
        return self.head_repository != self.base_repository


@dataclass(frozen=True, slots=True)
class WorkflowRun:
    """The run whose completion started a ``workflow_run`` event."""

    run_id: int
    event: str
    path: str
    head_sha: str
    head_branch: str
    head_repository: str
    repository: str
    run_attempt: int
    pull_numbers: tuple[int, ...] = ()
    conclusion: str = ""
    started: datetime | None = None
    """When its latest attempt was started; the event itself is not asked for it."""


@dataclass(frozen=True, slots=True)
class Event:
    """Why we run: the kind, the repository, the commit checked out, and what the payload adds."""

    kind: EventKind
    action: str = ""
    repository: str = ""
    sha: str = ""
    ref: str = ""
    base_sha: str = ""
    """merge_group: the commit the group builds upon; push: the commit before; else empty."""
    default_branch: str = ""
    pull_request: PullRequest | None = None
    workflow_run: WorkflowRun | None = None
    base_changed: bool = False
    """An ``edited`` event that retargets the pull request."""
    deleted: bool = False
    """A ``push`` that deleted its branch."""


@dataclass(frozen=True, slots=True)
class Skip:
    """Nothing to do, and why; the reason is shown, never swallowed."""

    reason: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """The two commits that are compared, and the reason for the base in one phrase. ``base_sha`` empty: no baseline."""

    base_sha: str
    head_sha: str
    why: str
    base_label: str = ""
    head_label: str = ""
    pull_head_sha: str = ""
    """The head commit of the pull request where ``head_sha`` is its merge commit: checks and links belong there."""


@dataclass(frozen=True, slots=True)
class ImagePlan:
    """One image on both sides. A side is ``None`` where the image does not exist there.

    ``unchanged`` means that nothing its build can see differs between the commits: it is not built at all.
    """

    name: str
    base: ImageSpec | None
    head: ImageSpec | None
    unchanged: bool = False
    why: str = ""
    departure: Departure | None = None
    notes: tuple[str, ...] = ()
    """Where its definition comes from and what is in doubt, for its own part of the report."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is compared and built."""

    comparison: Comparison
    images: tuple[ImagePlan, ...]
    notes: tuple[str, ...] = ()
