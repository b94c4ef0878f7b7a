"""``script/demo``: the first thing that a visitor runs."""

import pathlib
import re

import pytest

from .conftest import prepared_engine


@pytest.mark.engine
def test_demo__shows_the_verdict_on_the_founding_example(run_script, tmp_path: pathlib.Path):
    """With a real engine the pull request that ships the compiler is refused, and its verified way back is not."""
    engine = prepared_engine("MODERN")

    done = run_script("demo", **engine.environment, TMPDIR=str(tmp_path))

    assert done.returncode == 0, done.stderr
    assert re.search(r"`hello-go` grew by 8\d\d.MB .*, over budget", done.stdout)
    assert re.search(r"×2\d\d\b", done.stdout)
    assert "max-growth 10" in done.stdout
    assert "FROM golang:1.22" in done.stdout
    assert "found the budget exceeded (exit code 1)" in done.stderr
    assert re.search(r"\*\*Verified: 8\d\d.MB → [1-9]\.\d\d.MB\.\*\* Built, started, same output", done.stdout)
    (repository,) = tmp_path.glob("deadweight-demo.*/hello-go")
    assert f"{repository} (yours to try things in" in done.stderr

    assert "AS build" in (repository / "Dockerfile").read_text(encoding="utf-8")
    assert "within the budget again" in done.stderr


@pytest.mark.engine
def test_demo__passes_its_options_on(run_script, tmp_path: pathlib.Path):
    """What follows the name is for deadweight, which may object to it; then the demo fails with the same code."""
    engine = prepared_engine("MODERN")

    done = run_script("demo", "--no-such-option", **engine.environment, TMPDIR=str(tmp_path))

    assert done.returncode == 2
    assert "--no-such-option" in done.stderr
