"""The command line and environment of buildx: everything that was asked, and nothing of the job."""

import hashlib
import pathlib
import re
import socket

import pytest

from bot.edges.builders import builder, find_engine
from bot.edges.builders.buildx import build_arguments, build_environment, find_buildx
from bot.edges.engine_address import EngineAddress, engine_address
from bot.errors import EngineError
from bot.model.build import BuildRequest, ImageSpec
from bot.model.image import Platform

JOB = {
    "PATH": "relative:/opt/docker/bin",
    "HOME": "/home/runner",
    "DOCKER_CONFIG": "/home/runner/.docker",
    "HTTPS_PROXY": "http://proxy",
    "GITHUB_TOKEN": "t",
    "INPUT_GITHUB-TOKEN": "t",
    "ACTIONS_RUNTIME_TOKEN": "t",
    "ACTIONS_RESULTS_URL": "u",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "t",
    "NPM_TOKEN": "n",
    "PIP_TOKEN": "p",
}


def request(cache_from: tuple[str, ...] = (), **facts: object) -> BuildRequest:
    """Ask for the build of an image in ``/tree``."""
    return BuildRequest(ImageSpec("app", **facts), "/tree", "head", 60.0, cache_from=cache_from)


def test_arguments__carry_everything_that_was_asked():
    """Every option of an image and of the run has its place; the context comes last, after a double dash."""
    spec = ImageSpec(
        "app",
        dockerfile="docker/Dockerfile",
        context="api",
        target="runtime",
        platform=Platform("linux", "arm64", "v8"),
        build_args=(("A", "1"), ("B", "x y")),
        build_contexts=(("lib", "libs/common"), ("alpine", "docker-image://alpine:3")),
        network="none",
        secrets=("id=a,env=NPM_TOKEN",),
    )
    asked = BuildRequest(
        spec, "/tree", "head", 60.0, pull=True, labels={"l": "v"}, cache_from=("type=gha",), cache_to=("type=inline",)
    )

    arguments = build_arguments(asked, "name:tag", pathlib.Path("/out"), "remote")

    assert arguments == (
        *("--builder", "remote", "build", "--progress=rawjson", "--metadata-file=/out/metadata.json"),
        *("--provenance=false", "--load", "--tag=name:tag", "--file=/tree/docker/Dockerfile"),
        *("--target=runtime", "--network=none", "--platform=linux/arm64/v8"),
        *("--build-arg=A=1", "--build-arg=B=x y"),
        *("--build-context=lib=/tree/libs/common", "--build-context=alpine=docker-image://alpine:3"),
        *("--secret=id=a,env=NPM_TOKEN", "--cache-from=type=gha", "--cache-to=type=inline", "--label=l=v", "--pull"),
        *("--", "/tree/api"),
    )


def test_arguments__of_a_plain_image_say_nothing_more():
    """Without options there are none, so the builder's own defaults hold."""
    arguments = build_arguments(request(), "name:tag", pathlib.Path("/out"), "")

    assert arguments[0] == "build"
    assert arguments[5:] == ("--tag=name:tag", "--file=/tree/Dockerfile", "--", "/tree")


def test_names__cannot_be_foreseen():
    """No two builds have the same name, and nobody can have put an image there before (T-D6)."""
    names = {builder._tag(request()) for _ in range(100)}

    assert len(names) == 100
    assert all(re.fullmatch(r"deadweight/app:head-[0-9a-f]{16}", name) for name in names)


def test_secret_file__is_meant_from_where_we_were_started(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch):
    """A relative path of a secret refers to the working directory, although the client is started elsewhere."""
    monkeypatch.chdir(tmp_path)

    arguments = build_arguments(
        request(secrets=("id=a,src=keys/a", "id=b,source=/b", "id=BARE")), "t", pathlib.Path("/out"), ""
    )

    assert f"--secret=id=a,src={tmp_path}/keys/a" in arguments
    assert "--secret=id=b,src=/b" in arguments
    assert "--secret=id=BARE,env=BARE" in arguments


def test_environment__has_nothing_of_the_job():
    """Tokens of the job do not reach the client; where Docker is, does; folders of PATH are absolute."""
    environment = build_environment(request(), JOB)

    assert {name: value for name, value in environment.items() if name in JOB} == {
        "PATH": "/opt/docker/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": "/home/runner",
        "DOCKER_CONFIG": "/home/runner/.docker",
        "HTTPS_PROXY": "http://proxy",
    }
    assert environment["BUILDX_METADATA_PROVENANCE"] == "max"


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        (request(secrets=("id=x,env=NPM_TOKEN",)), {"NPM_TOKEN"}),
        (request(secrets=("id=PIP_TOKEN", "id=y,env=NPM_TOKEN")), {"NPM_TOKEN", "PIP_TOKEN"}),
        (request(secrets=("id=NPM_TOKEN,src=/file",)), set()),
        (request(secrets=("id=x,env=NOT_SET",)), set()),
        (request(secrets=("id=x,env=GITHUB_TOKEN", "id=y,env=INPUT_GITHUB-TOKEN", "id=ACTIONS_RUNTIME_TOKEN")), set()),
        (request(cache_from=("type=gha,scope=x",)), {"ACTIONS_RUNTIME_TOKEN", "ACTIONS_RESULTS_URL"}),
        (request(cache_from=("type=registry,ref=x",)), set()),
    ],
)
def test_environment__has_what_this_build_was_promised(asked: BuildRequest, names: set[str]):
    """A secret's variable is there for the build that names it, the cache's token for one with that cache."""
    extra = build_environment(asked, JOB).keys() & JOB.keys() - {"PATH", "HOME", "DOCKER_CONFIG", "HTTPS_PROXY"}

    assert extra == names


