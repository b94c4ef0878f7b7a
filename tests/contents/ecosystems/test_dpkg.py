"""Debian packages weigh what their files weigh."""

import shutil
import subprocess

import pytest

from tests.contents.packages.finding import found, found_below, found_in, layer

STATUS = """\
Package: bash
Status: install ok installed
Section: shells
Architecture: amd64
Installed-Size: 6470
Description: GNU Bourne Again SHell
 Bash is an sh-compatible command language interpreter
 .
Version: 5.2.15-2

Package: libc6
Status: install ok installed
Architecture: amd64
Multi-Arch: same
Version: 2.36-9

Package: purged
Status: deinstall ok config-files
Version: 1

Package: build-essential
Status: install ok installed
Section: devel
Version: 12.9
"""
ROOT = {
    "var/lib/dpkg/status": STATUS,
    "var/lib/dpkg/info/bash.list": "/.\n/bin\n/bin/bash\n/usr/share/doc/bash\n/etc/skel/.bashrc\n/gone\n",
    "var/lib/dpkg/info/libc6:amd64.list": "/lib/x86_64-linux-gnu/libc.so.6\n",
    "var/lib/dpkg/info/purged.list": "/etc/purged\n",
    "usr/bin/bash": "#" * 1_000,
    "etc/skel/.bashrc": "alias",
    "usr/lib/x86_64-linux-gnu/libc.so.6": "c" * 2_000,
    "etc/purged": "left",
    "usr/share/doc/bash/README": "not listed",
}
MERGED_USR = {"bin": "usr/bin", "lib": "usr/lib", "usr/bin/sh": "bash"}


def test_dpkg__merged_usr():
    """Listed paths are followed through symlinked directories, and only what is listed belongs to a package."""
    packages = found(ROOT, MERGED_USR)

    assert (packages["bash"].unpacked_bytes, packages["bash"].version) == (1_005, "5.2.15-2")
    assert sorted(packages["bash"].paths) == [b"etc/skel/.bashrc", b"usr/bin/bash"]
    assert (packages["libc6"].unpacked_bytes, packages["bash"].section) == (2_000, "shells")


def test_dpkg__metapackage_and_purged_package():
    """A metapackage is installed though it has no bytes; a package of which only settings are left is not."""
    packages = found(ROOT, MERGED_USR)

    assert packages.keys() == {"bash", "libc6", "build-essential"}
    assert (packages["build-essential"].unpacked_bytes, packages["build-essential"].section) == (0, "devel")


def test_dpkg__diverted_file():
    """A diverted file belongs to its package under the new name, the old name to the package that took it."""
    packages = found(
        {
            "var/lib/dpkg/status": "Package: dash\nStatus: install ok installed\nVersion: 1\n\n"
            "Package: bash\nStatus: install ok installed\nVersion: 2\n",
            "var/lib/dpkg/diversions": "/bin/sh\n/bin/sh.distrib\nbash\n",
            "var/lib/dpkg/info/dash.list": "/bin/sh\n",
            "var/lib/dpkg/info/bash.list": "/bin/sh\n",
            "bin/sh": "bash",
            "bin/sh.distrib": "dash itself",
        }
    )

    assert (packages["bash"].paths, packages["dash"].paths) == ((b"bin/sh",), (b"bin/sh.distrib",))


def test_dpkg__distroless():
    """A distroless image has a file for each package, with checksums instead of lists."""
    stanza = "Package: tzdata\nVersion: 2024a\nArchitecture: all\nConffiles:\n /etc/timezone 0123\n"
    packages = found(
        {
            "var/lib/dpkg/status.d/tzdata": stanza,
            "var/lib/dpkg/status.d/tzdata.md5sums": "0123456789abcdef0123456789abcdef  usr/share/zoneinfo/UTC\n",
            "usr/share/zoneinfo/UTC": "TZif",
            "etc/timezone": "Etc/UTC",
            "usr/share/zoneinfo/Other": "not listed",
        }
    )

    assert sorted(packages["tzdata"].paths) == [b"etc/timezone", b"usr/share/zoneinfo/UTC"]
    assert (packages["tzdata"].unpacked_bytes, packages["tzdata"].version) == (11, "2024a")


def test_dpkg__removed_in_a_later_layer():
    """Files that a later layer deletes weigh nothing for the package that lists them."""
    packages, _ = found_in(layer(ROOT, MERGED_USR), layer({"usr/bin/.wh.bash": ""}))

    assert next(one for one in packages if one.name == "bash").paths == (b"etc/skel/.bashrc",)


def test_dpkg__symlink_loop():
    """Directories that link to each other end the search, not the program."""
    packages = found(ROOT, {"bin": "sbin", "sbin": "bin"})

    assert packages["bash"].paths == (b"etc/skel/.bashrc",)


def test_dpkg__real_installation(tmp_path):
    """What the real dpkg installs is found with the bytes it has."""
    if not shutil.which("dpkg"):
        pytest.skip("needs dpkg")
    build, root = tmp_path / "build", tmp_path / "root"
    for folder in (build / "DEBIAN", build / "usr/bin", root / "var/lib/dpkg/info", root / "var/lib/dpkg/updates"):
        folder.mkdir(parents=True)
    (root / "var/lib/dpkg/status").touch()
    (build / "DEBIAN/control").write_text(
        "Package: hello-size\nVersion: 1:2.0-3\nArchitecture: all\nMaintainer: a <a@example.org>\nDescription: x\n"
    )
    (build / "usr/bin/hello").write_bytes(b"h" * 12_345)
    subprocess.run(["dpkg-deb", "--build", build, tmp_path / "hello.deb"], check=True, capture_output=True)
    subprocess.run(
        [
            "dpkg",
            f"--root={root}",
            "--force-not-root",
            "--force-bad-path",
            "--log=/dev/null",
            "-i",
            tmp_path / "hello.deb",
        ],
        check=True,
        capture_output=True,
    )

    packages, notes = found_below(root)

    assert [(one.name, one.version, one.unpacked_bytes) for one in packages] == [("hello-size", "1:2.0-3", 12_345)]
    assert notes == ()
