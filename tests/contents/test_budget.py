"""Facts about hostile images: what is followed is counted, and expressions go over a text once."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.contents.ecosystems.dpkg import recommended_only
from bot.contents.file_facts import holds_secret, read_facts
from bot.contents.file_formats.elf import read_elf
from bot.contents.file_locations import locate, plan_requests
from bot.contents.lookup import find_program
from bot.contents.start_command import Started, read_command, start_script
from bot.contents.work_budget import Work
from bot.errors import WorkError
from bot.model.image import Entry, EntryKind, ImageConfig, Layer
from bot.model.limits import Limits
from tests.contents.elves import elf
from tests.contents.test_file_facts import Files, image
from tests.cpu import within_seconds_of_cpu

OLD_SECRET = re.compile(
    rb"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----|_authToken\s*=\s*[^\s$]|_password\s*=\s*[^\s$]|\"auth\"\s*:\s*\"[^\"]"
    rb"|aws_secret_access_key\s*=\s*\S|^\s*password\s*[:=]\s*\S|\blogin\s+\S+\s+password\s+\S|://[^/\s:]+:[^@\s]+@"
    rb"|^(?:export )?[A-Z0-9_]*(?:SECRET|TOKEN|PASSWORD|API_KEY|PRIVATE_KEY)[A-Z0-9_]*=['\"]?[^\s'\"$]{6}",
    re.MULTILINE,
)
WORDS = [
    b"://",
    b":",
    b"@",
    b"a",
    b" ",
    b"\n",
    b"TOKEN",
    b"=",
    b"abcdef",
    b"export ",
    b"'",
    b"$",
    b"password",
    b"_",
    b"/",
]


@given(st.lists(st.sampled_from(WORDS), max_size=12).map(b"".join))
def test_secret__as_the_expression_that_tried_every_place(content):
    """Going over a text once finds what the former expression found."""
    assert holds_secret(content) is (OLD_SECRET.search(content) is not None)


@pytest.mark.parametrize("part", ["://a:", "SECRET", "\\n", " ", "://a:@", "login ", "password ", "A_", "export "])
def test_secret__hostile_text(part):
    """Two hundred files of one repeated part are gone through in a moment."""
    code = f"from bot.contents.file_facts import holds_secret\nfor _ in range(200): assert not holds_secret(b'{part}' * 65536)"

    assert within_seconds_of_cpu(code)


def test_command__of_a_million_wrappers():
    """A command of wrappers alone is read in one pass."""
    assert within_seconds_of_cpu(
        "from bot.contents.start_command import read_command\nfrom bot.model.image import ImageConfig\n"
        "read_command(ImageConfig(entrypoint=('exec',) * 1_000_000))"
    )


def test_command__of_one_long_word():
    """A shell command of a word of megabytes is not taken apart letter by letter."""
    assert within_seconds_of_cpu(
        "from bot.contents.start_command import read_command\nfrom bot.model.image import ImageConfig\n"
        "read_command(ImageConfig(cmd=('sh', '-c', 'x' * 7_000_000)))"
    )


def test_command__wrappers_and_options_are_left_out():
    """Of several wrappers with options the program is what is left."""
    started = read_command(ImageConfig(entrypoint=("tini", "--", "env", "A=1", "exec", "main", "-x")))

    assert started == Started("main", ("-x",), by_shell=False, simple=True)


def test_path__of_seven_megabytes():
    """Of PATH no more is looked at than a system would pass to a program, and every place is counted."""
    path = ":".join(f"/{n:x}" for n in range(1_000_000))
    config = ImageConfig(env=(f"PATH={path}",))
    work = Work(Limits(read_steps=500_000))

    assert find_program(image("COPY . .\n  a 9").tree, config, "nothing", work) is None


def test_libraries__that_are_many_in_many_places():
    """Needed names times places is counted: past the budget there are no facts rather than half of them."""
    many = elf(
        interpreter="/lib/ld.so",
        needed=tuple(f"l{n}" for n in range(500)),
        runpath=":".join(f"/d{n}" for n in range(500)),
    )
    drawn = image("COPY . .\n  app/main 900")

    with pytest.raises(WorkError):
        read_facts(drawn.image.config, drawn.tree, (1,), Files({"app/main": many}), Work(Limits(read_steps=100_000)))


def test_libraries__are_read_within_the_bytes():
    """Files to follow that are larger than what is left are not read."""
    drawn = image("COPY . .\n  app/main 900")
    files = Files({"app/main": elf()})

    with pytest.raises(WorkError):
        read_facts(drawn.image.config, drawn.tree, (1,), files, Work(Limits(read_bytes=899)))
    assert files.rounds == []


def test_elf__tags_without_end():
    """A dynamic section of a hundred thousand tags, each a string of megabytes, is read as far as any loader goes."""
    assert within_seconds_of_cpu(
        "import struct\nfrom bot.contents.file_formats.elf import read_elf\nfrom tests.contents.elves import elf\n"
        "sound = elf(needed=('a' * 2_000_000,))\ntags = struct.pack('<QQ', 1, 1) * 100_000\n"
        "broken = bytearray(sound + sound[-0:])\n"
        "at = len(broken)\nbroken += struct.pack('<QQ', 5, 0x400000) + tags\n"
        "struct.pack_into('<QQQQ', broken, 64 + 56 + 8, at, 0x400000 + at, 0x400000 + at, len(broken) - at)\n"
        "assert read_elf(bytes(broken)) is not None"
    )


def test_elf__sections_that_lie_outside():
    """A section table that ends behind the file makes it no ELF file."""
    broken = bytearray(elf(sections=((".symtab", 9),)))
    broken[60:62] = b"\xff\xff"

    assert read_elf(bytes(broken)) is None


def test_recommended__a_name_that_all_provide_and_all_depend_on():
    """Twenty thousand packages that provide and need one name are followed once each."""
    assert within_seconds_of_cpu(
        "from bot.contents.ecosystems.dpkg import recommended_only\n"
        "status = b''.join(b'Package: p%d\\nStatus: install ok installed\\nProvides: v\\nDepends: v\\n\\n' % n"
        " for n in range(20_000))\nassert recommended_only(status, b'') == frozenset()"
    )


def test_recommended__a_status_file_without_end():
    """Lines of the status file are counted like any other."""
    with pytest.raises(WorkError):
        recommended_only(b"Package: a\n" * 5_000, b"", Work(Limits(read_steps=1_000)))


def test_tree__many_names_of_one_inode():
    """Forking and finishing a filesystem looks at an inode once, not once for each of its names."""
    assert within_seconds_of_cpu(
        "from bot.contents.merged_tree import merge_together\nfrom bot.model.image import Entry, EntryKind\n"
        "from tests.contents.test_budget import layer_of, link\n"
        "count = 100_000\n"
        "low = layer_of('a', [Entry(b'f0', EntryKind.FILE, 1, 0o644, (0, 0), b'', 1), *(link(n) for n in range(1, count))])\n"
        "gone = layer_of('b', [Entry(b'f%d' % n, EntryKind.WHITEOUT, 0, 0, (0, 0), b'', None) for n in range(count // 2)])\n"
        "other = layer_of('c', [])\n"
        "assert len(merge_together([[low, gone], [low, other]])[0].live) == count // 2"
    )


def link(number: int) -> Entry:
    """Return one more name of the first file."""
    return Entry(b"f%d" % number, EntryKind.HARD_LINK, 0, 0o644, (0, 0), b"f0", None)


def layer_of(name: str, entries: list[Entry]) -> Layer:
    """Return a layer of entries."""
    return Layer(f"sha256:{name * 64}", sum(one.stored_bytes for one in entries), None, entries=entries)


def test_locate__under_many_layers():
    """Files below three hundred layers are located without asking for their folders once a layer."""
    assert within_seconds_of_cpu(
        "from bot.contents.file_locations import locate\nfrom bot.model.image import Entry, EntryKind\n"
        "from tests.contents.test_budget import layer_of\n"
        "paths = [b'a/' * 200 + b'%d' % n for n in range(20_000)]\n"
        "low = layer_of('a', [Entry(path, EntryKind.FILE, 1, 0o644, (0, 0), b'', 1) for path in paths])\n"
        "assert len(locate([low, *(layer_of('b', []) for _ in range(300))], paths)[0]) == 20_000"
    )


def test_locate__what_a_layer_hides_stays_hidden():
    """A file or a whiteout in place of a folder hides all below it, siblings with longer names excepted."""
    low = layer_of("a", [Entry(path, EntryKind.FILE, 1, 0o644, (0, 0), b"", 1) for path in (b"a/b/c", b"a/bc", b"a0")])
    top = layer_of("b", [Entry(b"a/b", EntryKind.WHITEOUT, 0, 0, (0, 0), b"", None)])

    assert locate([low, top], [b"a/b/c", b"a/bc", b"a0"]) == {0: {b"a/bc": b"a/bc", b"a0": b"a0"}}


def test_cover__deep_folders():
    """Folders deeper than any system has are covered without making every path of every level again."""
    assert within_seconds_of_cpu(
        "from bot.contents.file_locations import plan_requests\nfrom bot.model.image import Entry, EntryKind\n"
        "paths = [b'a/' * 2000 + b'%d' % n for n in range(5_000)]\n"
        "entries = [Entry(b'a/' * 2000 + b'x%d/y' % n, EntryKind.FILE, 1, 0o644, (0, 0), b'', 1) for n in range(5_000)]\n"
        "assert plan_requests(paths, entries)"
    )


def test_cover__still_chooses_the_cheaper_way():
    """A folder is asked for as a whole where that is cheaper, and files one by one where it is not."""
    entries = [Entry(path, EntryKind.FILE, 1, 0o644, (0, 0), b"", 1) for path in (b"d/x", b"d/y", b"e/z")]

    assert set(plan_requests([b"d/x", b"d/y"], entries)) == {b"d"}


@pytest.mark.parametrize("name", ["/app/\ud800", "\ud800", "/\udcff"])
def test_program__whose_name_is_half_a_character(name):
    """A lone surrogate, which a JSON document can hold, names nothing and breaks nothing."""
    drawn = image("COPY . .\n  a 9", name)

    assert read_facts(drawn.image.config, drawn.tree, (1,), Files({})).runtime.program is None


def test_npm_start__a_script_of_half_a_character():
    """So does one in package.json."""
    assert start_script(b'{"scripts": {"start": "exec x\\ud800 y"}}', ("start",)) == Started(
        "x\N{REPLACEMENT CHARACTER}", ("y",), by_shell=True, simple=True
    )
