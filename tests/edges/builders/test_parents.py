"""Images that are built from another image of the repository: that one is built first, and taken for its name."""

from __future__ import annotations

import pathlib

import pytest

from bot.edges.builders import DockerBuilder
from bot.model.build import BuildFailure, BuildRequest, BuiltImage, FailureKind, ImageSpec, OriginKind
from tests.edges.builders.conftest import Workshop, environment_of

pytestmark = pytest.mark.engine

BASE = ImageSpec("base", "base/Dockerfile", "base")
FACTS = {"parents": (("ghcr.io/acme/base:1", BASE),)}


def files(nonce: str, extra: str = "") -> dict[str, str | None]:
    """An image of this repository, and one that is built from it by the name that a registry has it by."""
    return {
        "base/Dockerfile": f"FROM busybox\nRUN echo {nonce} > /base\n{extra}",
        "Dockerfile": f"FROM ghcr.io/acme/base:1\nRUN test -e /base && echo {nonce} > /own\n",
    }


def test_parent__that_changes_is_seen_in_the_child(workshop: Workshop, nonce: str):
    """What the parent adds is in the head's image as its base image's layer; the classic builder says what it lacks."""
    pair = workshop.pair(files(nonce), files(nonce, f"RUN echo more {nonce} > /more\n"), **FACTS)

    if isinstance(pair.head, BuildFailure):
        assert not workshop.exact
        assert pair.head.kind is FailureKind.NEEDS_BUILDKIT
        return
    assert isinstance(pair.base, BuiltImage), pair.base
    assert isinstance(pair.head, BuiltImage), pair.head
    of_base, of_head = ([one.kind for one in side.origins] for side in (pair.base, pair.head))
    assert len(of_head) == len(of_base) + 1
    assert of_head[-1] is OriginKind.INSTRUCTION
    assert set(of_head[:-1]) == {OriginKind.BASE_IMAGE}


def test_parent__that_fails_is_named(workshop: Workshop, nonce: str):
    """A child whose parent does not build says which image and why."""
    failure = workshop.failure(files(nonce, "RUN exit 7\n"), **FACTS)

    assert failure.kind is FailureKind.BASE_IMAGE
    assert failure.sentence.startswith("base, which it is built from, could not be built: ")


def test_parent__is_refused_where_every_image_is_asked_for_at_its_registry(tmp_path: pathlib.Path):
    """On a self-hosted runner no image of the engine is taken, not even ours, without being allowed."""
    runner = {"GITHUB_ACTIONS": "true", "RUNNER_ENVIRONMENT": "self-hosted"}
    (tmp_path / "Dockerfile").write_text("FROM base\n")
    spec = ImageSpec("app", build_contexts=(("base", "docker-image://deadweight/base:head-1"),))
    builder = DockerBuilder(environment_of("buildx") | runner)

    outcome = builder.build(BuildRequest(spec, str(tmp_path), "head", 60.0))

    assert isinstance(outcome, BuildFailure)
    assert "allow-local-images" in outcome.sentence
