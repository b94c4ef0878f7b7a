"""An engine that others use too: their cache mounts and their images stay out of reach."""

from __future__ import annotations

import pathlib
import subprocess
from collections.abc import Callable, Iterator

import docker
import pytest

from bot.edges.builders import DockerBuilder
from bot.model.build import BuildFailure, BuildRecord, BuildRequest, FailureKind, ImageSpec
from tests.edges.builders.conftest import environment_of

pytestmark = pytest.mark.engine

JOB = {"GITHUB_ACTIONS": "true", "RUNNER_ENVIRONMENT": "self-hosted"}
Build = Callable[..., BuildRecord | BuildFailure]


@pytest.fixture
def job(tmp_path: pathlib.Path) -> Iterator[Build]:
    """Yield a job that builds a Dockerfile; each call is a run of its own on the same engine."""
    builders = []

    def build(text: str, *, way: str = "buildx", runner: dict[str, str] = JOB, allowed: bool = False, **facts: object):
        environment = environment_of(way) | runner
        builders.append(DockerBuilder(environment, allow_local_images=allowed))
        (tmp_path / "Dockerfile").write_text(text)
        spec = ImageSpec("app", **facts)
        return builders[-1].build(BuildRequest(spec, str(tmp_path), "base", 300.0))

    yield build
    for builder in builders:
        builder.discard()


@pytest.fixture
def private(nonce: str) -> Iterator[str]:
    """Yield an image that only the engine has."""
    environment = environment_of("buildx")
    client = docker.DockerClient(base_url=environment["DOCKER_HOST"], version="auto")
    name = f"private-{nonce}:latest"
    client.images.get("busybox").tag(name)
    yield name
    client.images.remove(name)
    client.close()


def size_of(record: BuildRecord | BuildFailure) -> int:
    """Return the bytes that the engine counts for an image."""
    assert isinstance(record, BuildRecord), record
    client = docker.DockerClient(base_url=environment_of("buildx")["DOCKER_HOST"], version="auto")
    with client.api:
        return client.api.inspect_image(record.reference.name)["Size"]


CACHED = "FROM busybox\nARG N\nRUN --mount=type=cache,id=shared-{nonce},target=/c {command} # {nonce}\n"


@pytest.mark.parametrize("runner", [JOB, JOB | {"RUNNER_ENVIRONMENT": "github-hosted"}], ids=["self-hosted", "hosted"])
def test_cache_mount__of_another_run_is_out_of_reach(job: Build, nonce: str, runner: dict[str, str]):
    """What another pull request's run leaves in a cache mount moves no image of this one (T-K7)."""
    job(CACHED.format(nonce=nonce, command="head -c 7000000 /dev/zero > /c/big"), runner=runner, allowed=True)

    record = job(CACHED.format(nonce=nonce, command="cp -r /c /out"), runner=runner, allowed=True)

    assert size_of(record) - size_of(job("FROM busybox\n", allowed=True)) == 0


def test_cache_mount__is_one_for_both_sides(job: Build, nonce: str, tmp_path: pathlib.Path):
    """Base and head of one run share their cache mounts, as a second build on one machine would."""
    builder = DockerBuilder(environment_of("buildx") | JOB, allow_local_images=True)
    for command in ("head -c 3000000 /dev/zero > /c/big", "cp -r /c /out"):
        (tmp_path / "Dockerfile").write_text(CACHED.format(nonce=nonce, command=command))
        record = builder.build(BuildRequest(ImageSpec("app"), str(tmp_path), "head", 300.0))

    size = size_of(record)
    builder.discard()

    assert size - size_of(job("FROM busybox\n", allowed=True)) == 3_000_000


def test_cache_mount__costs_no_layer_its_cache(job: Build, nonce: str):
    """A name for the cache mounts is no input: an instruction that another run has run is not run again."""
    text = CACHED.format(nonce=nonce, command="true")
    job(text, allowed=True)

    record = job(text, allowed=True)

    assert isinstance(record, BuildRecord)
    assert record.cached


