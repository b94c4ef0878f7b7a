"""Records of packages that are there in fewer images: opkg, manifests of distroless images, files instead of folders."""

import io
import re
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.contents.ecosystems.java import named_version
from bot.contents.file_formats.zip_directory import members, read_start
from bot.contents.work_budget import Work
from tests.contents.ecosystems.test_rpm import BASH, sqlite
from tests.contents.packages.finding import found, found_in, layer

SITE = "usr/lib/python3.12/site-packages"
MANIFEST = "var/lib/rpmmanifest/container-manifest-2"


def row(name: str, version: str, epoch: str) -> str:
    """Write a line of rpm's manifest."""
    return f"{name}\t{version}\t1653816591\t1653753130\tMicrosoft\t(none)\t-1\tx86_64\t{epoch}\ts.rpm"


def test_dpkg__a_stanza_without_a_name():
    """A stanza that names no package is none, in the status file and in a distroless one."""
    packages, notes = found_in(
        layer(
            {
                "var/lib/dpkg/status": "Status: install ok installed\nVersion: 1\n\nPackage: a\nVersion: 2\n",
                "var/lib/dpkg/status.d/x": "Version: 1\n",
            }
        )
    )

    assert ([one.name for one in packages], notes) == (["a"], ())


def test_dpkg__state_below_usr():
    """An image that keeps dpkg's state in ``/usr/lib/dpkg`` has its packages found."""
    packages = found(
        {
            "usr/lib/dpkg/status": "Package: bash\nStatus: install ok installed\nVersion: 5\n",
            "usr/lib/dpkg/info/bash.list": "/usr/bin/bash\n",
            "usr/bin/bash": "b" * 40,
        }
    )

    assert (packages["bash"].ecosystem, packages["bash"].unpacked_bytes) == ("deb", 40)


def test_dpkg__a_stanza_that_comes_twice():
    """A package that the status file repeats is one package."""
    stanza = "Package: bash\nStatus: install ok installed\nVersion: 5\n\n"

    assert len(found_in(layer({"var/lib/dpkg/status": stanza * 3})).packages) == 1


@pytest.mark.parametrize("folder", ["usr/lib/opkg", "var/lib/opkg"])
def test_opkg__status_and_lists(folder):
    """Packages of OpenWrt own what their lists name, with and without mode and link target after a tab."""
    packages = found(
        {
            f"{folder}/status": "Package: busybox\nVersion: 1.36-1\nStatus: install user installed\n\n"
            "Package: gone\nVersion: 1\nStatus: deinstall user not-installed\n\nVersion: 7\n",
            f"{folder}/info/busybox.list": "/bin/busybox\t0100755\t\n/bin/ls\n",
            "bin/busybox": "b" * 30,
            "bin/ls": "l" * 5,
        }
    )

    assert packages.keys() == {"busybox"}
    assert (packages["busybox"].ecosystem, packages["busybox"].version) == ("opkg", "1.36-1")
    assert packages["busybox"].unpacked_bytes == 35


def test_rpm__manifest_of_a_distroless_image():
    """Where there is no rpm database the manifest names the packages; sizes and epochs that are no numbers are passed over."""
    rows = [row("glibc", "2.35-3.cm2", "0"), row("grub", "2.06-1", "1"), row("odd", "1-1", "-1"), "torn\t1"]

    packages = found({MANIFEST: "\n".join(rows) + "\n"})

    assert {name: one.version for name, one in packages.items()} == {
        "glibc": "2.35-3.cm2",
        "grub": "1:2.06-1",
        "odd": "1-1",
    }


def test_rpm__database_beside_a_manifest():
    """A database says more than the manifest, which is not read beside it."""
    packages = found({"var/lib/rpm/rpmdb.sqlite": sqlite(BASH), MANIFEST: row("bash", "0-0", "0")})

    assert packages["bash"].version == "5.2.26-3.fc40"


