"""Files are found as a running container would find them."""

import pytest

from bot.contents.lookup import find_file, find_program, resolve
from bot.model.image import ImageConfig
from tests.rules.world import picture

TREE = picture("""
FROM a
  usr/bin/app 9
  bin -> usr/bin
  usr/local/bin/tool -> ../../bin/app
  opt/loop -> loop
  opt/up -> ../../../usr/bin/app
  opt/gone -> /nowhere
  etc/x -> /bin
""").tree


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/usr/bin/app", b"usr/bin/app"),
        ("/bin/app", b"usr/bin/app"),
        ("/usr/local/bin/tool", b"usr/bin/app"),
        ("/etc/x/app", b"usr/bin/app"),
        ("/opt/up", b"usr/bin/app"),
        ("/usr/./bin//app", b"usr/bin/app"),
        ("/usr/bin/../bin/app", b"usr/bin/app"),
        ("/opt/loop", None),
        ("/opt/gone", None),
        ("/missing", None),
    ],
)
def test_resolve__follows_links(path: str, expected: bytes | None):
    """Links are followed in every part of a path, relative ones from where they lie; loops end."""
    assert expected == resolve(TREE, path)


def test_find_file__gives_no_directory():
    """A directory is not a file."""
    assert find_file(TREE, "/usr/bin") is None


@pytest.mark.parametrize(
    ("name", "config", "expected"),
    [
        ("app", ImageConfig(), b"usr/bin/app"),
        ("app", ImageConfig(env=("PATH=/opt:/usr/bin",)), b"usr/bin/app"),
        ("app", ImageConfig(env=("PATH=/opt",)), None),
        ("./app", ImageConfig(working_dir="/usr/bin"), b"usr/bin/app"),
        ("bin/app", ImageConfig(working_dir="/usr"), b"usr/bin/app"),
        ("app", ImageConfig(env=("PATH=.",), working_dir="/bin"), b"usr/bin/app"),
    ],
)
def test_find_program__uses_path_and_working_directory(name: str, config: ImageConfig, expected: bytes | None):
    """A name is looked up in PATH, a path is taken from the working directory."""
    assert expected == find_program(TREE, config, name)
