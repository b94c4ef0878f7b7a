"""The build stage with a builder that remembers: order, what is skipped, and what a failure leaves."""

import contextlib
import pathlib
from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.edges.git import GitRepository
from bot.errors import EngineError
from bot.model.build import (
    Absent,
    BuildFailure,
    BuildRecord,
    BuildRequest,
    BuiltImage,
    FailureKind,
    ImageSpec,
    OriginKind,
    Unbuilt,
)
from bot.model.config import Settings
from bot.model.image import HistoryStep, ImageReference, Transport
from bot.model.plan import Comparison, ImagePlan, Plan
from bot.stages.build import build
from tests.edges.git.repos import commit, make_repository

DOCKERFILE = "FROM busybox\n# a comment\nRUN one && \\\n    two\n"
REFERENCE = ImageReference(Transport.DOCKER_DAEMON, "made")
HISTORY = (HistoryStep("ADD x", "", empty=False), HistoryStep("RUN /bin/sh -c one &&     two", "", empty=False))


class Remembering:
    """A builder that builds nothing: it remembers what it was asked, with what it found in the checkout."""

    def __init__(self, **failures: BuildFailure) -> None:
        self.requests: list[BuildRequest] = []
        self.seen: list[str] = []
        self._failures = failures

    def build(self, request: BuildRequest) -> BuildRecord | BuildFailure:
        """Remember, and give the failure that was prepared for this side, or an image."""
        self.requests.append(request)
        self.seen.append(pathlib.Path(request.root, request.spec.dockerfile).read_text())
        failure = self._failures.get(request.side)
        return failure or BuildRecord(REFERENCE, ("sha256:a", "sha256:b"), HISTORY, (), 2.5, True, "b 1", ("w",))

    def discard(self) -> None:
        """There is nothing to discard."""


@pytest.fixture
def repository(tmp_path: pathlib.Path) -> Iterator[GitRepository]:
    """Yield a repository of two commits."""
    folder = make_repository(tmp_path / "repository")
    commit(folder, {"Dockerfile": DOCKERFILE, "link": "-> Dockerfile"})
    commit(folder, {"Dockerfile": DOCKERFILE + "USER 1\n"})
    with contextlib.closing(GitRepository(folder, {"HOME": "/nonexistent"})) as git:
        yield git


def plan_of(git: GitRepository, *images: ImagePlan) -> Plan:
    """Plan images between the two commits."""
    head = git.resolve("HEAD")
    return Plan(Comparison(git.parents(head)[0], head, "a test asks"), images)


SPEC = ImageSpec("app")


def test_sides__are_built_base_first_each_from_its_own_tree(repository: GitRepository):
    """All bases come before all heads, and each is built from the files of its commit."""
    builder = Remembering()
    images = (ImagePlan("a", SPEC, SPEC), ImagePlan("b", SPEC, SPEC))

    build(plan_of(repository, *images), Settings(), repository, builder)

    assert [request.side for request in builder.requests] == ["base", "base", "head", "head"]
    assert builder.seen == [DOCKERFILE] * 2 + [DOCKERFILE + "USER 1\n"] * 2
    assert not any(pathlib.Path(request.root).exists() for request in builder.requests)


def test_settings__reach_every_request(repository: GitRepository):
    """Deadline, pull and caches are those of the run."""
    builder = Remembering()
    settings = Settings(deadline_seconds=12.0, pull=True, cache_from=("f",), cache_to=("t",))

    build(plan_of(repository, ImagePlan("a", None, SPEC)), settings, repository, builder)

    [request] = builder.requests
    assert (request.deadline_seconds, request.pull, request.cache_from, request.cache_to) == (
        12.0,
        True,
        ("f",),
        ("t",),
    )


def test_unchanged_images__are_not_built(repository: GitRepository):
    """What no build would find changed is passed on with its reason."""
    builder = Remembering()
    unchanged = ImagePlan("a", SPEC, SPEC, unchanged=True, why="same")

    [pair] = build(plan_of(repository, unchanged), Settings(), repository, builder)

    assert builder.requests == []
    assert (pair.base, pair.head, pair.why) == (Unbuilt("same"), Unbuilt("same"), "same")


def test_images_on_one_side__have_none_on_the_other(repository: GitRepository):
    """New and removed images keep their place in the order of the plan."""
    images = (ImagePlan("new", None, SPEC), ImagePlan("both", SPEC, SPEC), ImagePlan("gone", SPEC, None))

    pairs = build(plan_of(repository, *images), Settings(), repository, Remembering())

    assert [(pair.name, pair.base == Absent(), pair.head == Absent()) for pair in pairs] == [
        ("new", True, False),
        ("both", False, False),
        ("gone", False, True),
    ]


def test_built_image__has_all_that_is_known_of_it(repository: GitRepository):
    """Record, text of the Dockerfile and origins make the built image."""
    [pair] = build(plan_of(repository, ImagePlan("a", None, SPEC)), Settings(), repository, Remembering())

    head = pair.head
    assert isinstance(head, BuiltImage)
    assert (head.spec, head.reference, head.seconds, head.cached, head.builder) == (SPEC, REFERENCE, 2.5, True, "b 1")
    assert (head.dockerfile.text, head.warnings) == (DOCKERFILE + "USER 1\n", ("w",))
    assert len(head.origins) == 2


