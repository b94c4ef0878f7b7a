"""What configuration and environment can have git do: nothing runs that we did not ask for, and nothing leaks in.

Each test makes one trap in a configuration that git reads, and fails when the option that closes it is taken away.
"""

from __future__ import annotations

import pathlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from bot.edges.git import GitRepository
from tests.edges.git.repos import commit, git, make_repository


class Trap:
    """A home with a configuration of its own, and a file that appears when one of its programs runs."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.home = folder / "home"
        self.home.mkdir()
        self._ran = folder / "ran"
        self.program = folder / "trap"
        self.program.write_text(f'#!/bin/sh\necho "$0 $*" >>{self._ran}\nexit 1\n')
        self.program.chmod(0o755)

    def set(self, *settings: str) -> None:
        """Write ``section.key=value`` into the user's configuration."""
        for setting in settings:
            key, _, value = setting.partition("=")
            git(self.home, "config", "--file", str(self.home / ".gitconfig"), key, value)

    def opened(self, folder: pathlib.Path, **environment: str) -> GitRepository:
        """Open a repository as somebody with this home."""
        return GitRepository(folder, {"HOME": str(self.home), "PATH": "", **environment})

    @property
    def ran(self) -> str:
        """What ran, with its arguments."""
        return self._ran.read_text() if self._ran.exists() else ""


@pytest.fixture
def trap(tmp_path: pathlib.Path) -> Trap:
    """Return a trap that is not laid yet."""
    return Trap(tmp_path)


@pytest.fixture
def folder(tmp_path: pathlib.Path) -> pathlib.Path:
    """Return a repository with an uncommitted file that attributes leave to Git LFS."""
    made = make_repository(tmp_path / "repository")
    commit(made, {"a": "1", ".gitattributes": "*.bin filter=lfs\n"})
    (made / "new.bin").write_text("new")
    return made


def test_fsmonitor__of_the_users_configuration(trap: Trap, folder: pathlib.Path):
    """A file system monitor is not asked what changed: core.fsmonitor."""
    trap.set(f"core.fsmonitor={trap.program}")

    with trap.opened(folder) as repository:
        repository.worktree_commit()

    assert trap.ran == ""


def test_hooks__of_the_users_configuration(trap: Trap, folder: pathlib.Path):
    """Hooks do not run, wherever configuration says they lie: core.hooksPath."""
    hook = trap.home / "hooks" / "post-index-change"
    hook.parent.mkdir()
    hook.symlink_to(trap.program)
    trap.set(f"core.hooksPath={hook.parent}")

    with trap.opened(folder) as repository, repository.checkout(repository.worktree_commit()):
        pass

    assert trap.ran == ""


class _Locked(BaseHTTPRequestHandler):
    """Asks everybody for a password."""

    def do_GET(self) -> None:
        self.send_response(401)
        self.send_header("WWW-Authenticate", 'Basic realm="private"')
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def locked() -> Iterator[str]:
    """Yield the address of a server that wants a password."""
    server = HTTPServer(("127.0.0.1", 0), _Locked)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/octo/shop"
    server.shutdown()
    server.server_close()


def test_ask_pass__of_the_users_configuration(trap: Trap, folder: pathlib.Path, locked: str):
    """No program is asked for a password: core.askPass."""
    trap.set(f"core.askPass={trap.program}")
    git(folder, "remote", "add", "origin", locked)

    with trap.opened(folder) as repository:
        assert not repository.ensure("1" * 40)

    assert trap.ran == ""


def test_lfs_process__of_the_users_configuration(trap: Trap, folder: pathlib.Path):
    """Git LFS is not started as a process that is asked for every file: filter.lfs.process."""
    trap.set(f"filter.lfs.process={trap.program}", "filter.lfs.clean=cat")

    with trap.opened(folder) as repository:
        made = repository.worktree_commit()
        content = repository.read_file(made, "new.bin")

    assert (trap.ran, content) == ("", b"new")


