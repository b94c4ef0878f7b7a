"""What is to be built, from which commit, and what came of it."""

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.model.dockerfile import Dockerfile, IgnoreFile
from bot.model.image import HistoryStep, ImageReference, Platform

# Hiding "1" or "true" everywhere would garble every log and hide nothing.
_SECRET_CHARACTERS = 6
_SECRET_NAME = re.compile(
    r"token|secret|passw|passphrase|pwd|credential|api_?key|private|auth(?!or)|(?:^|_)(?:pat|key|pin|cookie|netrc|npmrc)(?:_|$)",
    re.IGNORECASE,
)
_PASSWORD_IN_ADDRESS = re.compile(r"://[^/\s:@]*:([^/\s@]+)@")

# INPUT_GITHUB-TOKEN, ACTIONS_RUNTIME_TOKEN, GITHUB_EVENT_PATH: what a runner hands to a job, and not to its builds.
_RUNNERS_VARIABLES = ("INPUT_", "GITHUB_", "ACTIONS_", "RUNNER_")
_CREDENTIALS = frozenset({"DOCKER_AUTH_CONFIG"})
_SYSTEM_FOLDERS = ("/proc", "/sys", "/dev")


def is_of_the_runner(variable: str) -> bool:
    """Tell whether an environment variable holds what is the runner's or our own, and so is never a build secret."""
    return variable.upper().startswith(_RUNNERS_VARIABLES) or variable.upper() in _CREDENTIALS


def is_of_the_system(path: str) -> bool:
    """Tell whether a path, followed by its words, leads to what the kernel shows of processes and devices."""
    clean = "/" + posixpath.normpath(path).lstrip("/")
    return path.startswith("/") and any(clean == folder or clean.startswith(f"{folder}/") for folder in _SYSTEM_FOLDERS)


@dataclass(frozen=True, slots=True)
class ImageSpec:
    """One image of the repository and how it is built; paths are relative to the repository's root, POSIX."""

    name: str
    dockerfile: str = "Dockerfile"
    context: str = "."
    target: str = ""
    platform: Platform | None = None
    build_args: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    build_contexts: tuple[tuple[str, str], ...] = ()
    secrets: tuple[str, ...] = ()
    """``id=…,src=…`` or ``id=…,env=…`` as docker buildx build takes them; values never pass through us."""
    network: str = ""
    source: str = field(default="", compare=False, repr=False)
    """Where it is written, as ``file:line``; empty for one that inputs describe, or that is found by a file's name."""
    parents: tuple[tuple[str, "ImageSpec"], ...] = ()
    """(the reference by which this image's Dockerfile names it, how it is built here): built first, taken for it."""

    @property
    def with_parents(self) -> tuple["ImageSpec", ...]:
        """This image and all that are built for it."""
        return (*(one for _, parent in self.parents for one in parent.with_parents), self)

    @property
    def sensitive_values(self) -> tuple[str, ...]:
        """Values of build arguments that nothing told of a build may show: all but those too short to be a secret."""
        return tuple(value for _, value in self.build_args if len(value) >= _SECRET_CHARACTERS)

    @property
    def secret_build_args(self) -> tuple[str, ...]:
        """Values of build arguments that nothing at all may show: those named like a secret, passwords in addresses.

        Hiding the others as well would take versions and platforms out of paths and package names.
        """
        named = [value for name, value in self.build_args if _SECRET_NAME.search(name)]
        inside = [match for _, value in self.build_args for match in _PASSWORD_IN_ADDRESS.findall(value)]
        return (*named, *inside)


class Departure(StrEnum):
    """How an image with a budget is not any more what its budget is for; that fails like an exceeded budget."""

    REMOVED = "removed"
    REPOINTED = "repointed"
    """What the base builds is gone, and the head's configuration names something else in its place."""
    RENAMED = "renamed"
    """It gets another name by being merged, which its budgets are not for."""
    REPORTED = "reported"
    """A report that was written elsewhere says so, and not how."""


