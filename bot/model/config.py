"""The configuration as the stages see it: images, budgets, waivers, and how to speak."""

from dataclasses import dataclass, field
from enum import StrEnum

from bot.model.budget import Budget, Verdict, Waiver
from bot.model.build import ImageSpec


class CommentMode(StrEnum):
    """When a pull request gets a comment."""

    ALWAYS = "always"
    CHANGES = "changes"
    FAILURE = "failure"
    NEVER = "never"


class FailOn(StrEnum):
    """What makes the exit code non-zero."""

    BUDGET = "budget"
    GROWTH = "growth"
    ERROR = "error"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class BudgetSet:
    """Budgets in the order of their precedence, for images whose name matches the glob ``images``.

    ``already_over`` is the verdict for an image that exceeds ``max-size`` on both sides and did not grow.
    """

    images: str
    budgets: tuple[Budget, ...]
    platform: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything ``judge`` needs: budget sets from general to specific, waivers, and the options of the policy."""

    sets: tuple[BudgetSet, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    already_over: Verdict = Verdict.WARN
    ratchet_slack_bytes: int = 0
    source: str = ""
    """Where the policy was read: ``deadweight.toml at a1b2c3d``; empty without a configuration."""


@dataclass(frozen=True, slots=True)
class CommentOptions:
    """How the comment speaks."""

    mode: CommentMode = CommentMode.CHANGES
    key: str = "default"
    title: str = ""
    footer: str = ""
    noise_floor_bytes: int = 0
    bots: tuple[str, ...] = ("dependabot[bot]", "renovate[bot]")
    """Authors whose pull requests get a comment only where own bytes or a budget moved."""


@dataclass(frozen=True, slots=True)
class Suppression:
    """A rule that is not to be reported for images whose name matches ``image``, and why."""

    rule: str
    image: str
    reason: str
    source: str


@dataclass(frozen=True, slots=True)
class Config:
    """deadweight.toml and the quick inputs, read, checked and merged."""

    images: tuple[ImageSpec, ...] = ()
    policy: Policy = field(default_factory=Policy)
    comment: CommentOptions = field(default_factory=CommentOptions)
    suppressions: tuple[Suppression, ...] = ()
    override_label: str = "image-size-ok"
    discover: tuple[str, ...] = ()
    """Globs of Dockerfiles to find where no image is configured."""
    exclude: tuple[str, ...] = ()
    source: str = ""
    notes: tuple[str, ...] = ()
    """What the reader of the report should know: no configuration, first configuration, changed by this PR."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Action inputs and command-line options of one run, defaults applied, texts not yet interpreted as budgets."""

    config_path: str = ""
    images: tuple[str, ...] = ()
    single_image: ImageSpec | None = None
    """From ``context``/``file``/``target``/``build-args``…: the one-image case without a configuration file."""
    base_ref: str = ""
    head_ref: str = ""
    max_size: str = ""
    max_growth: str = ""
    max_layers: str = ""
    fail_on: FailOn = FailOn.BUDGET
    on_base_failure: Verdict = Verdict.WARN
    comment: CommentMode | None = None
    comment_key: str = ""
    override_label: str | None = None
    summary: bool = True
    annotations: bool = True
    check_run: bool = True
    report_dir: str = "deadweight-report"
    sarif_file: str = ""
    builder: str = ""
    cache_from: tuple[str, ...] = ()
    cache_to: tuple[str, ...] = ()
    pull: bool = False
    deadline_seconds: float = 3600.0
    allow_privileged_build: bool = False
