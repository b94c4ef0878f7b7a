"""ELF files: what they link, what they carry, how Go built them."""

import io
import random
import sys
from pathlib import Path

import pytest
from elftools.elf.dynamic import DynamicSegment
from elftools.elf.elffile import ELFFile

from bot.contents.file_formats.elf import read_elf
from tests.contents.elves import elf


def test_static_program__needs_nothing():
    """Without interpreter and libraries a program is static."""
    facts = read_elf(elf())

    assert facts is not None
    assert (facts.static, facts.interpreter, facts.needed) == (True, "", ())


def test_dynamic_program__names_interpreter_libraries_and_search_path():
    """What the loader reads is read."""
    facts = read_elf(
        elf(interpreter="/lib64/ld.so", needed=("libc.so.6", "libssl.so.3"), runpath="$ORIGIN/lib:/opt/lib")
    )

    assert facts is not None
    assert (facts.interpreter, facts.needed) == ("/lib64/ld.so", ("libc.so.6", "libssl.so.3"))
    assert facts.search == ("$ORIGIN/lib", "/opt/lib")
    assert not facts.static


def test_search_path__of_many_long_places():
    """A search path of dozens of store paths, as Nix writes, is read whole."""
    places = tuple(f"/nix/store/{'x' * 60}{n}/lib" for n in range(200))

    facts = read_elf(elf(needed=("a",), runpath=":".join(places)))

    assert facts is not None
    assert facts.search == places


def test_tags__that_no_program_has():
    """Of a table of dynamic tags the first ten thousand are read, where no end was found; what comes later is not."""
    tags = [read_elf(elf(needed=("a",) * count)) for count in (9_999, 10_000)]

    assert [facts and facts.needed for facts in tags] == [("a",), ()]


def test_symbols__are_counted_by_section():
    """Symbol tables and debug sections count, other sections do not."""
    facts = read_elf(elf(sections=((".symtab", 100), (".strtab", 20), (".debug_info", 3000), (".comment", 50))))

    assert facts is not None
    assert facts.symbol_bytes == 3120


def test_real_program__is_read():
    """The interpreter that runs these tests is a dynamic program that names the C library."""
    facts = read_elf(Path(sys.executable).resolve().read_bytes())

    assert facts is not None
    assert any(name.startswith("libc.") for name in facts.needed)


def test_programs_of_this_machine__as_pyelftools_reads_them():
    """Programs and libraries say what a general reader says of them."""
    candidates = [*Path("/usr/bin").iterdir(), *Path("/lib").glob("*-linux-gnu/*.so*"), Path(sys.executable).resolve()]
    paths = [path for path in sorted(candidates) if path.is_file() and path.stat().st_size < 400_000]
    contents = [content for path in paths if (content := path.read_bytes()).startswith(b"\x7fELF")]

    for content in contents[::10]:
        elf_file = ELFFile(io.BytesIO(content))
        dynamic = next((one for one in elf_file.iter_segments() if isinstance(one, DynamicSegment)), None)
        tags = list(dynamic.iter_tags()) if dynamic else []
        sections = [one for one in elf_file.iter_sections() if not one["sh_flags"] & 2]
        facts = read_elf(content)
        assert facts is not None
        assert facts.needed == tuple(tag.needed for tag in tags if tag.entry.d_tag == "DT_NEEDED")
        assert facts.symbol_bytes == sum(
            one["sh_size"]
            for one in sections
            if one.name.startswith((".symtab", ".strtab", ".debug_", ".gnu.debuglto"))
        )


@pytest.mark.parametrize("content", [b"", b"#!/bin/sh\n", b"\x7fELF", b"\x7fELF" + b"\xff" * 200, elf()[:100]])
def test_other_files__are_none(content: bytes):
    """Scripts, nothing, and files too broken to load are no ELF."""
    assert read_elf(content) is None


def test_hostile_program__never_raises():
    """Whatever bytes are flipped, reading ends with facts or with nothing."""
    sound = elf(
        interpreter="/lib/ld.so",
        needed=("a", "b"),
        runpath="/x",
        sections=((".symtab", 9),),
    )
    dice = random.Random(6)

    for _ in range(2000):
        broken = bytearray(sound)
        for _ in range(dice.randint(1, 8)):
            broken[dice.randrange(len(broken))] = dice.randrange(256)
        read_elf(bytes(broken))
