"""The rpm database, in the formats that are read and those that are not."""

import shutil
import sqlite3
import struct
import subprocess
from collections.abc import Sequence

import pytest

from bot.contents.file_formats.rpm_database import hash_values, read_header
from tests.contents.packages.finding import found, found_below, found_in, layer


def header(name: str, version: str, paths: Sequence[str], *, epoch: int | None = None) -> bytes:
    """Write a header as rpm does, with a tag that nobody asks for among the others."""
    folders = sorted({path.rpartition("/")[0] + "/" for path in paths})
    numbers = [folders.index(path.rpartition("/")[0] + "/") for path in paths]
    upstream, _, release = version.partition("-")
    values = [
        (1000, 6, 1, name.encode() + b"\0"),
        (1001, 6, 1, upstream.encode() + b"\0"),
        (1002, 6, 1, release.encode() + b"\0"),
        *([(1003, 4, 1, struct.pack(">I", epoch))] if epoch is not None else []),
        (1004, 9, 1, b"a summary\0"),
        (1116, 4, len(paths), struct.pack(f">{len(paths)}I", *numbers)),
        (1117, 8, len(paths), b"".join(path.rpartition("/")[2].encode() + b"\0" for path in paths)),
        (1118, 8, len(folders), b"".join(folder.encode() + b"\0" for folder in folders)),
    ]
    index, data = b"", b""
    for tag, kind, count, value in values:
        data += b"\0" * (-len(data) % 4 if kind == 4 else 0)
        index += struct.pack(">IIII", tag, kind, len(data), count)
        data += value
    return struct.pack(">II", len(values), len(data)) + index + data


def sqlite(*blobs: bytes, wal: bool = False) -> bytes:
    """Write the database that rpm 4.16 and later keep."""
    with sqlite3.connect(":memory:") as database:
        database.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)")
        database.executemany("INSERT INTO Packages (blob) VALUES (?)", [(blob,) for blob in blobs])
        database.commit()
        content = database.serialize()
    return content[:18] + b"\x02\x02" + content[20:] if wal else content


