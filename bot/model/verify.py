"""Verified advice: what is asked of an image in the box, what it showed, and what became of each candidate."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple

from bot.model.image import DownloadSize


class WebPage(NamedTuple):
    """An address inside the box that is asked over HTTP: a port and a path with its leading slash."""

    port: int
    path: str


@dataclass(frozen=True, slots=True)
class Questions:
    """What an image is asked beside its own command, its ports and its health check.

    ``commands`` run instead of the image's own command, each in a box of its own; ``pages`` are asked in order;
    ``environment`` is added to every box (``NAME=value``). ``awaited`` are ports that are known to be listened on in
    the end: a box is not asked before they are, or before its time is over.
    """

    commands: tuple[tuple[str, ...], ...] = ()
    pages: tuple[WebPage, ...] = ()
    environment: tuple[str, ...] = ()
    awaited: frozenset[int] = frozenset()
    ends_when_told: bool = False
    """Whether it is known to end at its stop signal, so that it is worth waiting for."""


@dataclass(frozen=True, slots=True)
class Trace:
    """Paths of the image that one run asked for, as ``Entry.path`` has them: relative to the root, no leading slash.

    ``opened`` holds a path as it was asked for and where it led; ``looked_at`` were there and asked about, such as by
    stat; ``missed`` were asked for in vain. Paths below ``/proc``, ``/sys`` and ``/dev`` are left out.
    """

    opened: frozenset[bytes] = field(default=frozenset(), repr=False)
    executed: frozenset[bytes] = field(default=frozenset(), repr=False)
    missed: frozenset[bytes] = field(default=frozenset(), repr=False)
    looked_at: frozenset[bytes] = field(default=frozenset(), repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a page answered: the status, the type, and the body (bounded).

    A status of 0 means that the connection was refused or broke; with a body, that something else than HTTP is spoken.
    """

    status: int
    content_type: str = ""
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Run:
    """What one run of an image showed. ``command`` is empty for the image's own.

    ``exit_code`` is ``None`` while it still ran at the end of its time. ``users`` are the numeric users of its
    processes, ``written`` the paths that it added or changed, as ``Entry.path`` has them.
    """

    command: tuple[str, ...] = ()
    exit_code: int | None = None
    output: bytes = field(default=b"", repr=False)
    errors: bytes = field(default=b"", repr=False)
    cut: bool = False
    """True where it wrote more than is kept."""
    out_of_memory: bool = False
    listening: frozenset[int] = frozenset()
    loopback: frozenset[int] = frozenset()
    """Those of the ports that can be reached from inside alone."""
    stopped: int | None = None
    """The exit code after the image's stop signal; ``None`` where it ended before, or not soon after it."""
    answers: Mapping[WebPage, Answer] = field(default_factory=dict, repr=False)
    followed: frozenset[WebPage] = frozenset()
    """Those of the answered pages that nobody asked for: they were links of another one."""
    health: str = ""
    """``healthy``, ``unhealthy``, ``starting``, or empty where the image has no health check."""
    health_output: bytes = field(default=b"", repr=False)
    """What the last probe of the health check wrote."""
    users: frozenset[int] = frozenset()
    written: frozenset[bytes] = field(default=frozenset(), repr=False)
    trace: Trace | None = field(default=None, repr=False)
    """``None`` where no trace could be had."""
    problem: str = ""
    """Why it could not be started at all, as the engine says it (foreign text); empty where it was."""
    not_made: tuple[str, ...] = ()
    """What could not be observed, a phrase of our own each, such as "ports and pages: there is no helper program"."""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Behaviour:
    """The runs of one image: its own command first, then one for each command that was asked."""

    runs: tuple[Run, ...]


RUNS_AS: Final = "runs as "
"""How a phrase of ``Candidate.altered`` begins that tells of another user than the original's."""


class Rung(StrEnum):
    """How bold a candidate is, boldest first."""

    SCRATCH = "scratch"
    DISTROLESS = "distroless"
    SLIM = "slim"
    SWAP = "swap"
    CLEAN = "clean"
    FINDINGS = "findings"
    """The edits that the findings propose, all in one."""


class MendKind(StrEnum):
    """What a candidate is given after a failure."""

    PACKAGE = "package"
    FILE = "file"
    WRITABLE = "writable"
    """The user that it runs as owns a folder."""
    DEPENDENCIES = "dependencies"
    """Those for development stay."""
    ROOT = "root"
    """It runs as root, as the original did."""


class Mend(NamedTuple):
    """One mend of a candidate: a package by name, a file or folder by its absolute path, or nothing for root."""

    kind: MendKind
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A whole Dockerfile (and ``.dockerignore``, ``None``: left as it is) that may replace the image's own."""

    rung: Rung
    base: str
    """What its last stage starts from."""
    dockerfile: str = field(repr=False)
    ignore: str | None = field(default=None, repr=False)
    altered: tuple[str, ...] = ()
    """What it knowingly changes, a phrase of our own each, such as "runs as nonroot (65532)"."""
    repaired: int = 0
    """How often it was mended after a failure."""
    form: str = ""
    """Which way of its rung it takes, in a word or two of our own."""
    mends: tuple[Mend, ...] = ()
    """What it was given after failures, in order."""


class CheckState(StrEnum):
    """How a check ended."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_MADE = "not made"


@dataclass(frozen=True, slots=True)
class Check:
    """One check of a candidate against the original: a phrase of our own that goes on where "it" begins a sentence.

    ``detail`` is what differs, and foreign text.
    """

    name: str
    state: CheckState
    what: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What became of one candidate; the figures are ``None`` where it was not built."""

    candidate: Candidate
    unpacked_bytes: int | None = None
    download: DownloadSize | None = None
    layers: int | None = None
    seconds: float = 0.0
    checks: tuple[Check, ...] = ()
    problem: str = ""
    """Why it is not chosen, in one line; empty where no check failed."""

    @property
    def passed(self) -> bool:
        """Tell that it was built, and that no check of it failed; which were made is for ``checks`` to say."""
        return self.unpacked_bytes is not None and not self.problem


@dataclass(frozen=True, slots=True)
class Verification:
    """The search for one image: every attempt in order, and the smallest that passed, or that was at least built."""

    original_bytes: int
    attempts: tuple[Attempt, ...] = ()
    best: Attempt | None = None
    verified: bool = False
    """True if ``best`` was run and behaves alike; False if it is only built and pre-flight passed."""
    patch: str = field(default="", repr=False)
    """The unified diff of ``best`` against the head's own files."""
    not_checked: tuple[str, ...] = ()
    """What no check can see, and then what those could not settle, a phrase each."""
    why: str = ""
    """Why nothing was verified, or why it was not tried."""
    seconds: float = 0.0
    found_at: str = ""
    """The commit at which all of this was found, where the inputs are the same since; empty: now."""
