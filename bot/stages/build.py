"""build: what is planned → images in the engine, each layer with the instruction that made it, or why there is none."""

import posixpath
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import NamedTuple, Protocol

from bot.dockerfile import Dockerfile, Instruction, parse
from bot.dockerfile.origins import base_digest, find_origins
from bot.errors import DockerfileError, GitError
from bot.model.build import (
    Absent,
    BuildFailure,
    BuildOutcome,
    BuildRecord,
    BuildRequest,
    BuiltImage,
    BuiltPair,
    FailureKind,
    ImageSpec,
    Origin,
    OriginKind,
    Unbuilt,
)
from bot.model.config import Settings
from bot.model.dockerfile import IgnoreFile
from bot.model.image import Platform
from bot.model.plan import ImagePlan, Plan
from bot.ports import Builder, Git

_TOO_OLD = (
    "{file} needs a newer builder than this one, which knows no here-documents."
    " Install docker buildx 0.13 or newer, or a newer engine."
)
_USUAL_PLATFORM = Platform("linux", "amd64")


class MakeProposal(Protocol):
    """Builds an image of a checkout with other texts in the place of some of its files."""

    def __call__(self, texts: Mapping[str, str], seconds: float, *, aside: bool) -> BuildOutcome:
        """Take texts by the paths that they replace, and the longest time; for ``aside`` see ``BuildRequest``."""


def build(plan: Plan, settings: Settings, git: Git, builder: Builder) -> tuple[BuiltPair, ...]:
    """Build every image of the plan that changed, the base's side first.

    One builder with one cache makes both sides, so what is untouched is the very same layer on both; and the base is
    made before a hostile head can have left anything in that cache. A side that fails is a ``BuildFailure`` in its
    place and stops nothing else. Raises ``EngineError`` where nothing can be built at all.
    """
    workshop = _Workshop(settings, git, builder)
    changed = {index: image for index, image in enumerate(plan.images) if not image.unchanged}
    bases = {index: image.base for index, image in changed.items() if image.base is not None}
    heads = {index: image.head for index, image in changed.items() if image.head is not None}
    built_bases = workshop.build_side("base", plan.comparison.base_sha, bases)
    built_heads = workshop.build_side("head", plan.comparison.head_sha, heads)
    return tuple(
        _pair(image, built_bases.get(index), built_heads.get(index)) for index, image in enumerate(plan.images)
    )


@contextmanager
def rebuilding(spec: ImageSpec, commit: str, settings: Settings, git: Git, builder: Builder) -> Iterator[MakeProposal]:
    """Check a commit out once, and build an image of it with other texts in the place of some of its files."""
    with git.checkout(commit) as root:
        made = _Made(_Workshop(settings, git, builder), commit, root, "proposal")

        def make(texts: Mapping[str, str], seconds: float, *, aside: bool) -> BuildOutcome:
            return made.proposal(_Wanted(spec, texts, aside), min(seconds, settings.deadline_seconds))

        yield make


def _pair(image: ImagePlan, base: BuildOutcome | None, head: BuildOutcome | None) -> BuiltPair:
    """Put the sides of an image together; one that the plan has no spec for does not exist."""
    otherwise = Unbuilt(image.why) if image.unchanged else Absent()
    return BuiltPair(image.name, base or otherwise, head or otherwise, image.why, image.departure, image.notes)


class _Workshop:
    """Builds the images of one commit from one checkout of it."""

    def __init__(self, settings: Settings, git: Git, builder: Builder) -> None:
        self._settings = settings
        self._git = git
        self._builder = builder

    def build_side(self, side: str, commit: str, specs: Mapping[int, ImageSpec]) -> Mapping[int, BuildOutcome]:
        """Build the images of one side, one after the other; nothing is checked out for none."""
        if not specs:
            return {}
        with self._git.checkout(commit) as root:
            made = _Made(self, commit, root, side)
            return {index: made.outcome(spec) for index, spec in specs.items()}

    def request(self, spec: ImageSpec, root: str, side: str) -> BuildRequest:
        settings = self._settings
        return BuildRequest(
            spec=spec,
            root=root,
            side=side,
            deadline_seconds=settings.deadline_seconds,
            pull=settings.pull,
            cache_from=settings.cache_from,
            cache_to=settings.cache_to,
        )

    def build(self, commit: str, request: BuildRequest) -> BuildOutcome:
        spec = request.spec
        try:
            content = request.overlay.get(spec.dockerfile) or self._git.read_file(commit, spec.dockerfile)
        except GitError as error:
            return BuildFailure(FailureKind.DOCKERFILE, f"{error.what} {error.why}", file=spec.dockerfile)
        if content is None:
            return BuildFailure(FailureKind.NO_DOCKERFILE, f"There is no {spec.dockerfile}.", file=spec.dockerfile)
        text = content.decode("utf-8", "surrogateescape")
        outcome, dockerfile = self._builder.build(request), _parsed(text, spec)
        if isinstance(outcome, BuildFailure):
            return _located(replace(outcome, dockerfile=dockerfile, target=spec.target))
        return replace(_built(outcome, spec, dockerfile), ignore=self._ignore(commit, spec))

    def _ignore(self, commit: str, spec: ImageSpec) -> IgnoreFile | None:
        """Read the ignore list that counts: the Dockerfile's own, else the context's, which may have none yet."""
        of_context = posixpath.normpath(f"{spec.context}/.dockerignore")
        if "://" in spec.context or of_context.startswith(("/", "..")):
            return None
        try:
            own = self._git.read_file(commit, f"{spec.dockerfile}.dockerignore")
            path, content = (
                (of_context, self._git.read_file(commit, of_context))
                if own is None
                else (f"{spec.dockerfile}.dockerignore", own)
            )
        except GitError:
            return None
        return IgnoreFile(path, (content or b"").decode("utf-8", "surrogateescape"))


