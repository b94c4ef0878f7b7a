"""What holds for every script."""

import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPTS = sorted(
    path
    for path in [*(ROOT / "script").iterdir(), *(ROOT / ".ci").iterdir()]
    if path.is_file() and path.read_bytes().startswith(b"#!/bin/sh")
)
PACKAGE_HOSTS = re.compile(r"debian\.org|ubuntu\.com|pypi\.org|pythonhosted\.org|npmjs\.(org|com)|docker\.io/v2")


def name_of(path: pathlib.Path) -> str:
    """Return the script's path in the checkout."""
    return str(path.relative_to(ROOT))


def test_scripts__include_the_two_commands_of_a_fresh_machine():
    """The collection below is not empty: demo, test and CI's command are in it."""
    names = {name_of(path) for path in SCRIPTS}

    assert names >= {"script/demo", "script/test", "script/setup", "script/engine", "script/lint", ".ci/run"}


@pytest.mark.parametrize("path", SCRIPTS, ids=name_of)
def test_script__passes_shellcheck(path: pathlib.Path):
    """Shellcheck has no objection to any script or to what it sources."""
    shellcheck = pathlib.Path(sys.executable).parent / "shellcheck"

    done = subprocess.run(
        [str(shellcheck), "-x", "-P", "SCRIPTDIR", str(path)], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("path", SCRIPTS, ids=name_of)
def test_script__names_no_package_host(path: pathlib.Path):
    """Where packages come from is the machine's own business: no script names a host."""
    assert PACKAGE_HOSTS.findall(path.read_text()) == []


@pytest.mark.parametrize("path", SCRIPTS, ids=name_of)
def test_script__can_be_executed(path: pathlib.Path):
    """Every script has its executable bit and says in its second line what it is for."""
    assert path.stat().st_mode & 0o111 == 0o111
    assert re.match(r"#!/bin/sh\n# \S.*\.\n", path.read_text())


@pytest.mark.parametrize("name", ["engine", "base-images", "setup", "demo"])
def test_script__explains_itself(run_script, name: str):
    """Asked for help, a script says how to use it and does nothing."""
    done = run_script(name, "--help")

    assert done.returncode == 0
    assert f"script/{name}" in done.stdout