def ndb(*blobs: bytes) -> bytes:
    """Write the database that SUSE keeps: a page of slots, then the blobs in units of 16 bytes."""
    slots, data = b"", b""
    for number, blob in enumerate(blobs, start=1):
        body = struct.pack("<4sIII", b"BlbS", number, 0, len(blob)) + blob
        body += b"\0" * (-len(body) % 16)
        slots += struct.pack("<4sIII", b"Slot", number, (4096 + len(data)) // 16, len(body) // 16)
        data += body
    return (struct.pack("<4sIII", b"RpmP", 0, 1, 1) + b"\0" * 16 + slots).ljust(4096, b"\0") + data


def berkeley(*blobs: bytes, order: str = "<", size: int = 512) -> bytes:
    """Write the hash database of older rpms: each key in a page of its own, its value in a chain of overflow pages."""
    pages = [b""]
    for number, blob in enumerate(blobs, start=1):
        item = struct.pack(order + "BxxxII", 3, len(pages) + 1, len(blob))
        key = b"\1" + struct.pack(order + "I", number)
        offsets = struct.pack(order + "HH", size - len(key), size - len(key) - len(item))
        head = struct.pack(order + "QIIIHHBB", 0, len(pages), 0, 0, 2, 0, 0, 13)
        pages.append((head + offsets).ljust(size - len(key) - len(item), b"\0") + item + key)
        parts = [blob[at : at + size - 26] for at in range(0, len(blob), size - 26)]
        for at, part in enumerate(parts, start=1):
            following = len(pages) + 1 if at < len(parts) else 0
            head = struct.pack(order + "QIIIHHBB", 0, len(pages), 0, following, 1, len(part), 0, 7)
            pages.append((head + part).ljust(size, b"\0"))
    pages[0] = struct.pack(order + "QIIII", 0, 0, 0x061561, 9, size).ljust(size, b"\0")
    return b"".join(pages)


BASH = header("bash", "5.2.26-3.fc40", ["/bin/bash", "/etc/skel/.bashrc"])
GLIBC = header("glibc", "2.39-1", ["/lib64/libc.so.6"], epoch=2)
FILES = {"usr/bin/bash": "b" * 1_000, "etc/skel/.bashrc": "alias", "usr/lib64/libc.so.6": "c" * 500}
MERGED_USR = {"bin": "usr/bin", "lib64": "usr/lib64"}


@pytest.mark.parametrize(
    ("path", "database"),
    [
        ("var/lib/rpm/rpmdb.sqlite", sqlite(BASH, GLIBC)),
        ("usr/lib/sysimage/rpm/rpmdb.sqlite", sqlite(BASH, GLIBC, wal=True)),
        ("usr/lib/sysimage/rpm/Packages.db", ndb(BASH, GLIBC)),
        ("var/lib/rpm/Packages", berkeley(BASH, GLIBC)),
        ("var/lib/rpm/Packages", berkeley(BASH, GLIBC, order=">")),
    ],
)
def test_rpm__formats(path, database):
    """SQLite in either journal mode, SUSE's format and Berkeley DB give the same packages."""
    packages = found({path: database} | FILES, MERGED_USR)

    assert {name: (one.version, one.unpacked_bytes) for name, one in packages.items()} == {
        "bash": ("5.2.26-3.fc40", 1_005),
        "glibc": ("2:2.39-1", 500),
    }


@pytest.mark.parametrize(
    "path", ["var/lib/rpm/Packages", "usr/lib/sysimage/rpm/Packages.db", "var/lib/rpm/rpmdb.sqlite"]
)
def test_rpm__something_else(path):
    """A file that is no database of its format is said to be unreadable, and other files stay paths."""
    packages, notes = found_in(layer({path: b"\0" * 9_000} | FILES))

    assert (packages, notes) == ((), ("The rpm database could not be read: its packages are shown as paths.",))


def test_rpm__blobs_that_overlap():
    """Slots that all point at one blob do not make it read a thousand times."""
    content = bytearray(ndb(BASH, GLIBC))
    content[48:4096] = bytes(content[32:48]) * 253

    packages, _ = found_in(layer({"usr/lib/sysimage/rpm/Packages.db": bytes(content)} | FILES, MERGED_USR))

    assert len(packages) < 30


def test_hash_values__overflow_pages_in_a_circle():
    """A chain of overflow pages that bites its tail is read once."""
    content = bytearray(berkeley(b"v" * 600))
    content[3 * 512 + 16 : 3 * 512 + 20] = struct.pack("<I", 2)

    assert list(hash_values(bytes(content))) == [b"v" * 600]


def test_hash_values__real_database(tmp_path):
    """A database that Berkeley DB itself wrote gives back every value, small and large, in both byte orders."""
    load = shutil.which("db5.3_load") or shutil.which("db_load")
    if load is None:
        pytest.skip("needs db_load of Berkeley DB")
    values = [bytes([number % 251]) * (number * 37) for number in range(1, 200)]
    for order in ("1234", "4321"):
        pairs = [f" {number:08x}\n {value.hex()}" for number, value in enumerate(values)]
        settings = ["VERSION=3", "format=bytevalue", "type=hash", f"db_lorder={order}", "HEADER=END"]
        dump = "\n".join([*settings, *pairs, "DATA=END", ""])
        subprocess.run([load, tmp_path / order], input=dump.encode(), check=True, capture_output=True)

        assert sorted(hash_values((tmp_path / order).read_bytes())) == sorted(values)


def test_rpm__write_ahead_log():
    """A log beside the database may hold changes that are not seen, which is said."""
    files = {"var/lib/rpm/rpmdb.sqlite": sqlite(BASH), "var/lib/rpm/rpmdb.sqlite-wal": "pages"}

    packages, notes = found_in(layer(files | FILES, MERGED_USR))

    assert [package.name for package in packages] == ["bash"]
    assert notes == ("The rpm database has a write-ahead log that is not read: its last changes may be missing.",)


def test_rpm__database_that_never_ends():
    """A view that counts for ever in place of the table is given up."""
    with sqlite3.connect(":memory:") as database:
        database.execute(
            "CREATE VIEW Packages AS WITH RECURSIVE n(blob) AS "
            "(SELECT x'00' UNION ALL SELECT blob FROM n) SELECT count(*) AS blob FROM n"
        )
        content = database.serialize()

    packages, notes = found_in(layer({"var/lib/rpm/rpmdb.sqlite": content}))

    assert (packages, notes) == ((), ("The rpm database could not be read: its packages are shown as paths.",))


def test_read_header__counts_that_lie():
    """A header whose counts and offsets point outside names nothing and reads nothing outside."""
    assert read_header(b"") is None
    assert read_header(struct.pack(">II", 2**32 - 1, 2**32 - 1) + BASH[8:40]) is None
    assert read_header(struct.pack(">II", 1, 10) + struct.pack(">IIII", 1000, 6, 2**31, 1)) is None


def test_rpm__real_installation(tmp_path):
    """What the real rpm installs is found with the bytes it has."""
    if not shutil.which("rpmbuild"):
        pytest.skip("needs rpm and rpmbuild")
    root, spec = tmp_path / "root", tmp_path / "hello.spec"
    spec.write_text(
        "Name: hello-size\nEpoch: 3\nVersion: 1.5\nRelease: 2\nSummary: x\nLicense: none\nBuildArch: noarch\n"
        "%description\nx\n%install\nmkdir -p %{buildroot}/usr/bin\n"
        "head -c 12345 /dev/zero > %{buildroot}/usr/bin/hello\n%files\n/usr/bin/hello\n"
    )
    build = ["rpmbuild", "-bb", "--define", f"_topdir {tmp_path}/top", "--define", "__os_install_post %{nil}", spec]
    subprocess.run(build, check=True, capture_output=True)
    (package,) = (tmp_path / "top/RPMS/noarch").iterdir()
    install = ["rpm", "--root", root, "--dbpath", "/var/lib/rpm", "--nodeps", "--ignorearch", "-i", package]
    subprocess.run(install, check=True, capture_output=True)

    packages, notes = found_below(root)

    assert [(one.name, one.version, one.unpacked_bytes) for one in packages] == [("hello-size", "3:1.5-2", 12_345)]
    assert notes == ()