class _Wanted(NamedTuple):
    """An image with other texts in the place of some of its files."""

    spec: ImageSpec
    texts: Mapping[str, str]
    aside: bool


class _Made:
    """What was made of one side: an image that others are built from, and that is measured too, is made once."""

    def __init__(self, workshop: _Workshop, commit: str, root: str, side: str) -> None:
        self._workshop, self._commit, self._root, self._side = workshop, commit, root, side
        self._outcomes: dict[ImageSpec, BuildOutcome] = {}
        # Those that a child needed before it was their turn.
        self._early: dict[ImageSpec, BuildOutcome] = {}

    def outcome(self, spec: ImageSpec) -> BuildOutcome:
        """Build an image, those that it is built from first."""
        outcome = self._early.pop(spec, None) or self._build(spec)
        self._outcomes[spec] = outcome
        return outcome

    def _parent(self, spec: ImageSpec) -> BuildOutcome:
        if spec not in self._outcomes:
            self._outcomes[spec] = self._early[spec] = self._build(spec)
        return self._outcomes[spec]

    def proposal(self, wanted: "_Wanted", seconds: float) -> BuildOutcome:
        """Build an image with other texts in the place of some files; what it is built from is made once."""
        overlay = {path: text.encode("utf-8", "surrogateescape") for path, text in wanted.texts.items()}
        request = self._request(wanted.spec)
        if isinstance(request, BuildFailure):
            return request
        proposed = replace(request, overlay=overlay, aside=wanted.aside, deadline_seconds=seconds)
        proposed = replace(proposed, pull=False, cache_to=())
        return self._workshop.build(self._commit, proposed)

    def _build(self, spec: ImageSpec) -> BuildOutcome:
        request = self._request(spec)
        return request if isinstance(request, BuildFailure) else self._workshop.build(self._commit, request)

    def _request(self, spec: ImageSpec) -> BuildRequest | BuildFailure:
        contexts = list(spec.build_contexts)
        for reference, parent in spec.parents:
            made = self._parent(replace(parent, platform=spec.platform))
            if not isinstance(made, BuiltImage):
                why = made.sentence if isinstance(made, BuildFailure) else "It was not built."
                sentence = f"{parent.name}, which it is built from, could not be built: {why}"
                return BuildFailure(FailureKind.BASE_IMAGE, sentence, file=parent.dockerfile)
            contexts.append((reference, f"docker-image://{made.reference.name}"))
        return self._workshop.request(replace(spec, build_contexts=tuple(contexts)), self._root, self._side)


def _parsed(text: str, spec: ImageSpec) -> Dockerfile | None:
    """Read a Dockerfile as far as we can; one of another frontend's language builds without our understanding it."""
    try:
        return parse(text, build_arguments=dict(spec.build_args), platform=spec.platform or _USUAL_PLATFORM)
    except DockerfileError:
        return None


def _built(record: BuildRecord, spec: ImageSpec, dockerfile: Dockerfile | None) -> BuiltImage:
    unknown = (Origin(OriginKind.UNKNOWN, "", exact=False),) * len(record.diff_ids)
    return BuiltImage(
        spec=spec,
        reference=record.reference,
        origins=find_origins(dockerfile, spec, record) if dockerfile is not None else unknown,
        seconds=record.seconds,
        cached=record.cached,
        builder=record.builder,
        dockerfile=dockerfile,
        warnings=record.warnings,
        base_digest=base_digest(record),
    )


def _located(failure: BuildFailure) -> BuildFailure:
    """Show the failing instruction as it is written, found by its line or, where the builder told none, by its words.

    A here-document that a builder takes for instructions says that the builder is too old, not that it is wrong.
    """
    dockerfile = failure.dockerfile
    found = _failing(failure, dockerfile) if dockerfile is not None else None
    if dockerfile is None or found is None:
        return failure
    located = replace(failure, lines=found.lines, text=dockerfile.source(found.span).rstrip())
    if failure.kind is FailureKind.DOCKERFILE and found.heredocs:
        return replace(located, kind=FailureKind.NEEDS_BUILDKIT, sentence=_TOO_OLD.format(file=failure.file))
    return located


def _failing(failure: BuildFailure, dockerfile: Dockerfile) -> Instruction | None:
    if failure.lines is not None:
        return dockerfile.instruction_at(failure.lines[0])
    named = " ".join(failure.text.split())
    by_words = (one for one in dockerfile.instructions if named == " ".join(one.joined.split()))
    return next(by_words, None) or next(_by_image(named, dockerfile), None)


def _by_image(named: str, dockerfile: Dockerfile) -> Iterator[Instruction]:
    """Find the FROM whose image is meant by a full name such as ``FROM docker.io/library/alpine:latest``."""
    name = named.removeprefix("FROM ")
    for stage in dockerfile.stages:
        tagged = ":" in stage.base_expanded.rpartition("/")[2]
        wanted = stage.base_expanded if tagged else f"{stage.base_expanded}:latest"
        if named.startswith("FROM ") and f"/{name}".endswith(f"/{wanted}"):
            yield stage.origin