def test_rpm__database_that_computes():
    """A database whose table is a view is refused: it could work for hours on a few bytes."""
    import sqlite3

    with sqlite3.connect(":memory:") as database:
        database.execute("CREATE VIEW Packages AS SELECT zeroblob(9) AS blob")
        content = database.serialize()

    packages, notes = found_in(layer({"var/lib/rpm/rpmdb.sqlite": content}))

    assert (packages, notes) == ((), ("The rpm database could not be read: its packages are shown as paths.",))


def test_python__without_a_record():
    """A dist-info without the optional RECORD owns its folder and the modules that it names."""
    packages = found(
        {
            f"{SITE}/Some_Pkg-2.0.dist-info/METADATA": "Name: Some_Pkg",
            f"{SITE}/Some_Pkg-2.0.dist-info/top_level.txt": "some_pkg\nsingle\n",
            f"{SITE}/some_pkg/__init__.py": "p" * 100,
            f"{SITE}/single.py": "s" * 10,
            f"{SITE}/other.py": "somebody else's",
        }
    )

    assert packages.keys() == {"some-pkg"}
    assert (packages["some-pkg"].version, packages["some-pkg"].unpacked_bytes) == ("2.0", 100 + 10 + 14 + 16)


def test_python__egg_info_that_is_a_file():
    """What distutils installed has one file of metadata, which names no other."""
    packages = found({f"{SITE}/PyGObject-3.42.egg-info": "Name: PyGObject", f"{SITE}/gi.py": "x"})

    assert (packages["pygobject"].version, packages["pygobject"].unpacked_bytes) == ("3.42", 15)


def test_python__egg_that_is_a_file():
    """A zipped egg is a package of one file."""
    packages = found({f"{SITE}/zc.buildout-3.0-py3.12.egg": "PK" * 20})

    assert (packages["zc-buildout"].version, packages["zc-buildout"].unpacked_bytes) == ("3.0", 40)


def test_python__of_debian_stays_debians():
    """A file of metadata that a Debian package brought is not counted as Python's."""
    site = "usr/lib/python3/dist-packages"

    assert found({"var/lib/dpkg/status": "", f"{site}/PyGObject-3.42.egg-info": "x"}) == {}


OLD_FILE_NAME = re.compile(r"([A-Za-z][\w.+-]*?)[-_]v?([0-9][\w.+]*(?:-[\w.+]+)*)\.[jwe]ar")


@given(st.text(alphabet="av1-_.+!", max_size=14))
def test_java__name_and_version_of_a_file_name(stem):
    """Splitting in one pass gives what the expression gave that tried every place."""
    match = OLD_FILE_NAME.fullmatch(stem + ".jar")

    assert named_version(stem + ".jar") == (match.groups() if match else None)


@given(
    st.dictionaries(st.text("ab/.", min_size=1, max_size=6), st.binary(max_size=60), max_size=5),
    st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]),
    st.binary(max_size=20),
    st.binary(max_size=20).filter(lambda text: b"PK" not in text),
)
def test_zip__against_the_standard_library(files, method, prefix, comment):
    """Members and their contents are those that the standard library reads, behind a launcher script or not."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        archive.comment = comment
        for name, content in files.items():
            archive.writestr(name, content)
    content = prefix + stream.getvalue()

    found_members = {one.name.decode(): read_start(content, one, 50) for one in members(content, Work())}

    assert found_members == {name: content[:50] for name, content in files.items()}


def test_zip__member_that_is_not_deflated():
    """Bytes that deflate never wrote are a member without content, not an exception."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", b"Implementation-Title: x\n" * 9)
    (member,) = members(stream.getvalue(), Work())
    start = member.offset + 31

    damaged = (
        stream.getvalue()[:start]
        + b"\xff" * member.compressed_bytes
        + stream.getvalue()[start + member.compressed_bytes :]
    )

    assert read_start(damaged, member, 50) == b""


@given(st.binary(max_size=80), st.integers(0, 100), st.integers(0, 30))
def test_zip__damaged(noise, at, cut):
    """Whatever is written over an archive, reading it ends without an exception."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("META-INF/MANIFEST.MF", b"Implementation-Title: x\n" * 9)
    content = stream.getvalue()
    damaged = content[:at] + noise + content[at + cut :]

    assert all(len(read_start(damaged, one, 50)) <= 50 for one in members(damaged, Work()))
