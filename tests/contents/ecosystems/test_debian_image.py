"""The packages of a real Debian image, against dpkg itself running in it."""

import os
import subprocess
from collections import Counter

import pytest

from bot.edges.engine_address import EngineAddress
from bot.edges.sources import Images, SourceOptions
from bot.model.image import ImageReference, Transport
from bot.stages.measure import measure_images

IMAGE = "debian:bookworm-slim"
LISTING = r"""
for package in $(dpkg-query -W -f '${binary:Package}\n'); do
  dpkg -L "$package" | while IFS= read -r path; do
    [ -f "$path" ] && [ ! -L "$path" ] && stat -c "$package|%i|%s" "$path"
  done
done; true
"""

pytestmark = pytest.mark.engine


def bytes_by_package(listing: str) -> Counter[str]:
    """Sum sizes by package, every inode once."""
    sizes, seen = Counter[str](), set[str]()
    for package, inode, size in (line.split("|") for line in listing.splitlines()):
        sizes[package.partition(":")[0]] += 0 if inode in seen else int(size)
        seen.add(inode)
    return sizes


def test_packages__of_a_real_image(modern_engine: dict[str, str]):
    """Every package weighs, to the byte, what the files weigh that dpkg lists for it in a running container."""
    docker = ["docker", "run", "--rm", "--network=none", IMAGE, "sh", "-c", LISTING]
    run = subprocess.run(docker, env=os.environ | modern_engine, capture_output=True, text=True, check=False)
    if run.returncode:
        pytest.skip(f"needs {IMAGE}: {run.stderr.strip()[-200:]}")
    reader = Images(SourceOptions(engine=EngineAddress(modern_engine["DOCKER_HOST"]), estimate_download=False))

    (measured,) = measure_images([ImageReference(Transport.DOCKER_DAEMON, IMAGE)], reader, None)

    ours = {package.name: package.unpacked_bytes for package in measured.packages if package.ecosystem == "deb"}
    assert len(ours) > 50
    assert ours == dict(bytes_by_package(run.stdout))
