"""The tar that the classic builder gets."""

import io
import os
import pathlib
import tarfile

import pytest

from bot.edges.builders.context_stream import pack_context
from bot.errors import UsageError
from bot.model.build import BuildRequest, ImageSpec


def packed(root: pathlib.Path, **facts: str) -> tuple[dict[str, tarfile.TarInfo], tarfile.TarFile, str]:
    """Pack a context and give its members by name, the archive, and the Dockerfile's name in it."""
    stream = io.BytesIO()
    name = pack_context(BuildRequest(ImageSpec("app", **facts), str(root), "head", 60.0), stream)
    archive = tarfile.open(fileobj=stream)  # noqa: SIM115 - read by the test until its end
    return {member.name: member for member in archive}, archive, name


def write(root: pathlib.Path, *names: str) -> None:
    """Write small files, each holding its own name."""
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)


def test_members__are_the_same_wherever_they_were_checked_out(tmp_path: pathlib.Path):
    """Owners are root, times zero, modes kept, links are links and folders come before what is in them."""
    write(tmp_path, "Dockerfile", "b/run", "a")
    (tmp_path / "b" / "run").chmod(0o755)
    (tmp_path / "link").symlink_to("/etc/passwd")
    (tmp_path / "folder-link").symlink_to("b")
    os.utime(tmp_path / "a", (5, 5))

    members, _, name = packed(tmp_path)

    assert name == "Dockerfile"
    assert list(members) == ["a", "b", "folder-link", "link", "b/run", "Dockerfile"]
    assert {(one.uid, one.gid, one.uname, one.mtime) for one in members.values()} == {(0, 0, "", 0)}
    assert (members["link"].linkname, members["folder-link"].linkname) == ("/etc/passwd", "b")
    assert oct(members["b/run"].mode) == "0o755"


def test_ignored_files__stay_behind(tmp_path: pathlib.Path):
    """.dockerignore decides, exceptions and all; the engine gets it and the Dockerfile even where they are ignored."""
    write(tmp_path, "Dockerfile", "docs/a", "docs/kept/b", "src/x.log", "src/x")
    (tmp_path / ".dockerignore").write_text("docs\n!docs/kept\n**/*.log\nDockerfile\n.dockerignore\n")

    members, archive, _ = packed(tmp_path)

    assert {name for name, one in members.items() if one.isfile()} == {
        "Dockerfile",
        ".dockerignore",
        "docs/kept/b",
        "src/x",
    }
    assert archive.extractfile("Dockerfile").read() == b"Dockerfile"


def test_dockerfile__outside_of_its_context_is_hidden_in_it(tmp_path: pathlib.Path):
    """It travels under a name of our own, which the ignore list that the engine sees hides from every COPY."""
    write(tmp_path, "docker/Dockerfile", "api/a", "api/.dockerignore")
    (tmp_path / "api" / ".dockerignore").write_text("*.md")

    members, archive, name = packed(tmp_path, dockerfile="docker/Dockerfile", context="api")

    assert set(members) == {"a", ".dockerignore", name}
    assert archive.extractfile(name).read() == b"docker/Dockerfile"
    assert archive.extractfile(".dockerignore").read().decode().split() == ["*.md", ".dockerignore", name]


def test_own_ignore_list__of_a_dockerfile_goes_first(tmp_path: pathlib.Path):
    """``NAME.dockerignore`` beside the Dockerfile replaces the context's."""
    write(tmp_path, "Dockerfile", "a", "b")
    (tmp_path / ".dockerignore").write_text("a")
    (tmp_path / "Dockerfile.dockerignore").write_text("b")

    members, _, _ = packed(tmp_path)

    assert {"a", "b"} & set(members) == {"a"}


def test_ignore_list__behind_a_link_is_not_read(tmp_path: pathlib.Path):
    """A .dockerignore that is a link is no ignore list, wherever it leads (T-D1)."""
    write(tmp_path, "Dockerfile", "a")
    (tmp_path / ".dockerignore").symlink_to("/proc/self/environ")

    members, _, _ = packed(tmp_path)

    assert "a" in members
    assert ".dockerignore" not in members


def test_malformed_ignore_list__is_a_usage_error(tmp_path: pathlib.Path):
    """A pattern that no builder accepts is refused with a sentence."""
    write(tmp_path, "Dockerfile")
    (tmp_path / ".dockerignore").write_text("[a\n")

    with pytest.raises(UsageError, match="dockerignore cannot be read"):
        packed(tmp_path)