def test_built_image__has_its_dockerfile_with_the_arguments_of_its_side(
    repository: GitRepository, tmp_path: pathlib.Path
):
    """What later stages see of FROM is what this side was built from, not the default of the ARG."""
    folder = make_repository(tmp_path / "args")
    commit(folder, {"Dockerfile": "ARG VARIANT=dev\nFROM base-${VARIANT}\n"})
    commit(folder, {"Dockerfile": "ARG VARIANT=dev\nFROM base-${VARIANT}\nUSER 1\n"})
    spec = replace(SPEC, build_args=(("VARIANT", "prod"),))
    with contextlib.closing(GitRepository(folder, {"HOME": "/nonexistent"})) as git:
        [pair] = build(plan_of(git, ImagePlan("a", spec, spec)), Settings(), git, Remembering())

    assert [side.dockerfile.final_stage.base_expanded for side in (pair.base, pair.head)] == ["base-prod"] * 2


def test_foreign_language__builds_without_being_understood(tmp_path: pathlib.Path):
    """A Dockerfile for another frontend, which we cannot read, still gives an image: of unknown origins."""
    folder = make_repository(tmp_path / "repository")
    head = commit(folder, {"Dockerfile": "# syntax=example/other\nimages:\n  - name: x\n"})
    plan = Plan(Comparison("", head, "a test asks"), (ImagePlan("a", None, SPEC),))

    with GitRepository(folder, {"HOME": "/nonexistent"}) as git:
        [pair] = build(plan, Settings(), git, Remembering())

    assert {origin.kind for origin in pair.head.origins} == {OriginKind.UNKNOWN}


def test_failure__of_one_side_leaves_the_other(repository: GitRepository):
    """A base that fails does not stop the head."""
    failure = BuildFailure(FailureKind.ENGINE, "no")

    [pair] = build(plan_of(repository, ImagePlan("a", SPEC, SPEC)), Settings(), repository, Remembering(base=failure))

    assert pair.base == failure
    assert isinstance(pair.head, BuiltImage)


@pytest.mark.parametrize(
    ("told", "lines"),
    [
        ({"lines": (4, 4)}, (3, 4)),
        ({"text": "RUN one &&   two"}, (3, 4)),
        ({"text": "FROM docker.io/library/busybox:latest"}, (1, 1)),
        ({"text": "FROM busybox"}, (1, 1)),
        ({"text": "RUN three"}, None),
        ({"lines": (2, 2), "text": "x"}, (2, 2)),
    ],
)
def test_failure__is_shown_as_it_is_written(
    told: dict[str, object], lines: tuple[int, int] | None, repository: GitRepository
):
    """Whatever the builder tells of the place, the instruction is found in the Dockerfile and quoted from there."""
    failure = BuildFailure(FailureKind.INSTRUCTION, "no", file="Dockerfile", **told)

    [pair] = build(plan_of(repository, ImagePlan("a", None, SPEC)), Settings(), repository, Remembering(head=failure))

    assert pair.head.lines == lines
    if lines == (3, 4):
        assert pair.head.text == "RUN one && \\\n    two"


def test_failure__has_its_dockerfile_with_the_arguments_of_its_side(repository: GitRepository):
    """What did not build can be advised from its text, as this side was to be built, and of the same stage."""
    spec = replace(SPEC, build_args=(("X", "1"),), target="0")
    failure = BuildFailure(FailureKind.INSTRUCTION, "no", file="Dockerfile")

    [pair] = build(plan_of(repository, ImagePlan("a", None, spec)), Settings(), repository, Remembering(head=failure))

    assert pair.head.dockerfile.text == DOCKERFILE + "USER 1\n"
    assert (pair.head.dockerfile.build_arguments["X"], pair.head.target) == ("1", "0")


@pytest.mark.parametrize(
    ("dockerfile", "kind", "words"),
    [
        ("link", FailureKind.DOCKERFILE, "symbolic link"),
        ("nothing", FailureKind.NO_DOCKERFILE, "There is no nothing."),
    ],
)
def test_dockerfile__that_is_no_file_reaches_no_builder(
    dockerfile: str, kind: FailureKind, words: str, repository: GitRepository
):
    """A link or nothing at all is a failure of that image, told before anything is built (T-D1)."""
    builder = Remembering()

    [pair] = build(
        plan_of(repository, ImagePlan("a", None, ImageSpec("a", dockerfile=dockerfile))),
        Settings(),
        repository,
        builder,
    )

    assert (builder.requests, pair.head.kind) == ([], kind)
    assert words in pair.head.sentence


def test_engine__that_is_missing_ends_the_run(repository: GitRepository):
    """Without an engine nothing can be built, and that is not a failure of an image."""

    class Missing(Remembering):
        def build(self, request: BuildRequest) -> BuildRecord | BuildFailure:
            raise EngineError(f"No Docker engine answers {request.side}.")

    with pytest.raises(EngineError):
        build(plan_of(repository, ImagePlan("a", SPEC, SPEC)), Settings(), repository, Missing())
