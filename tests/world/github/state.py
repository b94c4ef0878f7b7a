"""What the fake GitHub remembers, as plain mutable nouns; nothing here knows HTTP or JSON."""

from __future__ import annotations

import itertools
import threading
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Literal

ACTIONS_BOT = "github-actions[bot]"

Level = Literal["none", "read", "write"]
TokenKind = Literal["installation", "pat"]


def now() -> str:
    """The present second in the form that GitHub uses."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True)
class Token:
    """Who a token speaks for and what it may do; scopes are named as in a workflow's ``permissions``."""

    login: str
    kind: TokenKind = "installation"
    permissions: tuple[tuple[str, Level], ...] = ()

    def may(self, scope: str, level: Level) -> bool:
        """True where one of the scopes of ``"issues|pull-requests"`` is granted at that level or above."""
        held = [dict(self.permissions).get(name, "none") for name in scope.split("|")]
        return "write" in held or (level == "read" and "read" in held) or level == "none"


WRITING = (
    ("actions", "read"),
    ("checks", "write"),
    ("contents", "read"),
    ("metadata", "read"),
    ("pull-requests", "write"),
    ("statuses", "write"),
)
READING: tuple[tuple[str, Level], ...] = tuple((scope, "read") for scope, _ in WRITING)

TOKENS = {
    "write-token": Token(ACTIONS_BOT, "installation", WRITING),
    "read-token": Token(ACTIONS_BOT, "installation", READING),
    "no-checks-token": Token(ACTIONS_BOT, "installation", tuple(p for p in WRITING if p[0] != "checks")),
    "pat-token": Token("octo-maintainer", "pat", WRITING),
    "app-token": Token("size-police[bot]", "installation", WRITING),
    "proposal-token": Token(
        ACTIONS_BOT, "installation", (("contents", "write"), ("pull-requests", "write"), ("metadata", "read"))
    ),
    "history-token": Token(ACTIONS_BOT, "installation", (("contents", "write"), ("metadata", "read"))),
}


@dataclass
class Comment:
    """One issue comment; ``visible_at`` is the clock reading from which lists show it, or show its last edit."""

    id: int
    issue: int
    author: str
    body: str
    created_at: str = field(default_factory=now)
    updated_at: str = field(default_factory=now)
    visible_at: float = 0.0
    body_before: str | None = None

    def edit(self, body: str, lag_seconds: float) -> None:
        """Change the text; lists show the one before for a while."""
        self.body_before, self.body, self.updated_at = self.body, body, now()
        self.visible_at = time.monotonic() + lag_seconds

    def listed(self, clock: float) -> Comment | None:
        """The comment as lists show it at that moment."""
        if self.visible_at <= clock:
            return self
        return None if self.body_before is None else replace(self, body=self.body_before)


@dataclass
class Pull:
    """One pull request; ``head_owner`` None is a fork that was deleted since."""

    number: int
    head_ref: str
    head_sha: str
    base_ref: str
    base_sha: str
    head_owner: str | None
    head_repository_id: int
    state: str = "open"
    draft: bool = False
    locked: bool = False
    merge_commit_sha: str | None = None
    title: str = ""
    body: str | None = None
    labels: list[str] = field(default_factory=list)


@dataclass
class LabelEvent:
    """Somebody put a label on an issue or took it off."""

    id: int
    issue: int
    actor: str
    label: str
    event: Literal["labeled", "unlabeled"]
    created_at: str = field(default_factory=now)


@dataclass
class CheckRun:
    """One check run with all annotations that its requests added up to."""

    id: int
    name: str
    head_sha: str
    app: str
    status: str = "queued"
    conclusion: str | None = None
    external_id: str | None = None
    details_url: str | None = None
    title: str | None = None
    summary: str | None = None
    text: str | None = None
    annotations: list[dict[str, object]] = field(default_factory=list)


@dataclass
class Status:
    """One commit status."""

    id: int
    sha: str
    state: str
    context: str
    description: str | None
    target_url: str | None
    creator: str


@dataclass
class WorkflowRun:
    """One workflow run; ``pull_requests`` is empty where the head is a fork, as GitHub leaves it."""

    id: int
    event: str
    path: str
    head_branch: str
    head_sha: str
    head_owner: str
    head_repository_id: int
    repository_id: int
    run_attempt: int = 1
    conclusion: str = "success"
    created_at: str = "2026-01-02T03:04:05Z"
    run_started_at: str = "2026-01-02T03:04:05Z"
    pull_requests: list[int] = field(default_factory=list)


@dataclass
class Artifact:
    """One uploaded artifact: the bytes of its zip."""

    id: int
    run_id: int
    name: str
    archive: bytes
    expired: bool = False
    created_at: str = "2026-01-02T03:14:05Z"


@dataclass
class State:
    """Everything that one fake remembers about its one repository."""

    owner: str = "octo"
    name: str = "shop"
    repository_id: int = 4242
    archived: bool = False
    read_lag_seconds: float = 0.0
    links_by_repository_id: bool = False
    direct_artifacts: bool = False
    tokens: dict[str, Token] = field(default_factory=lambda: dict(TOKENS))
    pulls: dict[int, Pull] = field(default_factory=dict)
    comments: dict[int, Comment] = field(default_factory=dict)
    label_events: list[LabelEvent] = field(default_factory=list)
    check_runs: dict[int, CheckRun] = field(default_factory=dict)
    statuses: list[Status] = field(default_factory=list)
    runs: dict[int, WorkflowRun] = field(default_factory=dict)
    artifacts: dict[int, Artifact] = field(default_factory=dict)
    files: dict[tuple[str, str], bytes] = field(default_factory=dict)
    parents: dict[str, list[str]] = field(default_factory=dict)
    branches: set[str] = field(default_factory=lambda: {"main"})
    tips: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    trees: dict[str, dict[str, bytes]] = field(default_factory=dict)
    commit_trees: dict[str, str] = field(default_factory=dict)
    messages: dict[str, str] = field(default_factory=dict)
    merge_bases: dict[tuple[str, str], str] = field(default_factory=dict)
    collaborators: dict[str, str] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)
    ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1001))

    @property
    def full_name(self) -> str:
        """``owner/name``."""
        return f"{self.owner}/{self.name}"

    def merge_base(self, one: str, other: str) -> str | None:
        """The first ancestor of one commit or branch that is one of the other; the graph is that of ``parents``."""
        others = set(self.ancestors(self.tips.get(other, other)))
        return next((sha for sha in self.ancestors(self.tips.get(one, one)) if sha in others), None)

    def ancestors(self, sha: str) -> list[str]:
        """A commit and all that it is made upon."""
        return [sha, *(older for parent in self.parents.get(sha, []) for older in self.ancestors(parent))]

    def write_comment(self, issue: int, author: str, body: str) -> Comment:
        """Remember a new comment; lists show it after the read lag."""
        comment = Comment(next(self.ids), issue, author, body, visible_at=time.monotonic() + self.read_lag_seconds)
        self.comments[comment.id] = comment
        return comment

    def visible_comments(self, issue: int) -> list[Comment]:
        """The comments of an issue that a list shows at present, oldest first."""
        clock = time.monotonic()
        listed = [c.listed(clock) for c in self.comments.values() if c.issue == issue]
        return [c for c in listed if c is not None]
