"""``script/base-images`` and the founding example that builds on them."""

import pathlib
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from .conftest import KINDS, PreparedEngine, prepared_engine

LABEL = "dev.deadweight.stand-in"
IMAGES = ["golang:1.22", "gcr.io/distroless/static:nonroot", "debian:bookworm-slim", "busybox:latest"]


def was_pulled(engine: PreparedEngine, image: str) -> bool:
    """Whether the image is the real one: that never has a label of ours."""
    return engine.docker("image", "inspect", "--format", f'{{{{index .Config.Labels "{LABEL}"}}}}', image) in (
        "",
        "<no value>",
    )


def history_bytes(engine: PreparedEngine, image: str) -> int:
    """What the classic store shows as the image's size, added up from its history."""
    sizes = engine.docker("history", "--human=false", "--format", "{{.Size}}", image)
    return sum(int(size) for size in sizes.split())


@contextmanager
def built(engine: PreparedEngine, example: pathlib.Path, variant: str) -> Iterator[str]:
    """Build a Dockerfile of the example under a name of its own, and remove the image afterwards."""
    name = f"deadweight-test-hello-{variant}-{engine.kind.lower()}"
    dockerfile = str(example / f"{variant}.Dockerfile")
    engine.docker("build", "--quiet", "--tag", name, "--file", dockerfile, str(example))
    try:
        yield name
    finally:
        engine.docker("image", "rm", name)


@pytest.fixture
def example(root: pathlib.Path) -> pathlib.Path:
    """Return the folder of the founding example."""
    return root / "examples/hello-go"


def test_example__is_the_one_of_the_tutorial(example: pathlib.Path):
    """Both Dockerfiles are the tutorial's, and share everything through the build step."""
    steps = ["WORKDIR /work/app", "COPY main.go go.mod ./", "RUN go mod tidy", "RUN go build ."]
    command = 'CMD ["./main"]'
    final_stage = ["FROM gcr.io/distroless/static:nonroot", "COPY --from=builder /work/app ./", command]

    single = (example / "single.Dockerfile").read_text().splitlines()
    multi = [line for line in (example / "multi.Dockerfile").read_text().splitlines() if line]

    assert single == ["FROM golang:1.22", *steps, command]
    assert multi == ["FROM golang:1.22 AS builder", *steps, *final_stage]
    assert (example / "go.mod").read_text() == "module main\n\ngo 1.22.4\n"


@pytest.mark.engine
@pytest.mark.parametrize("image", IMAGES)
def test_stand_in__says_that_it_is_one(engine: PreparedEngine, image: str):
    """An image that was built here and not pulled carries the label that says so."""
    digests = engine.docker("image", "inspect", "--format", "{{len .RepoDigests}}", image)
    if was_pulled(engine, image):
        assert digests != "0"
        return

    label = engine.docker("image", "inspect", "--format", f'{{{{index .Config.Labels "{LABEL}"}}}}', image)

    assert label == "true"


@pytest.mark.engine
@pytest.mark.parametrize("image", IMAGES)
def test_stand_in__is_the_same_in_every_engine(image: str):
    """Every engine that got the stand-in has the very same layers."""
    layers = set()
    for engine in [prepared_engine(kind) for kind in KINDS]:
        layers.add(engine.docker("image", "inspect", "--format", "{{json .RootFS.Layers}}", image))

    assert len(layers) == 1


@pytest.mark.engine
def test_single_stage__weighs_what_the_tutorial_says(engine: PreparedEngine, example: pathlib.Path):
    """The single-stage image is 859 MB in the tutorial, and within a tenth of that here."""
    if engine.kind == "CONTAINERD":
        pytest.skip("docker history shows disk usage there, not the sizes of files")

    with built(engine, example, "single") as image:
        assert 780e6 < history_bytes(engine, image) < 900e6
        assert engine.docker("run", "--rm", "--network=none", image) == "Hello, playground"


@pytest.mark.engine
def test_multi_stage__is_a_fraction_of_it(engine: PreparedEngine, example: pathlib.Path):
    """The multi-stage image is the program and the distroless base: a few megabytes, and it runs."""
    with built(engine, example, "multi") as image:
        assert 3e6 < history_bytes(engine, image) < 10e6
        assert engine.docker("run", "--rm", "--network=none", image) == "Hello, playground"
        assert engine.docker("image", "inspect", "--format", "{{.Config.WorkingDir}}", image) == "/home/nonroot"


@pytest.mark.engine
def test_base_images__that_are_there_are_kept(run_script, engine: PreparedEngine):
    """A second run finds every image and builds none."""
    done = run_script("base-images", "busybox", "golang:1.22", **engine.environment, DEADWEIGHT_OFFLINE="1")

    assert done.returncode == 0, done.stderr
    assert [line.split()[-2:] for line in done.stdout.splitlines()] == [["already", "there"]] * 2


@pytest.mark.engine
def test_base_images__without_stand_in_or_registry_say_so(run_script, engine: PreparedEngine):
    """A name that can be had in no way ends with 3 and is named."""
    done = run_script("base-images", "nobody/has-this:1", **engine.environment, DEADWEIGHT_OFFLINE="1")

    assert done.returncode == 3
    assert "nobody/has-this:1 cannot be pulled and has no stand-in" in done.stderr
