"""The report: the one noun that every consumer reads, in memory and as ``report.json`` (schema deadweight/report/1)."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from bot.model.advice import EditPlan, Finding
from bot.model.budget import Acceptance, Judgement, Verdict, Waiver
from bot.model.build import BuildFailure, Departure
from bot.model.config import CommentOptions, Settings
from bot.model.explain import Cause, Content, DeadWeight
from bot.model.image import DownloadSize
from bot.model.plan import Comparison
from bot.model.provider import LEAST_LIMITS, NO_LINKS, LinkTemplates, PageLimits
from bot.model.verify import Verification

SCHEMA: Final = "deadweight/report/1"


class ImageState(StrEnum):
    """What became of an image between base and head.

    ``NOT_COMPARED``: the head has numbers, but there is no baseline, or one that may not be compared with it.
    ``NOT_MEASURED``: the head has none.
    """

    CHANGED = "changed"
    UNCHANGED = "unchanged"
    NEW = "new"
    REMOVED = "removed"
    NOT_COMPARED = "not-compared"
    NOT_MEASURED = "not-measured"


@dataclass(frozen=True, slots=True)
class SideReport:
    """The numbers of one image on one side."""

    unpacked_bytes: int
    download: DownloadSize | None
    layers: int
    digest: str
    source: str = ""
    """The transport and builder, such as ``docker-daemon, buildx 0.29.1 / engine 28.5.2``."""
    dead_bytes: int = 0


@dataclass(frozen=True, slots=True)
class MissingSide:
    """Why a side has no numbers. ``failure`` is there where its build failed."""

    why: str
    failure: BuildFailure | None = None


@dataclass(frozen=True, slots=True)
class LayerRow:
    """One row of the layer list: a layer that only one side has, or two aligned layers."""

    text: str
    base_bytes: int | None
    head_bytes: int | None
    file: str = ""
    lines: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Delta:
    """Head − base; own, base image and drift bytes sum to ``unpacked_bytes``; without both numbers there is none."""

    unpacked_bytes: int
    download: DownloadSize | None
    layers: int
    own_bytes: int
    base_image_bytes: int
    drift_bytes: int
    pull: DownloadSize | None = None
    own_download: DownloadSize | None = field(default=None, compare=False)
    """What of ``download`` is this change's own; not in the report file, where it is read as all of ``download``."""
    own_download_is_whole: bool = field(default=False, compare=False)
    """True if base image and drift could not be taken out of ``own_download``."""


@dataclass(frozen=True, slots=True)
class ImageReport:
    """Everything that is said about one image on one platform.

    Σ ``causes`` = Σ ``contents`` = ``delta.unpacked_bytes``; for an image that is new or alone the head's bytes, for
    one that is removed minus the base's. Both are empty where the difference is not known.
    Findings carry no claims here: ``claimed_bytes`` is the size of their union.
    """

    name: str
    platform: str
    state: ImageState
    base: SideReport | MissingSide | None
    head: SideReport | MissingSide | None
    delta: Delta | None
    causes: tuple[Cause, ...] = ()
    contents: tuple[Content, ...] = ()
    layers: tuple[LayerRow, ...] = ()
    findings: tuple[Finding, ...] = ()
    claimed_bytes: int = 0
    """Bytes of the union of all findings' claims."""
    budgets: tuple[Judgement, ...] = ()
    verdict: Verdict = Verdict.PASS
    notes: tuple[str, ...] = ()
    paths_added: int = 0
    paths_removed: int = 0
    paths_changed: int = 0
    verification: Verification | None = None
    """What became of the search for a smaller image, without the text of the candidates: the best one's is its patch.

    ``None`` where it was not asked for. Its original is the head of this image.
    """
    dead: tuple[DeadWeight, ...] = ()
    """The dead bytes that the change brought, the most first; never more than the head has in all."""
    departure: Departure | None = field(default=None, compare=False)
    """How the image gets rid of its budgets; not in the report file, where a judgement says so."""
    plan: EditPlan | None = field(default=None, compare=False, repr=False)
    """The findings' proposals as one; not in the report file, which has each finding's patch."""


@dataclass(frozen=True, slots=True)
class RunInfo:
    """Where the report was made and is shown; all empty on a command line."""

    repository: str = ""
    server_url: str = ""
    pull_number: int | None = None
    run_id: int | None = None
    run_attempt: int | None = None
    links: LinkTemplates = field(default=NO_LINKS, compare=False, repr=False)
    """This and the next are the provider's, and no part of a report that is written down."""
    limits: PageLimits = field(default=LEAST_LIMITS, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Report:
    """One run's result."""

    tool_version: str
    comparison: Comparison
    images: tuple[ImageReport, ...]
    verdict: Verdict
    run: RunInfo = field(default_factory=RunInfo)
    policy_source: str = ""
    waivers: tuple[Waiver, ...] = ()
    notes: tuple[str, ...] = ()
    exit_code: int = 0


@dataclass(frozen=True, slots=True)
class PublishOptions:
    """How and where a report is to be published.

    ``author`` is the pull request's author; without ``can_write`` the token can only read (a fork's) and nothing is
    posted.
    """

    settings: Settings = field(default_factory=Settings)
    comment: CommentOptions = field(default_factory=CommentOptions)
    override_label: str = ""
    author: str = ""
    can_write: bool = True
    acceptance: Acceptance | None = None
    """What the comment is to remember of what the label accepts."""
    label_sticky: bool = False
    """The label accepts later pushes too."""
    caveat: str = ""
    """What keeps a good result from being called one, such as a run that failed for a reason unknown here."""
