"""What a code host (a *provider*: GitHub, GitLab, …) tells us and is told, in words that each of them could fill.

``bot.edges.providers`` translates: nothing outside of it knows how a provider spells an event, an address or a limit.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple


class EventKind(StrEnum):
    """What starts a run; ``LOCAL`` is a command line that no provider's runner has started."""

    PULL_REQUEST = "pull request"
    MERGE_QUEUE = "merge queue"
    PUSH = "push"
    MANUAL = "manual"
    COMPLETED_RUN = "completed run"
    SCHEDULE = "schedule"
    LOCAL = "local"


@dataclass(frozen=True, slots=True)
class PullRequest:
    """The pull request of an event; a GitLab merge request is the same thing, and GitHub's word is the better known.

    ``head_repository`` is empty where the fork was deleted.
    """

    number: int
    head_sha: str
    base_sha: str
    head_ref: str
    base_ref: str
    head_repository: str
    base_repository: str
    author: str
    labels: tuple[str, ...] = ()
    restricted: bool = False
    """The run's token can only read although the head is of this repository: who proposes it is not trusted more."""
    labelled: str = ""
    """The label whose setting this event is."""
    updated: str = ""
    """When the pull request was changed last, as the event was made: for a label, when that was set (ISO 8601)."""

    @property
    def from_fork(self) -> bool:
        """True where the head lies in another repository, so that the token can only read."""
        return self.head_repository != self.base_repository


@dataclass(frozen=True, slots=True)
class PipelineRun:
    """One run of the provider's CI: a workflow run of GitHub, a pipeline of GitLab."""

    run_id: int
    event: str
    """The provider's own name of what started it."""
    path: str
    head_sha: str
    head_branch: str
    head_repository: str
    repository: str
    run_attempt: int
    pull_numbers: tuple[int, ...] = ()
    conclusion: str = ""
    """``success``, ``failure``, ``cancelled``, ``timed_out``, …; empty while it is not known."""
    started: datetime | None = None
    """When its latest attempt was started; the event itself is not asked for it."""


@dataclass(frozen=True, slots=True)
class Event:
    """Why we run: the kind, the repository, the commit checked out, and what else the provider tells of it."""

    kind: EventKind
    name: str = ""
    """The provider's own name of it, for messages."""
    privileged: bool = False
    """The run's token can write, or secrets are there, although others than writers can bring it about."""
    action: str = ""
    """What was done to a pull request; ``closed`` and ``edited`` (its title, text or base) are told apart."""
    repository: str = ""
    sha: str = ""
    ref: str = ""
    base_sha: str = ""
    """Merge queue: the commit that the queue builds upon; push: the commit before; else empty."""
    default_branch: str = ""
    pull_request: PullRequest | None = None
    completed_run: PipelineRun | None = None
    base_changed: bool = False
    """An ``edited`` event that retargets the pull request."""
    deleted: bool = False
    """A push that deleted its branch."""


class LinkTemplates(NamedTuple):
    """The shapes of a provider's addresses for ``str.format``; empty for what has none.

    ``{root}`` is the repository's address, ``{commit}``, ``{path}``, ``{first}``, ``{last}`` and ``{run}`` speak for
    themselves. ``line`` or ``lines`` follow upon ``file``.
    """

    file: str = ""
    line: str = ""
    lines: str = ""
    run: str = ""
    artifacts: str = ""


class PageLimits(NamedTuple):
    """What a provider shows of each page, in bytes of UTF-8; the defaults are the least that any is known to take."""

    comment_bytes: int = 60_000
    summary_bytes: int = 1_000_000
    check_bytes: int = 60_000
    annotations: int = 50


LOCALLY: Final = Event(EventKind.LOCAL)
NO_LINKS: Final = LinkTemplates()
LEAST_LIMITS: Final = PageLimits()


@dataclass(frozen=True, slots=True)
class RunContext:
    """What the runner says of this run; everything is empty where no provider's runner has started us."""

    event: Event = LOCALLY
    repository: str = ""
    server_url: str = ""
    run_id: int | None = None
    run_attempt: int | None = None
    links: LinkTemplates = NO_LINKS
    limits: PageLimits = LEAST_LIMITS


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment on a pull request."""

    comment_id: int
    author: str
    body: str
    url: str


@dataclass(frozen=True, slots=True)
class Pull:
    """The state of a pull request as the provider tells it now."""

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
    """A file that a run left with the provider."""

    artifact_id: int
    name: str
    size_bytes: int
    expired: bool
    run_id: int
    created: datetime | None = None


@dataclass(frozen=True, slots=True)
class Posted:
    """What became of one effect at the provider: where it is now, or why it is not there."""

    what: str
    url: str = ""
    object_id: int = 0
    problem: str = ""
    """Empty where it worked, else one sentence with the way out; never changes the verdict."""
