"""Alpine packages."""

from tests.contents.packages.finding import found, found_in, layer

INSTALLED = """\
C:Q1abc=
P:musl
V:1.2.5-r0
A:x86_64
I:667648
F:lib
R:ld-musl-x86_64.so.1
a:0:0:755
Z:Q1def=
R:libc.musl-x86_64.so.1
F:usr/share/doc/musl
R:README

P:busybox
V:1.36.1-r29
F:bin
R:busybox
"""
FILES = {"lib/ld-musl-x86_64.so.1": "m" * 600, "bin/busybox": "b" * 800, "lib/other": "not listed"}


def test_apk__installed():
    """A package owns the files that its record lists and that live, and weighs what they weigh."""
    packages = found({"lib/apk/db/installed": INSTALLED} | FILES, {"lib/libc.musl-x86_64.so.1": "ld-musl-x86_64.so.1"})

    assert sorted(packages["musl"].paths) == [b"lib/ld-musl-x86_64.so.1", b"lib/libc.musl-x86_64.so.1"]
    assert (packages["musl"].version, packages["musl"].unpacked_bytes) == ("1.2.5-r0", 600)
    assert (packages["busybox"].ecosystem, packages["busybox"].unpacked_bytes) == ("apk", 800)


def test_apk__merged_usr():
    """A merged /usr keeps the database below usr/lib, and the listed paths are followed there."""
    packages = found(
        {"usr/lib/apk/db/installed": INSTALLED, "usr/lib/ld-musl-x86_64.so.1": "m" * 600},
        {"lib": "usr/lib", "bin": "usr/bin"},
    )

    assert packages["musl"].paths == (b"usr/lib/ld-musl-x86_64.so.1",)


def test_apk__corrupt():
    """Records without a name, and noise between them, are passed over."""
    packages, notes = found_in(
        layer({"lib/apk/db/installed": b"\xff\x00\n\nV:1\nF:bin\nR:busybox\n\n" + INSTALLED.encode()})
    )

    assert sorted(package.name for package in packages) == ["busybox", "musl"]
    assert notes == ()
