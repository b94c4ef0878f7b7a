"""A run under the tracer: which files it asked for, as whom it ran, and how it ended."""

from __future__ import annotations

from bot.model.image import ImageConfig
from bot.model.verify import Questions
from tests.edges.sandbox.conftest import Workbench


def test_trace__has_what_was_opened_executed_and_missed(bench: Workbench):
    """Paths are told from the root, whichever folder the program was in, and nothing of the tracer is among them."""
    run = bench.observe("read", traced=True)

    assert run.trace is not None
    assert run.exit_code == 5
    assert {b"www/index.html", b"www/style.css"} <= run.trace.opened
    assert b"main" in run.trace.executed
    assert b"missing/file" in run.trace.missed
    assert b"www/page.html" in run.trace.looked_at
    everything = run.trace.opened | run.trace.executed | run.trace.missed | run.trace.looked_at
    assert [path for path in everything if b"deadweight" in path] == []
    assert run.written == frozenset()


def test_trace__under_a_user_without_rights(bench: Workbench):
    """A program that may write nowhere is traced all the same, and keeps its user."""
    image = bench.build("USER 1000\n")
    questions = Questions(environment=("MODE=read",), commands=(("id", "-u"),))

    own, other = bench.sandbox.observe(image, ImageConfig(cmd=("/main",), user="1000"), questions, traced=True).runs

    assert own.trace is not None
    assert b"www/index.html" in own.trace.opened
    assert other.output == b"1000\n"


def test_trace__of_a_server(bench: Workbench):
    """A server that never ends is traced up to the moment it is removed."""
    run = bench.observe("web", traced=True)

    assert run.trace is not None
    assert b"www/page.html" in run.trace.opened


def test_trace__of_a_program_in_its_working_directory(bench: Workbench):
    """A program that is started by a relative name is told by its path in the image."""
    image = bench.build("COPY main /srv/app/run\nWORKDIR /srv/app\n")
    config = ImageConfig(cmd=("./run",), working_dir="/srv/app")

    [run] = bench.sandbox.observe(image, config, Questions(), traced=True).runs

    assert run.trace is not None
    assert b"srv/app/run" in run.trace.executed
