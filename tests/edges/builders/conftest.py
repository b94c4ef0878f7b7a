"""The four ways to build that users have, each on a real engine."""

import os
import pathlib
import secrets
from collections.abc import Iterator
from typing import NamedTuple

import docker
import pytest

from bot.edges.builders import DockerBuilder
from bot.edges.git import GitRepository
from bot.model.build import BuildFailure, BuiltImage, BuiltPair, ImageSpec
from bot.model.config import Settings
from bot.model.plan import Comparison, ImagePlan, Plan
from bot.stages.build import build
from tests.edges.git.repos import commit, make_repository

# way: the engine, whose client is used, and whether BuildKit is asked for
WAYS = {
    "buildx": ("MODERN", "MODERN", "1"),
    "buildx-containerd-store": ("CONTAINERD", "CONTAINERD", "1"),
    "buildx-old-engine": ("CLASSIC", "MODERN", "1"),
    "classic": ("CLASSIC", "CLASSIC", "0"),
}


def environment_of(way: str) -> dict[str, str]:
    """Return the environment of a way to build, or skip the test where ``script/test`` prepared no such engine."""
    engine, client, buildkit = WAYS[way]
    for kind in (engine, client):
        if f"DEADWEIGHT_TEST_ENGINE_{kind}" not in os.environ:
            pytest.skip(f"DEADWEIGHT_TEST_ENGINE_{kind} is not set; script/test sets it")
    return {
        "DOCKER_HOST": os.environ[f"DEADWEIGHT_TEST_ENGINE_{engine}"],
        "DOCKER_CONFIG": os.environ[f"DEADWEIGHT_TEST_DOCKER_CONFIG_{client}"],
        "PATH": os.environ[f"DEADWEIGHT_TEST_PATH_{client}"],
        "DOCKER_BUILDKIT": buildkit,
        "HOME": os.environ.get("HOME", "/"),
    }


class Workshop(NamedTuple):
    """A builder on one engine, what it said while it built, and a client to look at the engine with."""

    way: str
    builder: DockerBuilder
    said: list[str]
    client: docker.DockerClient
    folder: pathlib.Path

    @property
    def exact(self) -> bool:
        """True where this way keeps provenance."""
        return self.way in {"buildx", "buildx-containerd-store"}

    @property
    def has_buildkit(self) -> bool:
        """True where this way is BuildKit of whatever age."""
        return self.way != "classic"

    def pair(self, base: dict[str, str | None], head: dict[str, str | None], **facts: object) -> BuiltPair:
        """Build both sides of a change to one image; facts named like settings are settings, others the image's."""
        first, second = self.commit(base), self.commit(head)
        settings = {name: facts.pop(name) for name in list(facts) if name in Settings.__dataclass_fields__}
        spec = ImageSpec("app", **facts)
        plan = Plan(Comparison(first, second, "a test asks"), (ImagePlan("app", spec, spec),))
        with GitRepository(self.folder, {"HOME": "/nonexistent"}) as git:
            [pair] = build(plan, Settings(**({"deadline_seconds": 300.0} | settings)), git, self.builder)
        return pair

    def image(self, files: dict[str, str | None], **facts: object) -> BuiltImage:
        """Build one image that has to succeed."""
        outcome = self.one(files, **facts)
        assert isinstance(outcome, BuiltImage), outcome
        return outcome

    def failure(self, files: dict[str, str | None], **facts: object) -> BuildFailure:
        """Build one image that has to fail."""
        outcome = self.one(files, **facts)
        assert isinstance(outcome, BuildFailure), outcome
        return outcome

    def one(self, files: dict[str, str | None], **facts: object) -> BuiltImage | BuildFailure:
        """Build the head of a plan that has no base."""
        head = self.commit(files)
        settings = {name: facts.pop(name) for name in list(facts) if name in Settings.__dataclass_fields__}
        plan = Plan(Comparison("", head, "a test asks"), (ImagePlan("app", None, ImageSpec("app", **facts)),))
        with GitRepository(self.folder, {"HOME": "/nonexistent"}) as git:
            [pair] = build(plan, Settings(**({"deadline_seconds": 300.0} | settings)), git, self.builder)
        return pair.head

    def commit(self, files: dict[str, str | None]) -> str:
        """Commit files into the repository that is built."""
        if not self.folder.exists():
            make_repository(self.folder)
        return commit(self.folder, files)

    def diff_ids(self, image: BuiltImage) -> list[str]:
        """Return the layers of an image as the engine knows them."""
        return self.client.api.inspect_image(image.reference.name)["RootFS"]["Layers"]


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    """Return each way to build."""
    return request.param


@pytest.fixture
def workshop(way: str, tmp_path: pathlib.Path) -> Iterator[Workshop]:
    """Yield a builder of each way; what it made is gone when the test ends."""
    environment = environment_of(way)
    said: list[str] = []
    builder = DockerBuilder(environment, show=said.append)
    client = docker.DockerClient(base_url=environment["DOCKER_HOST"], version="auto")
    yield Workshop(way, builder, said, client, tmp_path / "repository")
    builder.discard()
    client.close()


@pytest.fixture
def nonce() -> str:
    """Return a text that no cache has seen."""
    return secrets.token_hex(8)
