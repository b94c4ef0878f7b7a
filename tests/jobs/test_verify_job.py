"""The verified way back, on a pull request: real engine, real box, a GitHub that remembers, the program as it is run."""

import dataclasses
import json
import pathlib
import subprocess

import pytest

from tests.jobs.test_main_job import propose
from tests.world.checkout import Checkout
from tests.world.github import GitHubFake
from tests.world.program import Program

pytestmark = [pytest.mark.engine, pytest.mark.github]


@pytest.fixture
def example(root: pathlib.Path) -> dict[str, str]:
    """The founding example, with the Dockerfile that ships its compiler."""
    folder = root / "examples" / "hello-go"
    files = {name: (folder / name).read_text(encoding="utf-8") for name in ("main.go", "go.mod", "deadweight.toml")}
    return files | {"Dockerfile": (folder / "single.Dockerfile").read_text(encoding="utf-8")}


@pytest.fixture
def checkout(root: pathlib.Path, tmp_path: pathlib.Path, example: dict[str, str]) -> Checkout:
    """Give a repository whose main branch builds in one stage and ships from another."""
    multi = (root / "examples/hello-go/multi.Dockerfile").read_text(encoding="utf-8")
    made = Checkout.new(tmp_path / "hello-way-back")
    made.commit(example | {"Dockerfile": multi})
    return made


def left_behind(engine: dict[str, str], name: str) -> str:
    """The images of ours by this name that the engine has, and the containers made from one."""
    listed = subprocess.run(
        ["docker", "images", "-q", "--filter", f"reference=deadweight/{name}"],
        env=engine,
        capture_output=True,
        check=True,
    )
    run = subprocess.run(["docker", "ps", "-a", "--format", "{{.Image}}"], env=engine, capture_output=True, check=True)
    return f"{listed.stdout.decode()}{f'deadweight/{name}' if f'deadweight/{name}:' in run.stdout.decode() else ''}"


def test_check__finds_the_way_back(
    checkout: Checkout,
    github: GitHubFake,
    modern_engine: dict[str, str],
    example: dict[str, str],
    tmp_path: pathlib.Path,
):
    """The pull request that ships a compiler is told, in its one comment, of the image that was built, run and is alike.

    Nothing that was made for it stays in the engine, the verdict is the budget's, and the next push that changes
    nothing the build sees runs nothing again.
    """
    environment = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    program = dataclasses.replace(Program(checkout, github.api_url, modern_engine), env=environment)

    first = program.run("pull_request", propose(checkout, github, {"Dockerfile": example["Dockerfile"]}), run_id=100)

    assert first.exit_code == 1, first.log
    (comment,) = github.bodies()
    above = comment.partition("<details>")[0].replace("\u00a0", " ")
    assert "**Verified: 8" in above
    assert "Built, started, same output" in above
    assert "not checked: outbound network" in above
    (image,) = first.report()["images"]
    search = image["verification"]
    best = search["attempts"][search["best"]]
    assert search["original_bytes"] == image["head"]["unpacked_bytes"]
    assert best["unpacked_bytes"] < 10_000_000
    assert not [check for check in best["checks"] if check["state"] == "failed"]
    assert {one["ladder"] for one in image["findings"]} == {"verified"}
    assert left_behind(modern_engine, image["name"]) == ""
    assert first.summary.count("Verified:") == 1
    measured_at = first.report()["comparison"]["head"]["pull_head_sha"]

    again = program.run(
        "pull_request",
        propose(checkout, github, {"Dockerfile": example["Dockerfile"], "README.md": "Hello\n"}),
        run_id=101,
    )

    (reused,) = again.report()["images"]
    assert reused["verification"]["found_at"] == measured_at
    assert "Verify advice" in again.log
    assert "Found at" in github.bodies()[0]
    patch = tmp_path / "way-back.patch"
    patch.write_text(json.loads(json.dumps(search["patch"])), encoding="utf-8")
    subprocess.run(["git", "-C", str(checkout.folder), "apply", "--check", str(patch)], check=True)
