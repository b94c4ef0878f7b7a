"""What a real engine's layers hold of a file of twenty megabytes, and what the rules make of it, to the byte."""

import os
import pathlib
import subprocess
import uuid
from collections.abc import Iterator, Mapping

import pytest

from bot.edges.engine_address import EngineAddress
from bot.edges.sources import Images, SourceOptions
from bot.model.explain import Measurement
from bot.model.image import ImageReference, Transport
from bot.rules.catalogue import RULES
from bot.rules.kit.evidence import gather
from bot.rules.kit.run_rules import run
from bot.stages.measure import measure_images

pytestmark = pytest.mark.engine

BIG = 20_000_000


@pytest.fixture
def tag(modern_engine: Mapping[str, str]) -> Iterator[str]:
    """Yield a name for an image, which is removed afterwards."""
    name = f"deadweight-layer-facts:{uuid.uuid4().hex[:12]}"
    yield name
    subprocess.run(["docker", "rmi", "-f", name], env=os.environ | modern_engine, capture_output=True, check=False)


def built(engine: Mapping[str, str], tag: str, folder: pathlib.Path, lines: str) -> Measurement:
    """Build on busybox with a big file in the context, and measure."""
    (folder / "big").write_bytes(os.urandom(BIG))
    (folder / "Dockerfile").write_text(f"FROM busybox\n{lines}\n", encoding="utf-8")
    command = [
        "docker",
        "buildx",
        "build",
        "--load",
        "--network=none",
        "--provenance=false",
        f"--tag={tag}",
        str(folder),
    ]
    done = subprocess.run(command, env=os.environ | dict(engine), capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"needs busybox: {done.stderr.strip()[-200:]}")
    reader = Images(SourceOptions(engine=EngineAddress(engine["DOCKER_HOST"]), estimate_download=False))
    (measured,) = measure_images([ImageReference(Transport.DOCKER_DAEMON, tag)], reader, None)
    return measured


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("COPY big /d/big\nRUN chown -R 5:5 /d", {"layer-chown": BIG}),
        ("COPY big /d/big\nRUN chmod 0700 /d/big", {"layer-chown": BIG}),
        ("COPY big /d/big\nRUN chown -R 0:0 /d", {"layer-no-op": BIG}),
        ("COPY big /d/big\nRUN touch /d/big", {"layer-no-op": BIG}),
        ("COPY big /d/big\nRUN mv /d/big /e", {"layer-move": BIG}),
        ("COPY big /d/big\nRUN rm /d/big", {"late-removal": BIG}),
        ("COPY big /d/big\nRUN rm -r /d", {"late-removal": BIG}),
        ("COPY big /d/big\nRUN echo x >> /d/big", {"overwritten-files": BIG}),
        ("COPY big /d/big\nRUN cp /d/big /e", {"duplicate-files": BIG}),
        ("COPY --chown=5:5 big /d/big", {}),
        ("COPY big /d/big\nRUN cp /d/big /e && rm /e", {}),
    ],
)
def test_layers__are_told_to_the_byte(
    modern_engine: Mapping[str, str], tag: str, tmp_path: pathlib.Path, lines: str, expected: dict[str, int]
):
    """Each way to ship a file twice is named by its own rule, with exactly the bytes of the file."""
    image = built(modern_engine, tag, tmp_path, lines)

    findings = run(RULES, gather(image, None))

    assert expected == {finding.rule: finding.claimed.total for finding in findings}