class OriginKind(StrEnum):
    """Who made a layer."""

    BASE_IMAGE = "base-image"
    INSTRUCTION = "instruction"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a layer comes from: an instruction of a Dockerfile, or the base image that ``FROM`` names.

    ``file`` and ``lines`` (first, last; 1-based) are known for images we built. ``text`` is the instruction as
    written (base images: the ``FROM`` line or its history). ``exact`` is False where it was derived from the order of
    history entries instead of BuildKit's provenance.
    """

    kind: OriginKind
    text: str
    file: str = ""
    lines: tuple[int, int] | None = None
    stage: str = ""
    copied_from: tuple["Origin", ...] = ()
    """For ``COPY --from``: the instructions of the source stage that made the bytes."""
    exact: bool = True


class FailureKind(StrEnum):
    """Why an image could not be built; each has its own sentence and its own policy."""

    INSTRUCTION = "instruction"
    DOCKERFILE = "dockerfile"
    NO_DOCKERFILE = "no-dockerfile"
    BASE_IMAGE = "base-image"
    CREDENTIALS = "credentials"
    DISK_FULL = "disk-full"
    DEADLINE = "deadline"
    NEEDS_BUILDKIT = "needs-buildkit"
    ENGINE = "engine"


@dataclass(frozen=True, slots=True)
class BuildFailure:
    """A build that did not give an image: why, where, and the last lines of its log (neutralised)."""

    kind: FailureKind
    sentence: str
    file: str = ""
    lines: tuple[int, int] | None = None
    text: str = ""
    exit_code: int | None = None
    log_tail: tuple[str, ...] = ()
    dockerfile: Dockerfile | None = field(default=None, repr=False, compare=False)
    """What was to be built, parsed with the arguments of this side, for advice from its text; in no report file."""
    target: str = field(default="", repr=False, compare=False)
    """The stage that was to be built; empty for the last one."""


@dataclass(frozen=True, slots=True)
class BuiltImage:
    """An image we built: how to read it, and the origin of each of its layers, by position from the lowest up."""

    spec: ImageSpec
    reference: ImageReference
    origins: tuple[Origin, ...]
    seconds: float
    cached: bool
    builder: str
    """Such as ``buildx 0.29.1 / engine 28.5.2``; two sides built by different builders are not comparable."""
    dockerfile: Dockerfile | None = field(default=None, repr=False)
    """What was built, parsed with the arguments of this side; ``None`` where its language is not ours."""
    ignore: IgnoreFile | None = field(default=None, repr=False)
    """``None`` where the context is no folder of the repository."""
    warnings: tuple[str, ...] = ()
    base_digest: str = ""
    """The digest of the image that its lowest layers come from, as the builder resolved it; empty where unknown."""


@dataclass(frozen=True, slots=True)
class Absent:
    """A side that does not have the image at all: an image that is new, or one that is gone."""


@dataclass(frozen=True, slots=True)
class Unbuilt:
    """A side that was not built, since nothing that its build can see differs from the other side; ``why`` says so."""

    why: str = ""


BuildOutcome = BuiltImage | BuildFailure | Absent | Unbuilt


@dataclass(frozen=True, slots=True)
class ProvenanceStep:
    """One step of a build as BuildKit's provenance records it; steps name each other by index.

    ``lines`` are the places of the Dockerfile that ask for this step, ``layers`` the chain of layers it ends in (by
    whatever digest the builder uses), ``source`` what it fetched (``docker-image://…``), if it fetched, and ``digest``
    what that resolved to (``sha256:…``), where the builder says.
    """

    lines: tuple[tuple[int, int], ...]
    layers: tuple[str, ...]
    parent: int | None = None
    """The step whose filesystem this one continues."""
    reads: tuple[int, ...] = ()
    """The steps whose files it copies or mounts."""
    source: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True)
class BuildRecord:
    """What a builder hands over: the image, and what was recorded of its making; no origin is worked out yet.

    ``steps`` ends with the step that is the image; it is empty where the builder keeps no provenance. ``history``
    goes from the oldest step to the newest and is only as exact as the engine tells it.
    """

    reference: ImageReference
    diff_ids: tuple[str, ...]
    history: tuple[HistoryStep, ...]
    steps: tuple[ProvenanceStep, ...]
    seconds: float
    cached: bool
    builder: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BuiltPair:
    """One image of the plan with what came of building both sides; either both of them are ``Unbuilt`` or none."""

    name: str
    base: BuildOutcome
    head: BuildOutcome
    why: str = ""
    departure: Departure | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BuildRequest:
    """One build: a spec, the root folder of the checked out tree, and its bounds."""

    spec: ImageSpec
    root: str
    side: str
    """``base``, ``head`` or ``proposal``; goes into the tag and the log."""
    deadline_seconds: float
    pull: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)
    cache_from: tuple[str, ...] = ()
    cache_to: tuple[str, ...] = ()
    overlay: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    """Files, by their paths below ``root``, that are to be there instead of its own for this build."""
    aside: bool = False
    """The overlay's Dockerfile and ignore list are for the builder alone, so that the cache knows ``COPY . .`` still.

    An image that ships these files itself is then not the one that the overlay makes.
    """
