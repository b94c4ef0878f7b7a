"""BuildKit's provenance → steps: what continues what, what reads what, which lines and which layers."""

import json

import pytest

from bot.edges.builders.build_record import read_provenance
from bot.model.build import ProvenanceStep

Json = dict[str, object]


def step(name: str, op: Json, *inputs: str) -> Json:
    """Return a step of an LLB definition."""
    return {"id": name, "op": {"Op": op}, "inputs": [f"{one}:0" for one in inputs]}


def metadata(steps: list[Json], lines: dict[str, list[list[int]]], layers: dict[str, str]) -> bytes:
    """Return a metadata file; lines are written one range a line, layers one letter a layer, as buildx has them."""
    places = {
        name: {"locations": [{"ranges": [{"start": {"line": n}, "end": {"line": n}} for n in one]} for one in found]}
        for name, found in lines.items()
    }
    chains = {f"{name}:0": [[{"digest": f"sha256:{letter}"} for letter in chain]] for name, chain in layers.items()}
    details = {"source": {"locations": places}, "layers": chains}
    provenance = {
        "buildConfig": {"llbDefinition": steps},
        "metadata": {"https://mobyproject.org/buildkit@v1#metadata": details},
    }
    return json.dumps({"buildx.build.provenance": provenance}).encode()


ROOT = {"exec": {"mounts": [{"dest": "/"}]}}
COPY = {"file": {"actions": [{"input": 0, "secondaryInput": 1}]}}
COPY_ALONE = {"file": {"actions": [{"input": -1, "secondaryInput": 0}]}}


def test_steps__of_a_build_with_every_kind_of_step():
    """An image, a RUN, a COPY between stages, a mount, COPY --link as a merge: each continues and reads the right ones."""
    mounted = {"exec": {"mounts": [{"input": 1, "dest": "/from"}, {"input": 0, "dest": "/"}]}}
    steps = [
        step("step0", {"source": {"identifier": "docker-image://docker.io/library/busybox"}}),
        step("step1", ROOT, "step0"),
        step("step2", COPY, "step0", "step1"),
        step("step3", mounted, "step2", "step1"),
        step("step4", COPY_ALONE, "step1"),
        step("step5", {"merge": {"inputs": [{}, {"input": 1}]}}, "step3", "step4"),
        step("step6", {}, "step5"),
    ]
    lines = {"step0": [[1], [5]], "step1": [[2, 3]], "step2": [[6]], "step3": [[7, 8, 9]], "step5": [[10]]}

    found = read_provenance(metadata(steps, lines, {"step0": "a", "step2": "ab", "step3": "abc", "step5": "abcd"}))

    assert found == (
        ProvenanceStep(((1, 1), (5, 5)), ("sha256:a",), source="docker-image://docker.io/library/busybox"),
        ProvenanceStep(((2, 3),), (), parent=0),
        ProvenanceStep(((6, 6),), ("sha256:a", "sha256:b"), parent=0, reads=(1,)),
        ProvenanceStep(((7, 9),), ("sha256:a", "sha256:b", "sha256:c"), parent=2, reads=(1,)),
        ProvenanceStep((), (), reads=(1,)),
        ProvenanceStep(((10, 10),), ("sha256:a", "sha256:b", "sha256:c", "sha256:d"), parent=3, reads=(4,)),
    )


def test_steps__end_with_the_image():
    """Steps that come after the result, such as another stage's, are left out: the last one is the image."""
    steps = [
        step("step0", {"source": {"identifier": "docker-image://a"}}),
        step("step1", ROOT, "step0"),
        step("step2", ROOT, "step1"),
        step("step3", {}, "step1"),
    ]

    assert len(read_provenance(metadata(steps, {}, {}))) == 2


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[" * 100_000,
        b"[]",
        b'{"buildx.build.provenance": null}',
        b'{"buildx.build.provenance": {"buildConfig": {"llbDefinition": []}}}',
        b'{"buildx.build.ref": "default/default/x", "containerimage.digest": "sha256:x"}',
    ],
)
def test_metadata__without_provenance(content: bytes):
    """An older engine's metadata has no provenance, a broken file has nothing: both give no steps."""
    assert read_provenance(content) == ()


def test_metadata__of_odd_types():
    """A definition whose parts are not what they should be gives steps without relations, and raises nothing."""
    steps = [
        step("step0", {"exec": {"mounts": "x"}}),
        {"id": 7, "op": None, "inputs": [3, "nowhere:0", "step0"]},
        step("step2", {"file": {"actions": [{"input": "0"}]}}, "step0", "step2"),
        step("step3", {}, "step2"),
    ]

    found = read_provenance(metadata(steps, {"step2": [[]]}, {}))

    assert [one.parent for one in found] == [None, None, None]


@pytest.mark.parametrize(
    ("uri", "source"),
    [
        ("pkg:docker/busybox@latest?platform=linux%2Famd64", "docker.io/library/busybox:latest"),
        ("pkg:docker/grafana/grafana@11", "docker.io/grafana/grafana:11"),
        ("pkg:docker/gcr.io/distroless/static@nonroot?platform=linux%2Famd64", "gcr.io/distroless/static:nonroot"),
        ("pkg:docker/localhost%3A5000/app@1", "localhost:5000/app:1"),
    ],
)
def test_digest__of_a_base_image(uri: str, source: str):
    """What a FROM resolved to is taken from the materials, whose familiar names are written out as the steps have them."""
    steps = [step("step0", {"source": {"identifier": f"docker-image://{source}"}}), step("step1", {}, "step0")]
    document = json.loads(metadata(steps, {}, {"step0": "a"}))
    material = {"uri": uri, "digest": {"sha256": "ab" * 32}}
    document["buildx.build.provenance"]["materials"] = [{"uri": "https://example.com"}, material, 7]

    (found,) = read_provenance(json.dumps(document).encode())

    assert found.digest == f"sha256:{'ab' * 32}"