def test_cache_mount__of_a_namespace_that_the_configuration_chose(job: Build, nonce: str):
    """Who trusts every author may name the cache mounts, and finds them again."""
    named = {"build_args": (("BUILDKIT_CACHE_MOUNT_NS", f"ours-{nonce}"),)}
    job(CACHED.format(nonce=nonce, command="head -c 7000000 /dev/zero > /c/big"), allowed=True, **named)

    record = job(CACHED.format(nonce=nonce, command="cp -r /c /out"), allowed=True, **named)

    assert size_of(record) - size_of(job("FROM busybox\n", allowed=True)) == 7_000_000


@pytest.mark.parametrize("way", ["buildx", "buildx-containerd-store", "classic"])
@pytest.mark.parametrize(
    "text",
    [
        "FROM {image}\nRUN true\n",
        "FROM scratch\nCOPY --from={image} /bin/busybox /b\n",
        "FROM {image} AS a\nFROM scratch\nCOPY --from=a /bin/busybox /b\n",
        'FROM scratch\nRUN --mount=from={image},target=/x ["/x/bin/cp", "/x/bin/busybox", "/b"]\n',
        "FROM scratch\nCOPY --from={id} /bin/busybox /b\n",
    ],
    ids=["FROM", "COPY --from", "stage", "mount", "by ID"],
)
def test_local_image__of_a_self_hosted_runner_is_out_of_reach(job: Build, way: str, text: str, nonce: str):
    """No instruction reads an image that only the engine has, by name or by ID, and the failure says the way out (T-K8)."""
    if way == "classic" and "mount" in text:
        pytest.skip("the classic builder has no mounts")
    client = docker.DockerClient(base_url=environment_of(way)["DOCKER_HOST"], version="auto")
    name = f"private-{nonce}:latest"
    image = client.images.get("busybox")
    image.tag(name)
    try:
        outcome = job(text.format(image=name, id=image.id), way=way)
    finally:
        client.images.remove(name)
        client.close()

    assert isinstance(outcome, BuildFailure)
    assert outcome.kind in {FailureKind.BASE_IMAGE, FailureKind.CREDENTIALS}, outcome
    assert "allow-local-images" in outcome.sentence


@pytest.mark.parametrize(
    ("runner", "allowed"),
    [(JOB, True), (JOB | {"RUNNER_ENVIRONMENT": "github-hosted"}, False), ({}, False)],
    ids=["allowed", "github-hosted", "command line"],
)
def test_local_image__is_used_where_it_may_be(job: Build, private: str, runner: dict[str, str], allowed: bool):
    """Where the machine is the job's own, or its owner allows it, an image of the engine is an image."""
    outcome = job(f"FROM {private}\n", runner=runner, allowed=allowed)

    assert isinstance(outcome, BuildRecord), outcome


@pytest.fixture
def nested(tmp_path: pathlib.Path) -> Iterator[Callable[[str, int], None]]:
    """Yield what makes folders in each other in the context; pytest itself could not remove them."""
    made = tmp_path / "nested"

    def make(name: str, depth: int) -> None:
        script = (
            f"mkdir {made}; cd {made}; i=0; while [ $i -lt {depth} ]; do mkdir {name}; cd -P ./{name}; i=$((i+1)); done"
        )
        subprocess.run(["bash", "-c", script], check=True, stderr=subprocess.DEVNULL)

    yield make
    subprocess.run(["rm", "-rf", str(made)], check=True)


@pytest.mark.parametrize("way", ["buildx", "classic"])
def test_context__of_nested_folders(job: Build, way: str, nested: Callable[[str, int], None]):
    """A context deeper than Python can recurse is built as any other (T-K6)."""
    nested("d", 1_200)

    assert isinstance(job("FROM busybox\nRUN true\n", way=way, runner={}), BuildRecord)


def test_context__of_paths_that_are_too_long(job: Build, nested: Callable[[str, int], None]):
    """A context with paths that the system cannot open is a failure of the image with a reason, not a traceback (T-K6)."""
    nested("a-long-name-of-a-folder-so-that-no-path-can-hold-all", 100)

    outcome = job("FROM busybox\nRUN true\n", way="classic", runner={})

    assert isinstance(outcome, BuildFailure)
    assert "File name too long" in outcome.sentence
