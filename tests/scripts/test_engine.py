"""``script/engine``: the engine that answers, and private ones that leave everything else alone."""

import json
import pathlib
import shlex
import socketserver
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


class AnsweringEngine(socketserver.StreamRequestHandler):
    """An engine as far as ``GET /_ping`` can tell."""

    def handle(self) -> None:
        """Say OK to whoever asks."""
        self.rfile.readline()
        self.wfile.write(b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nOK")


@contextmanager
def engine_at(path: pathlib.Path) -> Iterator[str]:
    """Answer /_ping on a socket of that path, which is given as a DOCKER_HOST."""
    with socketserver.ThreadingUnixStreamServer(str(path), AnsweringEngine) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"unix://{path}"
        server.shutdown()
        thread.join()


@pytest.fixture
def short_folder() -> Iterator[pathlib.Path]:
    """Yield a folder whose path leaves room for a socket's name."""
    with tempfile.TemporaryDirectory(prefix="dw") as folder:
        yield pathlib.Path(folder)


@pytest.fixture
def nowhere(short_folder: pathlib.Path) -> dict[str, str | None]:
    """Return variables under which no private engine and no rootless one is found."""
    return {
        "DEADWEIGHT_STATE": str(short_folder / "state"),
        "XDG_RUNTIME_DIR": str(short_folder),
        "DOCKER_HOST": None,
        "DOCKER_CONFIG": None,
    }


def evaluated(lines: str, *names: str) -> list[str]:
    """What the variables are after a shell evaluated the lines."""
    shown = "; ".join(f'printf "%s\\0" "${name}"' for name in names)
    done = subprocess.run(["sh", "-euc", f"{lines}\n{shown}"], capture_output=True, text=True, check=True)
    return done.stdout.split("\0")[:-1]


def test_env__names_the_engine_that_answers(run_script, short_folder: pathlib.Path, nowhere):
    """An engine that answers at DOCKER_HOST is used as it is, its socket's odd path quoted for the shell."""
    folder = short_folder / "it's $HOME"
    folder.mkdir()

    with engine_at(folder / "docker.sock") as host:
        done = run_script("engine", "env", **{**nowhere, "DOCKER_HOST": host})

    assert done.returncode == 0, done.stderr
    assert evaluated(done.stdout, "DOCKER_HOST") == [host]


def test_env__finds_a_rootless_engine(run_script, short_folder: pathlib.Path, nowhere):
    """Without DOCKER_HOST and a system engine, the socket in XDG_RUNTIME_DIR is found."""
    if pathlib.Path("/var/run/docker.sock").exists():
        pytest.skip("this machine has an engine of its own, which comes first")

    with engine_at(short_folder / "docker.sock") as host:
        done = run_script("engine", "env", **nowhere)

    assert evaluated(done.stdout, "DOCKER_HOST") == [host]


def test_env__without_any_engine_says_what_to_do(run_script, nowhere):
    """When none answers, nothing is printed for eval, and the way out is named."""
    if pathlib.Path("/var/run/docker.sock").exists():
        pytest.skip("this machine has an engine of its own")

    done = run_script("engine", "env", **nowhere)

    assert (done.returncode, done.stdout) == (3, "")
    assert "script/engine start" in done.stderr


def test_env__with_a_dead_socket_looks_further(run_script, short_folder: pathlib.Path, nowhere):
    """A socket file that nobody listens on is no engine."""
    with engine_at(short_folder / "docker.sock"):
        pass
    assert (short_folder / "docker.sock").is_socket()

    done = run_script("engine", "env", "--modern", **nowhere)

    assert (done.returncode, done.stdout) == (3, "")


def test_stop__spares_the_process_that_a_stale_pid_file_names(run_script, short_folder: pathlib.Path, nowhere):
    """A pid file left behind may name anybody; only our own daemons are ended."""
    run = short_folder / "state/engines/classic/run"
    run.mkdir(parents=True)
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    (run / "docker.pid").write_text(str(bystander.pid))

    done = run_script("engine", "stop", "--classic", **nowhere)

    alive = bystander.poll() is None
    bystander.kill()
    bystander.wait()
    assert done.returncode == 0, done.stderr
    assert alive
    assert not (run / "docker.pid").exists()


@pytest.mark.parametrize("arguments", [["start", "--newest"], ["begin"], ["env", "classic"]], ids=shlex.join)
def test_wrong_usage__ends_with_2_and_the_usage(run_script, arguments: list[str], nowhere):
    """An unknown command or option starts nothing and shows what there is."""
    done = run_script("engine", *arguments, **nowhere)

    assert (done.returncode, done.stdout) == (2, "")
    assert "usage: script/engine" in done.stderr


@pytest.mark.engine
def test_status__names_version_driver_and_socket(run_script, engine):
    """The status of a real engine says what its own API says."""
    version = json.loads(engine.docker("version", "--format", "{{json .Server.Version}}"))
    driver = engine.docker("info", "--format", "{{.Driver}}")

    done = run_script("engine", "status", **engine.environment)

    assert done.returncode == 0, done.stderr
    own_line = next(line for line in done.stdout.splitlines() if engine.environment["DOCKER_HOST"] in line)
    assert f"Docker {version}, storage {driver}" in own_line


@pytest.mark.engine
def test_env__of_each_engine_evaluates_to_a_working_client(run_script, engine):
    """What env prints, evaluated, is all that a docker client needs, whatever the PATH was before."""
    done = run_script("engine", "env", **{**engine.environment, "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"})

    host, path = evaluated(done.stdout, "DOCKER_HOST", "PATH")
    assert host == engine.environment["DOCKER_HOST"]
    assert path.split(":")[0] == engine.environment["PATH"].split(":")[0]


@pytest.mark.engine
def test_run_step__has_a_network_of_its_own_by_default(engine, short_folder: pathlib.Path):
    """A build without options gives its RUN steps an interface beside the loopback."""
    name = f"deadweight-test-network-{engine.kind.lower()}"
    (short_folder / "Dockerfile").write_text("FROM busybox\nRUN ls /sys/class/net > /interfaces\n")

    try:
        engine.docker("build", "--quiet", "--tag", name, str(short_folder))
        interfaces = engine.docker("run", "--rm", "--network=none", name, "cat", "/interfaces").split()
    finally:
        engine.docker("image", "rm", name)

    assert "lo" in interfaces
    assert len(interfaces) > 1
