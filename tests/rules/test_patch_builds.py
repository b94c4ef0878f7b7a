"""The one patch of an image's findings, by the real program and a real engine: it applies, builds, and runs alike."""

import json
import os
import pathlib
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping

import pytest

from tests.edges.git.repos import commit, make_repository

pytestmark = pytest.mark.engine

APT = """\
#!/bin/sh
case "$*" in
*update*) mkdir -p /var/lib/apt/lists && head -c 2500000 /dev/urandom > /var/lib/apt/lists/packages ;;
*install*) test -s /var/lib/apt/lists/packages && echo "$@" >> /installed ;;
esac
"""
DOCKERFILE = """\
FROM busybox
COPY --chmod=755 apt-get /usr/bin/apt-get
# what is needed
RUN apt-get update
RUN apt-get install -y one
WORKDIR /srv
RUN apt-get install -y two
COPY --chmod=644 model /srv/model
RUN head -c 3000000 /dev/urandom > /srv/archive.bin
RUN head -c 10 /srv/archive.bin > /srv/head.bin
RUN rm /srv/archive.bin
CMD ["sh", "-c", "cat /installed && wc -c < /srv/head.bin"]
"""


@pytest.fixture
def tag(modern_engine: Mapping[str, str]) -> Iterator[str]:
    """Yield a name for an image, which is removed afterwards."""
    name = f"deadweight-patch:{uuid.uuid4().hex[:12]}"
    yield name
    subprocess.run(["docker", "rmi", "-f", name], env=os.environ | modern_engine, capture_output=True, check=False)


def test_patch__applies_builds_and_runs_alike(modern_engine: Mapping[str, str], tag: str, tmp_path: pathlib.Path):
    """Lists that a later RUN reads, and a download that a later RUN deletes, are gone; what is installed is the same."""
    folder = make_repository(tmp_path / "shop")
    commit(folder, {"apt-get": APT, "model": "x" * 1000, "Dockerfile": DOCKERFILE})
    environment = os.environ | dict(modern_engine)

    def run(*command: str) -> str:
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (done.stdout + done.stderr)[-2000:]
        return done.stdout

    options = ("--patch", str(tmp_path / "all.patch"), "--network", "none", "--format", "json")
    report = json.loads(run(sys.executable, "-m", "bot", "advise", "Dockerfile", *options))
    run("git", "apply", str(tmp_path / "all.patch"))
    run("docker", "buildx", "build", "--load", "--network=none", "--provenance=false", f"--tag={tag}", ".")

    (image,) = report["images"]
    claimed = {one["rule"]: one["bytes"] for one in image["findings"] if one["patch"]}
    after = int(run("docker", "image", "inspect", "--format", "{{.Size}}", tag))
    assert claimed == {"apt-lists": 2_500_000, "late-removal": 3_000_000}
    assert image["head"]["unpacked_bytes"] - after == sum(claimed.values())
    assert run("docker", "run", "--rm", "--network=none", tag) == "install -y one\ninstall -y two\n10\n"
    assert "# what is needed\n" in (folder / "Dockerfile").read_text()