def test_lfs__that_is_required_and_missing(trap: Trap, folder: pathlib.Path):
    """A Git LFS that cannot be run fails nothing, also where it is required: filter.lfs.required."""
    trap.set("filter.lfs.required=true", "filter.lfs.clean=/nonexistent/git-lfs")

    with trap.opened(folder) as repository:
        content = repository.read_file(repository.worktree_commit(), "new.bin")

    assert content == b"new"


def test_maintenance__does_not_start(trap: Trap, tmp_path: pathlib.Path):
    """Reading what a partial clone lacks starts no maintenance of its own: maintenance.auto."""
    remote = make_repository(tmp_path / "remote")
    head = commit(remote, {"a": "content"})
    git(remote, "config", "uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "--quiet", "--no-checkout", "--filter=blob:none", f"file://{remote}", "clone")
    trace = tmp_path / "trace"
    trap.set(f"trace2.normalTarget={trace}")

    with trap.opened(tmp_path / "clone") as repository:
        content = repository.read_file(head, "a")

    assert content == b"content"
    assert "fetch" in trace.read_text()
    assert "maintenance run" not in trace.read_text()


def test_ext_protocol__stays_closed(trap: Trap, folder: pathlib.Path):
    """A remote that is a command is not run, also where configuration allows such remotes: protocol.ext.allow."""
    trap.set("protocol.ext.allow=always", "protocol.allow=always")
    git(folder, "remote", "add", "origin", f"ext::{trap.program}")

    with trap.opened(folder) as repository:
        assert not repository.ensure("2" * 40)

    assert trap.ran == ""


@pytest.mark.parametrize(
    "settings",
    [
        ("filter.trap.smudge=TRAP", "filter.trap.required=true"),
        ("filter.trap.process=TRAP",),
        ("filter.lfs.smudge=TRAP",),
        ("submodule.recurse=true",),
        ("core.autocrlf=true",),
        ("core.eol=crlf",),
        ("core.symlinks=false",),
        ("core.attributesFile=ATTRIBUTES",),
        ("attr.tree=HEAD",),
    ],
    ids=lambda settings: settings[0].partition("=")[0],
)
@pytest.mark.parametrize("where", ["user", "repository", "environment"])
def test_checkout__is_the_same_on_every_machine(
    trap: Trap, tmp_path: pathlib.Path, settings: tuple[str, ...], where: str
):
    """No configuration of user, machine, repository or environment changes one byte of a checkout, or runs in it."""
    (tmp_path / "attributes").write_text("* eol=crlf ident\n")
    folder = make_repository(tmp_path / "plain")
    files = {"a.txt": "1\n2\n", "b.trap": "x\n", "c.bin": "y\n", "id": "$Id$\n", "link": "-> a.txt"}
    head = commit(folder, {**files, ".gitattributes": "*.txt text\n*.trap filter=trap\n*.bin filter=lfs\n"})
    settings = tuple(
        one.replace("TRAP", str(trap.program)).replace("ATTRIBUTES", f"{tmp_path}/attributes") for one in settings
    )
    environment = {}
    if where == "user":
        trap.set(*settings)
        (trap.home / ".config" / "git").mkdir(parents=True)
        (trap.home / ".config" / "git" / "attributes").write_text("* eol=crlf ident\n")
    elif where == "repository":
        for one in settings:
            git(folder, "config", *one.split("=", 1))
        (folder / ".git" / "info" / "attributes").write_text("* eol=crlf ident\n")
    else:
        environment = {"GIT_CONFIG_COUNT": str(len(settings))}
        for index, one in enumerate(settings):
            key, _, value = one.partition("=")
            environment |= {f"GIT_CONFIG_KEY_{index}": key, f"GIT_CONFIG_VALUE_{index}": value}

    with trap.opened(folder, **environment) as repository, repository.checkout(head) as root:
        tree = {entry.path: entry.attributes for entry in repository.tree(head)}
        found = {name: pathlib.Path(root, name).read_bytes().decode() for name in files if name != "link"}
        is_link = pathlib.Path(root, "link").is_symlink()

    assert found == {name: content for name, content in files.items() if name != "link"}
    assert is_link
    assert set(tree.values()) == {"", "lfs"}
    assert trap.ran == ""


def test_environment__has_nothing_of_the_job(tmp_path: pathlib.Path):
    """Git gets what it needs to reach remotes, and not one other variable of the job: no token, no program, no other store."""
    program = tmp_path / "bin" / "git"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nenv >>{tmp_path}/seen\nexec /usr/bin/git "$@"\n')
    program.chmod(0o755)
    folder = make_repository(tmp_path / "repository")
    head = commit(folder, {"a": "1"})
    job = {
        "PATH": f"relative:{program.parent}",
        "HOME": str(tmp_path),
        "HTTPS_PROXY": "http://proxy",
        "GIT_SSH_COMMAND": "ssh -i key",
        **dict.fromkeys(
            (
                *("GITHUB_TOKEN", "INPUT_GITHUB-TOKEN", "ACTIONS_RUNTIME_TOKEN", "NPM_TOKEN", "AWS_SECRET_ACCESS_KEY"),
                *("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_EXTERNAL_DIFF"),
                *("GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_ASKPASS", "SSH_ASKPASS", "GIT_EDITOR", "GIT_EXEC_PATH"),
                *("GIT_TRACE", "GIT_TRACE2_EVENT", "GIT_ATTR_SOURCE", "GIT_CEILING_DIRECTORIES", "PAGER", "LD_PRELOAD"),
            ),
            "of-the-job",
        ),
    }

    with GitRepository(folder, job) as repository, repository.checkout(head) as root:
        content = pathlib.Path(root, "a").read_text()
        repository.worktree_commit()

    seen = (tmp_path / "seen").read_text()
    lines = dict(line.partition("=")[::2] for line in seen.splitlines())
    assert content == "1"
    assert "of-the-job" not in seen
    assert {"HTTPS_PROXY": "http://proxy", "GIT_SSH_COMMAND": "ssh -i key"}.items() <= lines.items()
    assert not lines["PATH"].startswith("relative")
    assert {name for name in lines if name.startswith(("GITHUB", "INPUT", "ACTIONS"))} == set()


def test_partial_clone__is_checked_out_with_the_credentials_of_the_user(trap: Trap, tmp_path: pathlib.Path):
    """A checkout without the user's configuration still fetches by the addresses that it states."""
    remote = make_repository(tmp_path / "remote")
    head = commit(remote, {"a": "content\n"})
    git(remote, "config", "uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "--quiet", "--no-checkout", "--filter=blob:none", f"file://{remote}", "clone")
    git(tmp_path / "clone", "remote", "set-url", "origin", "https://git.invalid/remote")
    trap.set(f"url.file://{remote}.insteadOf=https://git.invalid/remote", "core.autocrlf=true")

    with trap.opened(tmp_path / "clone") as repository, repository.checkout(head) as root:
        content = pathlib.Path(root, "a").read_bytes()

    assert content == b"content\n"


def test_checkout__of_attributes_that_are_none(trap: Trap, tmp_path: pathlib.Path):
    """An encoding that git does not know leaves the file as it is stored, as it does for actions/checkout."""
    folder = make_repository(tmp_path / "odd")
    (folder / "a").write_text("x")
    blob = git(folder, "hash-object", "-w", "a")
    attributes = folder / "attributes"
    attributes.write_text("a working-tree-encoding=NO-SUCH\n")
    odd = git(folder, "hash-object", "-w", "attributes")
    git(
        folder,
        "update-index",
        "--add",
        "--cacheinfo",
        f"100644,{blob},a",
        "--cacheinfo",
        f"100644,{odd},.gitattributes",
    )
    git(folder, "commit", "--quiet", "--message", "odd")

    with trap.opened(folder) as repository, repository.checkout(repository.resolve("HEAD")) as root:
        content = pathlib.Path(root, "a").read_text()

    assert content == "x"
