"""Go programs and modules."""

import shutil
import struct
import sys
from pathlib import Path

import pytest

from bot.contents.ecosystems.golang import BuildInfo, read_build_info
from tests.contents.packages.finding import found_in, layer

MODULE = b"path\texample.org/shop/cmd/shop\nmod\texample.org/shop\tv1.2.3\th1:abc=\nbuild\tCGO_ENABLED=0\n"
SENTINEL = b"0123456789abcdef"
INFO = BuildInfo("go1.22.4", "example.org/shop/cmd/shop", "example.org/shop", "v1.2.3")


def varint(number: int) -> bytes:
    """Write a length as LEB128."""
    digits = b""
    while number >= 0x80:
        digits += bytes([number & 0x7F | 0x80])
        number >>= 7
    return digits + bytes([number])


def inline(module: bytes = MODULE, *, before: int = 64) -> bytes:
    """Write what a linker of Go 1.18 and later leaves in a program."""
    strings = b"".join(varint(len(text)) + text for text in (b"go1.22.4", SENTINEL + module + SENTINEL))
    return b"\x7fELF\x02\x01".ljust(before, b"\0") + b"\xff Go buildinf:\x08\x02".ljust(32, b"\0") + strings


def pointed(order: str = "<") -> bytes:
    """Write an ELF whose build information points to strings by virtual address, as before Go 1.18."""
    base, strings = 0x400000, 0x200
    module = SENTINEL + MODULE + SENTINEL
    head = b"\x7fELF\x02" + (b"\x01" if order == "<" else b"\x02")
    head = head.ljust(32, b"\0") + struct.pack(order + "Q", 64)
    head = head.ljust(54, b"\0") + struct.pack(order + "HH", 56, 1)
    segment = struct.pack(order + "IIQQQQQQ", 1, 6, 0, base, base, 0x1000, 0x1000, 0x1000)
    info = b"\xff Go buildinf:\x08" + (b"\x00" if order == "<" else b"\x01")
    info += struct.pack(order + "QQ", base + 0x180, base + 0x190)
    headers = struct.pack(order + "QQQQ", base + strings, 8, base + strings + 8, len(module))
    content = (head.ljust(64, b"\0") + segment).ljust(0x100, b"\0") + info
    return ((content.ljust(0x180, b"\0") + headers).ljust(strings, b"\0") + b"go1.22.4" + module).ljust(0x1000, b"\0")


@pytest.mark.parametrize("program", [inline(), pointed("<"), pointed(">")])
def test_read_build_info__formats(program):
    """Strings in place and strings behind pointers, in both byte orders, say the same."""
    assert read_build_info(program) == INFO


def test_read_build_info__magic_in_other_data():
    """The magic also occurs in programs that read build information; only an aligned one that makes sense counts."""
    decoys = b"\x7fELF".ljust(7, b"\0") + b"\xff Go buildinf:" + b"\0" * 43

    assert read_build_info(decoys + inline()) == INFO


@pytest.mark.parametrize("cut", [0, 40, 70, 79, 80, 95, 97, 100, 120])
def test_read_build_info__cut_short(cut):
    """A program that ends anywhere gives what there is or nothing, and never fails."""
    info = read_build_info(inline()[:cut])

    assert info is None or "go1.22.4".startswith(info.go_version)


def test_read_build_info__length_that_lies():
    """A length beyond any reason is not believed."""
    assert read_build_info(b"\xff Go buildinf:\x08\x02".ljust(32, b"\0") + b"\xff" * 20) is None


def test_golang__program_of_the_application():
    """A large program with build information belongs to its main module; other programs belong to nobody."""
    shop, other = inline().ljust(2_000_000, b"\0"), b"\x7fELF".ljust(1_500_000, b"\0")

    packages, _ = found_in(layer({"app/shop": shop, "app/other": other}, mode=0o755))

    assert [(one.ecosystem, one.name, one.version, one.unpacked_bytes) for one in packages] == [
        ("go", "example.org/shop", "v1.2.3", 2_000_000)
    ]


def test_golang__program_of_the_distribution():
    """Programs that came with the package manager's layer into its directories are not even read."""
    status = "Package: docker\nStatus: install ok installed\nVersion: 1\n"
    program = inline().ljust(2_000_000, b"\0")
    below = layer({"var/lib/dpkg/status": status, "usr/bin/docker": program, "usr/local/bin/shop": program}, mode=0o755)

    packages, _ = found_in(below, layer({"usr/bin/shop": program}, mode=0o755))

    assert sorted(path for one in packages for path in one.paths) == [b"usr/bin/shop", b"usr/local/bin/shop"]


def test_golang__toolchain():
    """The Go toolchain's own programs are no application."""
    program = inline(b"path\tcmd/go\n").ljust(2_000_000, b"\0")

    packages, _ = found_in(
        layer({"usr/local/go/bin/go": program, "usr/local/go/pkg/tool/linux_amd64/compile": program}, mode=0o755)
    )

    assert packages == ()


def test_golang__module_cache():
    """Unpacked modules are packages, capitals unescaped; the download cache is not."""
    cache = "go/pkg/mod"
    packages, _ = found_in(
        layer(
            {
                f"{cache}/github.com/!burnt!sushi/toml@v1.3.2/a.go": "a" * 10,
                f"{cache}/github.com/!burnt!sushi/toml@v1.3.2/deep/b.go": "b" * 5,
                f"{cache}/cache/download/github.com/x/y/@v/v1.0.0.zip": "zip",
            }
        )
    )

    assert [(one.name, one.version, one.unpacked_bytes) for one in packages] == [
        ("github.com/BurntSushi/toml", "v1.3.2", 15)
    ]


def test_read_build_info__real_program():
    """A program that a real Go linker wrote is read."""
    act = shutil.which("act", path=str(Path(sys.executable).parent))
    if act is None:
        pytest.skip("needs act, which is a Go program")

    info = read_build_info(Path(act).read_bytes())

    assert info is not None
    assert (info.package, info.go_version[:4]) == ("act", "go1.")
