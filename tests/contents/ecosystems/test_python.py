"""Python distributions, against the standard library's own reading of the same files."""

import importlib.metadata
import os
import shutil
import sysconfig
from pathlib import Path

import pytest

from tests.contents.packages.finding import found, found_below

SITE = "usr/local/lib/python3.12/site-packages"


def test_python__record():
    """A distribution owns what its RECORD lists, its byte code and its own metadata, and no neighbour's."""
    packages = found(
        {
            f"{SITE}/Some_Pkg-2.0.dist-info/RECORD": "some_pkg/__init__.py,sha256=x,100\r\n"
            '"some_pkg/odd,name.py",sha256=x,5\r\n../../../bin/some-tool,sha256=x,50\r\n'
            "Some_Pkg-2.0.dist-info/RECORD,,\r\n",
            f"{SITE}/Some_Pkg-2.0.dist-info/INSTALLER": "uv",
            f"{SITE}/some_pkg/__init__.py": "p" * 100,
            f"{SITE}/some_pkg/odd,name.py": "odd",
            f"{SITE}/some_pkg/__pycache__/__init__.cpython-312.pyc": "c" * 30,
            f"{SITE}/__pycache__/six.cpython-312.pyc": "somebody else's",
            f"{SITE}/other/__init__.py": "somebody else's",
            "usr/local/bin/some-tool": "t" * 50,
        }
    )

    package = packages["some-pkg"]
    assert package.version == "2.0"
    assert sorted(package.paths) == sorted(
        [
            b"usr/local/bin/some-tool",
            *(f"{SITE}/some_pkg/{name}".encode() for name in ("__init__.py", "odd,name.py")),
            f"{SITE}/some_pkg/__pycache__/__init__.cpython-312.pyc".encode(),
            *(f"{SITE}/Some_Pkg-2.0.dist-info/{name}".encode() for name in ("RECORD", "INSTALLER")),
        ]
    )


def test_python__egg_info_with_a_list():
    """An egg-info that pip wrote has a list of files relative to itself."""
    packages = found(
        {
            f"{SITE}/old_thing-1.4.egg-info/PKG-INFO": "Name: old_thing",
            f"{SITE}/old_thing-1.4.egg-info/installed-files.txt": "../old_thing/a.py\nPKG-INFO\n",
            f"{SITE}/old_thing/a.py": "a" * 40,
            f"{SITE}/old_thing/b.py": "not listed",
        }
    )

    assert (packages["old-thing"].version, packages["old-thing"].unpacked_bytes) == ("1.4", 40 + 15 + 27)


def test_python__egg_info_with_modules():
    """An egg-info without a list names its modules: directories or single files beside it."""
    packages = found(
        {
            f"{SITE}/both-0.9-py3.12.egg-info/PKG-INFO": "x",
            f"{SITE}/both-0.9-py3.12.egg-info/top_level.txt": "package\nmodule\n",
            f"{SITE}/package/deep/a.py": "a" * 10,
            f"{SITE}/module.py": "m" * 20,
        }
    )

    assert (packages["both"].version, packages["both"].unpacked_bytes) == ("0.9", 10 + 20 + 1 + 15)


def test_python__egg():
    """An egg owns all that is below it."""
    packages = found({f"{SITE}/zc-1.0-py3.12.egg/EGG-INFO/PKG-INFO": "x", f"{SITE}/zc-1.0-py3.12.egg/zc/a.py": "aa"})

    assert (packages["zc"].version, packages["zc"].unpacked_bytes) == ("1.0", 3)


def test_python__owned_by_the_distribution():
    """A module that a Debian package installed belongs to that package and is not counted again."""
    site = "usr/lib/python3/dist-packages"
    packages = found(
        {
            "var/lib/dpkg/status": "Package: python3-six\nStatus: install ok installed\nVersion: 1.16-4\n",
            "var/lib/dpkg/info/python3-six.list": f"/{site}/six.py\n/{site}/six-1.16.dist-info/RECORD\n",
            f"{site}/six.py": "s" * 70,
            f"{site}/six-1.16.dist-info/RECORD": "six.py,,\n",
        }
    )

    assert packages.keys() == {"python3-six"}


def test_python__broken_record():
    """A RECORD that is no CSV, names no file or climbs above the root owns what is left of it."""
    record = "a.py,,\n../../../../../../../../../etc/passwd,,\n" + "x" * 200_000 + ",,\n\0,,\n"

    packages = found({f"{SITE}/a-1.dist-info/RECORD": record, f"{SITE}/a.py": "aa", "etc/shadow": "root"})

    assert packages["a"].unpacked_bytes == 2 + len(record)


@pytest.mark.parametrize("name", ["idna", "packaging", "pytest"])
def test_python__real_distributions(name, tmp_path):
    """What pip installed here owns what the standard library says it owns, and byte code compiled later."""
    site = Path(sysconfig.get_path("purelib"))
    distribution = importlib.metadata.distribution(name)
    listed = {Path(os.path.normpath(file.locate())) for file in distribution.files or ()}
    for part in {path.relative_to(site).parts[0] for path in listed if path.is_relative_to(site)}:
        copy = shutil.copytree if (site / part).is_dir() else shutil.copy2
        copy(site / part, tmp_path / part)

    packages, _ = found_below(tmp_path)

    owned = {site / path.decode() for package in packages if package.name == name for path in package.paths}
    there = {path for path in listed if path.is_relative_to(site) and path.is_file()}
    assert there - owned == set()
    assert {path.suffix for path in owned - there} <= {".pyc"}