def fake_program(folder: pathlib.Path, name: str, script: str) -> None:
    """Write a program that a client of that name could be."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


@pytest.mark.parametrize(
    ("version", "found"),
    [
        ("github.com/docker/buildx v0.29.1 a32761aeb3debd39be1eca514af3693af0db334b", "0.29.1"),
        ("github.com/docker/buildx 0.13.1+ds1 0.13.1+ds1-3", "0.13.1"),
        ("github.com/docker/buildx 0.12.1 x", None),
        ("github.com/docker/buildx v1.0.0-rc1", "1.0.0"),
        ("buildx of my own make", None),
    ],
)
def test_buildx__must_be_new_enough(version: str, found: str | None, tmp_path: pathlib.Path):
    """A plugin that cannot write its progress as JSON is as good as none."""
    fake_program(tmp_path / "bin", "docker", f'test "$*" = "buildx version" && echo "{version}"')

    buildx = find_buildx({"PATH": str(tmp_path / "bin")})

    assert (buildx.version if buildx else None) == found


def test_buildx__may_be_a_program_of_its_own(tmp_path: pathlib.Path):
    """Where docker has no such plugin, a buildx beside it will do."""
    fake_program(tmp_path / "bin", "docker", "exit 1")
    fake_program(tmp_path / "bin", "buildx", "echo github.com/docker/buildx v0.30.0")

    buildx = find_buildx({"PATH": str(tmp_path / "bin")})

    assert buildx is not None
    assert buildx.words == (str(tmp_path / "bin" / "buildx"),)


def test_engine__that_does_not_answer_is_named(tmp_path: pathlib.Path):
    """The message names the address that was tried and what happened there (F9)."""
    silent = tmp_path / "silent.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(silent))

    for path, words in ((tmp_path / "none.sock", "no such socket"), (silent, "Nobody listens")):
        with pytest.raises(EngineError, match=words) as caught:
            find_engine({"DOCKER_HOST": f"unix://{path}"})
        assert caught.value.what == f"No Docker engine answers at unix://{path}."
        assert caught.value.exit_code == 3
        assert "DOCKER_HOST" in caught.value.fix


def test_engine__of_a_context_that_was_chosen(tmp_path: pathlib.Path):
    """``docker context use`` is obeyed, and so is its environment variable."""
    meta = tmp_path / "contexts" / "meta" / hashlib.sha256(b"lab").hexdigest() / "meta.json"
    meta.parent.mkdir(parents=True)
    meta.write_text('{"Name": "lab", "Endpoints": {"docker": {"Host": "unix:///lab.sock"}}}')

    with pytest.raises(EngineError, match=r"unix:///lab\.sock"):
        find_engine({"DOCKER_CONFIG": str(tmp_path), "DOCKER_CONTEXT": "lab"})
    (tmp_path / "config.json").write_text('{"currentContext": "lab"}')
    with pytest.raises(EngineError, match=r"unix:///lab\.sock"):
        find_engine({"DOCKER_CONFIG": str(tmp_path)})


def test_engine__of_a_user_is_found_where_the_machine_has_none(tmp_path: pathlib.Path):
    """A rootless engine's socket is used where nobody listens on the machine's; one that is stale is passed over."""
    if pathlib.Path("/var/run/docker.sock").exists():
        pytest.skip("this machine has an engine of its own")
    home, runtime = tmp_path / "home", tmp_path / "run"
    stale, desktop = runtime / "docker.sock", home / ".docker" / "run" / "docker.sock"
    runtime.mkdir()
    desktop.parent.mkdir(parents=True)

    with socket.socket(socket.AF_UNIX) as left, socket.socket(socket.AF_UNIX) as listener:
        left.bind(str(stale))
        listener.bind(str(desktop))
        listener.listen()
        address = engine_address({"XDG_RUNTIME_DIR": str(runtime)}, home)

    assert address == EngineAddress(f"unix://{desktop}")


def test_address__is_spelled_for_the_client():
    """The docker client is sent to the very engine that we speak to, certificates included."""
    assert EngineAddress("unix:///x.sock").variables() == {"DOCKER_HOST": "unix:///x.sock"}
    assert EngineAddress("tcp://x:2376", "/certificates").variables() == {
        "DOCKER_HOST": "tcp://x:2376",
        "DOCKER_TLS_VERIFY": "1",
        "DOCKER_CERT_PATH": "/certificates",
    }
