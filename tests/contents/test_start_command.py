"""What an image starts, read from ENTRYPOINT and CMD."""

import pytest

from bot.contents.start_command import Started, language_of, read_command, script_of, start_script
from bot.model.image import ImageConfig


@pytest.mark.parametrize(
    ("entrypoint", "cmd", "expected"),
    [
        (None, ("./main",), Started("./main", (), by_shell=False, simple=True)),
        (("/entry",), ("a", "b"), Started("/entry", ("a", "b"), by_shell=False, simple=True)),
        (("tini", "--"), ("node", "x.js"), Started("node", ("x.js",), by_shell=False, simple=True)),
        (("docker-entrypoint.sh",), ("redis-server",), Started("redis-server", (), by_shell=False, simple=True)),
        (("/entrypoint.sh",), ("/app/main",), Started("/app/main", (), by_shell=True, simple=False)),
        (("/entrypoint.sh",), None, Started("/entrypoint.sh", (), by_shell=False, simple=True)),
        (None, ("/bin/sh", "-c", "exec ./main -v 'a b'"), Started("./main", ("-v", "a b"), by_shell=True, simple=True)),
        (None, ("/bin/sh", "-c", "X=1 ./main && b"), Started("./main", ("&&", "b"), by_shell=True, simple=False)),
        (None, ("sh", "-c", "echo 'open"), Started("echo", ("'open",), by_shell=True, simple=True)),
        (None, None, Started("", (), by_shell=False, simple=True)),
        (None, ("bash",), Started("bash", (), by_shell=False, simple=True)),
    ],
)
def test_read_command__sees_through_wrappers_and_shells(
    entrypoint: tuple[str, ...] | None, cmd: tuple[str, ...] | None, expected: Started
):
    """Inits, entrypoint scripts, exec and the shell form do not hide what is started."""
    assert expected == read_command(ImageConfig(entrypoint=entrypoint, cmd=cmd))


@pytest.mark.parametrize(
    ("argv", "script"),
    [
        (("java", "-Xmx1g", "-jar", "/app.jar", "x"), "/app.jar"),
        (("node", "--inspect", "server.js"), "server.js"),
        (("python3.12", "app/main.py"), "app/main.py"),
        (("python", "-m", "http.server"), ""),
        (("dotnet", "/app/a.dll"), "/app/a.dll"),
        (("./main", "x.py"), ""),
        (("node",), ""),
    ],
)
def test_script_of__is_what_the_interpreter_runs(argv: tuple[str, ...], script: str):
    """The file that an interpreter is given is found among its options."""
    assert script == script_of(read_command(ImageConfig(cmd=argv)))


@pytest.mark.parametrize(("name", "language"), [("python3.12", "python"), ("/usr/bin/java", "java"), ("app", "")])
def test_language_of__knows_versions_and_paths(name: str, language: str):
    """An interpreter is known by its bare name, whatever its version."""
    assert language == language_of(name)


def test_start_script__reads_package_json():
    """Npm start and npm run NAME run what package.json names."""
    package = b'{"scripts": {"start": "node server.js", "dev": "nodemon"}}'

    assert start_script(package, ("start",)) == Started("node", ("server.js",), by_shell=True, simple=True)
    assert start_script(package, ("run", "dev")) == Started("nodemon", (), by_shell=True, simple=True)


@pytest.mark.parametrize("package", [b"", b"[]", b'{"scripts": 5}', b'{"scripts": {"start": 5}}', b"[" * 100_000])
def test_start_script__of_a_broken_package_is_none(package: bytes):
    """A package.json that says nothing, or is made to break a parser, gives nothing."""
    assert start_script(package, ()) is None
