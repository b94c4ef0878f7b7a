"""The configuration as the stages see it: images, budgets, waivers, and how to speak."""

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Final

from bot.model.budget import Budget, Limit, Verdict, Waiver
from bot.model.build import ImageSpec
from bot.model.limits import Limits
from bot.model.verify import WebPage

AS_SHIPPED: Final = "what CI ships"
"""Stands among the patterns of ``Config.discover`` for what is found without any: an empty ``[discover]``."""


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
class ConfigFile:
    """A configuration file as it lies in a commit; ``commit`` is a short label of it, empty for a file on disk.

    ``problem`` says why a file that is there could not be had, such as a symbolic link; ``content`` is empty then.
    """

    path: str
    content: bytes = field(default=b"", repr=False)
    commit: str = ""
    problem: str = ""
    also: tuple[str, ...] = ()
    """Other configuration files of the same commit, which are not read."""


@dataclass(frozen=True, slots=True)
class BudgetSet:
    """The budgets of one table, for images whose name matches the glob ``images``, on one or any platform."""

    images: str
    budgets: tuple[Budget, ...]
    platform: str = ""
    source: str = ""
    on_exceed: Verdict | None = None
    """Holds for every budget of these images that does not state its own, also for one from a more general set."""
    already_over: Verdict | None = None
    """Replaces the policy's own for these images."""
    adds: bool = False
    """True for the quick inputs: their budgets are judged besides the others and override none."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything ``judge`` needs: budget sets from general to specific, waivers, and the options of the policy.

    ``already_over`` is the verdict for an image that exceeds an absolute budget, but not through this change.
    ``on_base_failure`` is the verdict where the base exists and could not be measured (``PASS``: ignore it).
    """

    sets: tuple[BudgetSet, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    already_over: Verdict = Verdict.WARN
    on_base_failure: Verdict = Verdict.WARN
    source: str = ""
    """Where the policy was read: ``deadweight.toml at a1b2c3d``; empty without a configuration."""


@dataclass(frozen=True, slots=True)
class CommentOptions:
    """How the comment speaks."""

    mode: CommentMode = CommentMode.CHANGES
    key: str = "default"
    title: str = ""
    footer: str = ""
    noise_floor_bytes: int | None = None
    """Changes up to this make no comment; ``None``: up to the larger of 10 kB and a thousandth of the image."""
    bots: tuple[str, ...] = ("dependabot[bot]", "renovate[bot]")
    """Authors whose pull requests get a comment only where own bytes or a budget moved."""


@dataclass(frozen=True, slots=True)
class Suppression:
    """A rule that is not to be reported for images whose name matches ``image``, and why."""

    rule: str
    image: str
    reason: str
    source: str


_LEAST: Final = Limit(percent=Decimal(5), text="5 %")


class VerifyMode(StrEnum):
    """How far a search for a smaller image may go, the least first."""

    NEVER = "never"
    BUILD = "build"
    """Candidates are built and compared file by file; nothing of the image is run."""
    RUN = "run"


@dataclass(frozen=True, slots=True)
class VerifySet:
    """What one table says of verifying images whose name matches the glob ``images``; ``None``: nothing."""

    images: str
    mode: VerifyMode | None = None
    smoke: tuple[tuple[str, ...], ...] | None = None
    """Commands, each as its words, that are run besides the image's own."""
    pages: tuple[WebPage, ...] | None = None


@dataclass(frozen=True, slots=True)
class VerifyOptions:
    """When a smaller image is searched for, how long, and what is asked of it; ``sets`` from general to specific."""

    mode: VerifyMode = VerifyMode.RUN
    seconds: float = 300.0
    """Wall clock for all searches of one run together."""
    least: Limit = field(default=_LEAST)
    """A finding is worth a search from here on: bytes, or a share of the image."""
    sets: tuple[VerifySet, ...] = ()
    ceilings: tuple["VerifyOptions", ...] = field(default=(), repr=False)
    """No image is verified further than each of these lets: what the base says, what an input says."""


@dataclass(frozen=True, slots=True)
class Definitions:
    """Files that define images and that no workflow has to mention, and which variants of an image are measured.

    No targets mean bake's default, no services all. ``variants`` are globs of names; none: one of each Dockerfile and
    target.
    """

    bake_files: tuple[str, ...] = ()
    bake_targets: tuple[str, ...] = ()
    compose_files: tuple[str, ...] = ()
    compose_services: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Config:
    """deadweight.toml and the quick inputs, read, checked and merged."""

    images: tuple[ImageSpec, ...] = ()
    """How each image and platform is built at the head; none: Dockerfiles are found."""
    base_images: tuple[ImageSpec, ...] = ()
    """How they are built at the base: the same, but where the pull request changes it in the configuration."""
    policy: Policy = field(default_factory=Policy)
    comment: CommentOptions = field(default_factory=CommentOptions)
    suppressions: tuple[Suppression, ...] = ()
    verify: VerifyOptions = field(default_factory=VerifyOptions)
    override_label: str = "image-size-ok"
    override_label_sticky: bool = False
    """The label accepts what later pushes exceed as well."""
    discover: tuple[str, ...] = ()
    """Globs of Dockerfiles to find besides what CI ships, or ``AS_SHIPPED``; none: only what is declared."""
    exclude: tuple[str, ...] = ()
    base_discover: tuple[str, ...] = ()
    base_exclude: tuple[str, ...] = ()
    """The same two as the base has them: what they find on the base is measured, whatever the head says."""
    definitions: Definitions = field(default_factory=Definitions)
    """As the base has them, for its side and for the head's, which has its own only where the base has none."""
    base_definitions: Definitions = field(default_factory=Definitions)
    proposed: Policy | None = None
    """What would be judged by once the head's configuration is merged; ``None`` where it is the base's."""
    source: str = ""
    notes: tuple[str, ...] = ()
    """What the reader of the report should know: no configuration, first configuration, changed by this PR."""

    @property
    def finds_images(self) -> bool:
        """True where there may be other images than those declared."""
        return bool(self.discover or self.base_discover) or not (self.images and self.base_images)


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
    allow_local_images: bool = False
    allow_privileged_build: bool = False
    verify: VerifyMode | None = None
    verify_seconds: float | None = None
    verify_min: str = ""
    smoke: tuple[tuple[str, ...], ...] = ()
    pages: tuple[WebPage, ...] = ()
    limits: Limits = field(default_factory=Limits)
