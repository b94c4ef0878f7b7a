"""What a run shows, on a real engine."""

from __future__ import annotations

from bot.model.image import ImageConfig, ImageReference, Transport
from bot.model.verify import Questions, WebPage
from tests.edges.sandbox.conftest import Workbench, probe

ROOT = WebPage(8080, "/")


def test_job__ends_with_its_output(bench: Workbench):
    """A job's exit code, output and errors are seen, apart from each other."""
    run = bench.observe("job", variables=("CODE=3",))

    assert (run.exit_code, run.output, run.errors) == (3, b"out\n", b"err\n")
    assert not run.problem
    assert run.not_made == ()


def test_server__is_asked_over_http(bench: Workbench):
    """The ports that a server listens on are seen, and asked for their root, for the pages that are named, for links."""
    run = bench.observe("web", ROOT, WebPage(8080, "/nothing"), awaited=frozenset({8080}))

    assert run.exit_code is None
    assert (run.listening, run.loopback) == ({8080}, frozenset())
    statuses = {page.path: answer.status for page, answer in run.answers.items()}
    assert statuses == {"/": 200, "/nothing": 404, "/style.css": 200, "/page.html": 200, "/gone": 404}
    assert b"elsewhere" in run.answers[ROOT].body
    assert run.answers[WebPage(8080, "/style.css")].content_type == "text/css"
    assert {page.path for page in run.followed} == {"/style.css", "/page.html", "/gone"}
    assert run.users == {0}


def test_ports__that_nobody_named_are_found_and_asked(bench: Workbench):
    """A port is found by listening, whether the image exposes it or not."""
    run = bench.observe("both")

    assert run.listening == {8080, 9090}
    assert {page for page in run.answers if page.path == "/"} == {ROOT, WebPage(9090, "/")}


def test_port__that_only_processes_inside_reach_is_told_apart(bench: Workbench):
    """A server on the loopback address answers in the box, and to nobody outside of it."""
    run = bench.observe("local")

    assert (run.listening, run.loopback) == ({8080}, {8080})


def test_port__that_speaks_something_else(bench: Workbench):
    """What does not speak HTTP has no status, and what it said is kept."""
    run = bench.observe("rude", ROOT)

    assert (run.answers[ROOT].status, run.answers[ROOT].body) == (0, b"hello\n")


def test_page__that_is_refused(bench: Workbench):
    """A port that nobody listens on has no status and no body."""
    run = bench.observe("web", WebPage(81, "/"))

    assert (run.answers[WebPage(81, "/")].status, run.answers[WebPage(81, "/")].body) == (0, b"")


def test_health_check__is_asked_every_second(bench: Workbench):
    """A health check that has its interval of half a minute answers within seconds."""
    check = probe("wget -q -O /dev/null http://localhost:8080/")

    run = bench.observe("web", health_check=check)

    assert run.health == "healthy"
    assert run.seconds < 8


def test_health_check__that_fails(bench: Workbench):
    """A health check that fails again and again is unhealthy, and its words are kept."""
    run = bench.observe("web", health_check=probe("curl -f http://localhost:8080/"))

    assert run.health == "unhealthy"
    assert b"curl: not found" in run.health_output


def test_written__are_files_added_and_changed(bench: Workbench):
    """What a run writes is seen, without the folders above it and without what is ours."""
    run = bench.observe("write")

    assert run.written == {b"data/state", b"data/new", b"data/new/file", b"tmp/scratch"}


def test_commands__run_instead_of_the_own_one(bench: Workbench):
    """Each command that is asked has a box of its own, without the image's entry point."""
    config = ImageConfig(entrypoint=("/main",))

    own, other, missing = bench.ask(("cat", "/www/deep/file"), ("nowhere",), config=config).runs

    assert (own.command, own.output) == ((), b"out\n")
    assert (other.command, other.exit_code, other.output) == (("cat", "/www/deep/file"), 0, b"deep\n")
    assert "nowhere" in missing.problem


def test_user__of_the_image_runs_it(bench: Workbench):
    """The user is the image's, and seen as a number."""
    image = bench.build("USER user\nENV MODE=web\n")

    [run] = bench.sandbox.observe(image, ImageConfig(cmd=("/main",), user="user"), Questions()).runs

    assert run.users == {1000}


def test_stop_signal__ends_it(bench: Workbench):
    """How a program ends at its stop signal is seen, and one that does not is not waited for."""
    assert bench.observe("wait").stopped == 7
    assert bench.observe("deaf").stopped is None


def test_image__that_is_not_there(bench: Workbench):
    """An image that the engine cannot run is a run with its problem, not an exception."""
    missing = ImageReference(Transport.DOCKER_DAEMON, "deadweight-test-nowhere:latest")

    [run] = bench.sandbox.observe(missing, ImageConfig(), Questions()).runs

    assert "no such image" in run.problem.lower()


def test_nothing__is_left(bench: Workbench):
    """When a run has been observed, its containers are gone."""
    bench.observe("web")

    assert bench.containers() == []


def test_other_engines__show_the_same(other_bench: Workbench):
    """An old engine, and one with containerd's store, show what the newest shows."""
    run = other_bench.observe("web", ROOT, traced=True)

    assert run.listening == {8080}
    assert run.answers[ROOT].status == 200
    assert run.trace is not None
    assert b"www/index.html" in run.trace.opened
