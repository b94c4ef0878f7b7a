"""The tar scanner against honest archives of every kind, and against all that hostile ones try."""

import io
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import DeadweightError, ImageError, LimitError
from bot.layers.codec import decode_layer, encode_layer
from bot.layers.headers import BrokenHeaderError, looks_like_tar, number, pax_records
from bot.layers.layer import Allowance, ScannedLayer
from bot.layers.scan import scan_layer
from bot.layers.tar import Member, members
from bot.layers.window import Bytes, TruncatedError, Window
from bot.model.image import EntryKind
from bot.model.limits import Limits
from tests.layers.hostile import BLOCK, END, base256, explained, header, padded, pax, pax_blob, record, signed
from tests.pictures import layer


def listed(data: bytes, limits: Limits | None = None) -> list[Member]:
    """Return the members of an archive."""
    return list(members(Window(Bytes(data)), limits or Limits()))


def scanned(data: bytes, limits: Limits | None = None) -> ScannedLayer:
    """Scan a layer."""
    return scan_layer(Window(Bytes(data)), Allowance(limits or Limits()))


@pytest.mark.parametrize("format_", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_members__formats_of_the_field(format_: int) -> None:
    """Names, links, sizes, modes and owners come out the same from ustar, GNU and PAX archives."""
    stream = io.BytesIO()
    long = "d/" * 60 + "x" * 90
    with tarfile.open(fileobj=stream, mode="w", format=format_) as out:
        for name, size in (("short", 3), (long, 700)):
            info = tarfile.TarInfo(name)
            info.size, info.mode, info.uid, info.gid = size, 0o4755, 1000, 100
            out.addfile(info, io.BytesIO(b"z" * size))
        info = tarfile.TarInfo("link")
        info.type, info.linkname = tarfile.SYMTYPE, "../elsewhere"
        out.addfile(info)

    found = listed(stream.getvalue())

    assert [
        Member(b"short", b"0", 3, 0o4755, (1000, 100), b""),
        Member(long.encode(), b"0", 700, 0o4755, (1000, 100), b""),
        Member(b"link", b"2", 0, 0o644, (0, 0), b"../elsewhere"),
    ] == found


def test_members__gnu_long_link_target() -> None:
    """A link target above 100 bytes is read from GNU's extra header."""
    target = "t" * 300
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.GNU_FORMAT) as out:
        info = tarfile.TarInfo("l")
        info.type, info.linkname = tarfile.SYMTYPE, target
        out.addfile(info)

    assert [target.encode()] == [member.link for member in listed(stream.getvalue())]


@pytest.mark.parametrize("size", [0o777, 8 * 2**30 - 1])
def test_number__octal(size: int) -> None:
    """A size field of digits is octal."""
    assert size == number(b"%011o\0" % size)


@pytest.mark.parametrize("size", [0, 8 * 2**30, 2**62])
def test_number__base_256(size: int) -> None:
    """A size above 8 GiB is binary, marked by the first bit."""
    assert size == number(base256(size))


@pytest.mark.parametrize("field", [b"-0000000777\0", b"+777\0", b"0o777\0", b"1_000\0", b"777x\0", b"0000000089\0"])
def test_number__garbled(field: bytes) -> None:
    """What Python's int() would forgive in a number is refused."""
    with pytest.raises(BrokenHeaderError):
        number(field)


def test_members__type_flags_of_old_archives() -> None:
    """A NUL flag is a file, or with a trailing slash a directory; unknown flags are files, as Go has it."""
    data = header(b"old", 1, b"\0") + padded(b"x") + header(b"dir/", 0, b"\0") + header(b"v", 0, b"7") + END

    assert [(b"old", b"0"), (b"dir/", b"5"), (b"v", b"0")] == [(m.name, m.type) for m in listed(data)]


def test_members__links_that_claim_a_size() -> None:
    """A link has no payload whatever it claims, so the next header follows at once."""
    data = header(b"l", 1024, b"1", link=b"t") + header(b"next") + END

    assert [(b"l", 0), (b"next", 0)] == [(member.name, member.size) for member in listed(data)]


def test_members__global_pax_header() -> None:
    """A global PAX header is passed over."""
    data = header(b"g", 10, b"g") + padded(b"10 a=bcde\n") + header(b"f") + END

    assert [b"f"] == [member.name for member in listed(data)]


@pytest.mark.parametrize("kind", [b"L", b"K"])
def test_members__negative_size(kind: bytes) -> None:
    """T-T1: a negative size is refused, in a file's header and in one of metadata."""
    for flag in (b"0", kind):
        with pytest.raises(BrokenHeaderError, match="negative"):
            listed(header(b"f", base256(-512), flag) + END)


def test_members__negative_pax_size() -> None:
    """T-T2: a negative size in a PAX header is refused."""
    with pytest.raises(BrokenHeaderError, match="size"):
        listed(pax(size="-512") + header(b"f") + END)


def test_scan_layer__claims_without_data() -> None:
    """T-T3: 8 GiB that are not there are a cut archive, at once."""
    with pytest.raises(TruncatedError):
        scanned(header(b"f", base256(8 * 2**30)) + bytes(BLOCK))


def test_scan_layer__claims_of_exbibytes() -> None:
    """T-T4: eight exbibytes are above the limit on unpacked bytes, a number above 2⁶³−1 is none."""
    with pytest.raises(LimitError, match="more than"):
        scanned(header(b"f", base256(2**62)) + END)
    with pytest.raises(BrokenHeaderError, match="2⁶³"):
        scanned(header(b"f", base256(2**63)) + END)


def test_members__huge_pax_header() -> None:
    """T-T5: a PAX header of 32 MB is refused by its size alone, before it is read."""
    with pytest.raises(LimitError, match="33554432 bytes"):
        listed(header(b"pax", 32 << 20, b"x"))


def test_members__many_pax_records() -> None:
    """T-T5: a PAX header just below the limit, full of tiny records, is read like any other."""
    blob = b"6 a=b\n" * 160_000

    assert [b"f"] == [member.name for member in listed(pax_blob(blob) + header(b"f") + END)]


def test_members__huge_long_name() -> None:
    """T-T6: a GNU long name of 128 MB is refused by its size alone."""
    with pytest.raises(LimitError, match="134217728"):
        listed(header(b"././@LongLink", 128 << 20, b"L"))


@pytest.mark.parametrize(
    "sparse",
    [
        pax(
            GNU__sparse__size=str(2**40),
            GNU__sparse__numblocks="1",
            GNU__sparse__offset="0",
            GNU__sparse__numbytes="512",
        ),
        pax(GNU__sparse__size=str(2**40), GNU__sparse__map="0,512", GNU__sparse__name="real"),
        pax(GNU__sparse__major="1", GNU__sparse__minor="0", GNU__sparse__realsize=str(2**40), GNU__sparse__name="real"),
    ],
    ids=["0.0", "0.1", "1.0"],
)
def test_scan_layer__pax_sparse(sparse: bytes) -> None:
    """T-T7: a sparse file of 1 TiB that stores 512 bytes weighs 512 bytes, and has its real name."""
    layer_ = scanned(sparse + header(b"GNUSparseFile.0/real", 512) + bytes(BLOCK) + END)

    assert 512 == layer_.unpacked_bytes
    assert layer_.entries[0].path in {b"real", b"GNUSparseFile.0/real"}


def test_scan_layer__old_gnu_sparse() -> None:
    """T-T7: an old GNU sparse header with extension blocks weighs what it stores, and the next member is found."""
    block = bytearray(header(b"s", 512, b"S", magic=b"ustar  \0"))
    block[482] = 1
    first, last = bytes(504) + b"\1" + bytes(7), bytes(BLOCK)

    layer_ = scanned(signed(bytes(block)) + first + last + b"x" * BLOCK + header(b"next") + END)

    assert [(b"s", 512), (b"next", 0)] == [(entry.path, entry.stored_bytes) for entry in layer_.entries]


def test_scan_layer__more_entries_than_are_kept() -> None:
    """T-T8: past the limit on entries the attribution is incomplete and the sum is not."""
    data = (header(b"f", 1) + padded(b"x")) * 10_000 + END

    layer_ = scanned(data, Limits(entries=5_000))

    assert (10_000, False) == (layer_.unpacked_bytes, layer_.complete)
    assert len(layer_.entries) <= 5_000


def test_scan_layer__longer_paths_than_are_kept() -> None:
    """T-T8: past the limit on path lengths the attribution is incomplete."""
    data = b"".join(pax(path="p" * 50_000) + header() for _ in range(100)) + END

    assert not scanned(data, Limits(path_bytes=1_000_000)).complete


def test_scan_layer__one_allowance_for_all_layers() -> None:
    """T-T8: many layers share the limits of their image."""
    allowance = Allowance(Limits(entries=3))
    two = header(b"a") + header(b"b") + END

    layers = [scan_layer(Window(Bytes(two)), allowance) for _ in range(2)]

    assert [True, False] == [layer_.complete for layer_ in layers]


def test_scan_layer__paths_that_would_escape() -> None:
    """T-T9: names are only read, never followed: they stay below the root, links and devices are what they say."""
    data = (
        header(b"../../etc/passwd", 1)
        + padded(b"x")
        + header(b"/abs//olute/./x/../y")
        + header(b"s", 0, b"2", link=b"/etc/shadow")
        + header(b"h", 0, b"1", link=b"../../etc/shadow")
        + header(b"sda", 0, b"4")
        + header(b"d/.wh...", 0)
        + END
    )

    entries = scanned(data).entries

    assert [
        (b"etc/passwd", EntryKind.FILE, b""),
        (b"abs/olute/y", EntryKind.FILE, b""),
        (b"s", EntryKind.SYMLINK, b"/etc/shadow"),
        (b"h", EntryKind.HARD_LINK, b"etc/shadow"),
        (b"sda", EntryKind.DEVICE, b""),
        (b"d/.wh...", EntryKind.FILE, b""),
    ] == [(entry.path, entry.kind, entry.link) for entry in entries]


def test_scan_layer__names_that_are_no_text() -> None:
    """T-T10: any byte but NUL may be in a name."""
    assert [b"\xff\n"] == [entry.path for entry in scanned(header(b"\xff\n") + END).entries]


def test_members__nul_in_a_pax_path() -> None:
    """T-T10: a NUL in a PAX path is refused, as Go refuses it."""
    with pytest.raises(BrokenHeaderError, match="garbled"):
        listed(pax(path=b"a\0b") + header() + END)


def test_scan_layer__pax_names_that_are_no_text() -> None:
    """T-T10: with a binary character set a PAX path may be any bytes, and they stay as they are."""
    data = pax(hdrcharset="BINARY", path=b"\xff\xfe/\x80", linkpath=b"\xfd") + header(b"f", 0, b"2") + END

    assert [(b"\xff\xfe/\x80", b"\xfd")] == [(entry.path, entry.link) for entry in scanned(data).entries]


@pytest.mark.parametrize("data", [b"", END, bytes(BLOCK)], ids=["no bytes", "an end", "half an end"])
def test_scan_layer__empty(data: bytes) -> None:
    """T-T11: an empty tar is a layer without entries."""
    assert ScannedLayer([], 0) == scanned(data)


@pytest.mark.parametrize("cut", [1, 100, 511, 513, 700, 1023, 1025])
def test_scan_layer__cut_short(cut: int) -> None:
    """T-T11: an archive that ends inside a header or a payload is broken."""
    whole = header(b"a", 600) + padded(b"x" * 600) + header(b"b")

    with pytest.raises(ImageError):
        scanned(whole[:cut])


def test_scan_layer__garbage() -> None:
    """T-T11: bytes that are no tar are told by their checksum."""
    with pytest.raises(BrokenHeaderError, match="checksum"):
        scanned(b"7" * 1024)


def test_members__signed_checksum() -> None:
    """Ancient writers summed signed characters; that is accepted too."""
    block = header("é".encode("latin-1"))
    plain = block[:148] + b" " * 8 + block[156:]
    total = sum(byte - 256 if byte > 127 else byte for byte in plain)

    assert 1 == len(listed(block[:148] + b"%06o\0 " % total + block[156:] + END))


@pytest.mark.parametrize("blob", [b"5 a=b", b"x a=b\n", b"99 a=b\n", b"6 aab\n", b"0 a=b\n", b"-6 a=b\n", b"6a=bcd\n"])
def test_pax_records__garbled(blob: bytes) -> None:
    """A PAX record whose length, sign or end is wrong is refused."""
    with pytest.raises(BrokenHeaderError):
        list(pax_records(blob))


def test_pax_records__values_with_newlines() -> None:
    """A value may hold anything: its length is what counts."""
    assert [(b"k", b"a\nb=c")] == list(pax_records(record(b"k", b"a\nb=c")))


def test_looks_like_tar__other_files() -> None:
    """A JSON document or a short file is no tar, an empty tar is."""
    assert [False, False, True, True] == [
        looks_like_tar(data) for data in (b"{" * BLOCK, b"1.0", bytes(BLOCK), header())
    ]


@given(st.binary(max_size=3000))
def test_scan_layer__any_bytes(data: bytes) -> None:
    """Whatever the bytes are, there is a layer or an error that explains itself."""
    assert explained(lambda: scanned(data))


@given(st.integers(0, 4000), st.integers(0, 255))
def test_scan_layer__one_damaged_byte(position: int, value: int) -> None:
    """An honest layer with one byte changed never sums to more than it could hold."""
    data = bytearray(layer("a/\na/b 700\nc = hello\nd -> a/b\ne == c\n-f"))
    data[position % len(data)] = value
    try:
        layer_ = scanned(bytes(data))
    except DeadweightError:
        return
    assert layer_.unpacked_bytes <= len(data)


def test_scan_layer__last_payload_without_padding() -> None:
    """The very last payload may lack its padding, as for Go; a payload itself may not be short."""
    whole = header(b"one", 600) + padded(b"1" * 600) + header(b"two", 5) + b"2" * 5

    assert [600, 5] == [entry.stored_bytes for entry in scanned(whole).entries]
    assert [600, 5] == [member.size for member in listed(whole)]
    with pytest.raises(TruncatedError):
        scanned(whole[:-1])


def test_members__prefix_of_star() -> None:
    """Star keeps times where ustar has the end of a prefix."""
    block = header(b"n", prefix=b"p" * 131 + b"00000000001\x0000000000001\x00")

    (member,) = listed(signed(block[:508] + b"tar\x00") + END)

    assert b"p" * 131 + b"/n" == member.name


@pytest.mark.parametrize(
    ("field", "name"), [(b"dir/sub", b"dir/sub/n"), (b"00000000001\x00" * 2, b"n"), (b"d\xff", b"n")]
)
def test_members__prefix_of_old_go(field: bytes, name: bytes) -> None:
    """Go before 1.8 wrote a prefix into GNU headers, where times belong."""
    (member,) = listed(header(b"n", magic=b"ustar  \x00", prefix=field) + END)

    assert name == member.name


def test_members__empty_pax_size() -> None:
    """An empty PAX record leaves what the header says."""
    assert [3] == [member.size for member in listed(pax(size="") + header(b"n", 3) + padded(b"abc") + END)]


def test_scan_layer__mode_of_63_bits() -> None:
    """A mode beyond 32 bits, which no system has, can be remembered all the same."""
    found = scanned(header(b"n", mode=b"\x80\x00\x00\x01\x00\x00\x01\xa4") + END)

    assert [0o644] == [entry.mode for entry in found.entries]
    assert found == decode_layer(encode_layer(found))


# --- headers that speak of the next one, as Go's archive/tar takes them ---------------------------------------------

SHOWN = header(b"shown")


def long_name(name: bytes, kind: bytes = b"L") -> bytes:
    """Return a GNU header for a long name, or with K for a long link target."""
    return header(b"././@LongLink", len(name) + 1, kind) + padded(name + b"\0")


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        (pax(path="a") + pax(path="b"), b"b"),
        (pax(path="hidden") + pax(uid="7"), b"shown"),
        (pax(path="hidden") + pax(path=""), b"shown"),
        (pax(path="hidden") + pax_blob(b""), b"shown"),
        (long_name(b"a") + long_name(b"b"), b"b"),
        (long_name(b"hidden") + long_name(b""), b"shown"),
        (pax(path="a") + long_name(b"b"), b"b"),
        (long_name(b"b") + pax(path="a"), b"b"),
        (long_name(b"b") + pax(uid="7"), b"b"),
        (pax(path="b") + long_name(b"c", b"K"), b"b"),
        (pax(path="hidden") + header(b"g", 0, b"g"), b"shown"),
        (long_name(b"hidden") + header(b"g", 0, b"g"), b"shown"),
        (header(b"g", 17, b"g") + padded(record(b"path", b"hidden")), b"shown"),
        (pax(GNU__sparse__name="hidden"), b"shown"),
        (pax(GNU__sparse__name="hidden", path="a"), b"a"),
        (pax(GNU__sparse__name="hidden", GNU__sparse__major="2"), b"shown"),
        (pax(GNU__sparse__name="hidden", GNU__sparse__map=""), b"shown"),
        (pax(GNU__sparse__name="b", GNU__sparse__map="0,0", path="a"), b"b"),
        (pax(GNU__sparse__name="b", GNU__sparse__major="1", GNU__sparse__minor="0") + long_name(b"a"), b"b"),
        (pax(GNU__sparse__name="b", GNU__sparse__offset="0", GNU__sparse__numbytes="0", GNU__sparse__map=""), b"b"),
    ],
)
def test_members__name_that_go_reads(before: bytes, expected: bytes) -> None:
    """Of several headers that name one member the same counts as in Go, so that no path hides behind another."""
    assert [expected] == [member.name for member in listed(before + SHOWN + END)]


def test_members__link_target_that_go_reads() -> None:
    """A long link target counts before a PAX header's, whichever comes first, and a later one replaces it."""
    link = header(b"l", 0, b"2", link=b"t")

    for before in (
        pax(linkpath="a") + long_name(b"b", b"K"),
        long_name(b"b", b"K") + pax(linkpath="a"),
        long_name(b"a", b"K") + long_name(b"b", b"K"),
        long_name(b"b", b"K") + pax(path="l"),
    ):
        assert [b"b"] == [member.link for member in listed(before + link + END)]
    assert [b"t"] == [member.link for member in listed(pax(linkpath="a") + pax(path="l") + link + END)]


def test_members__size_that_go_reads() -> None:
    """A PAX size that a later PAX header replaces is gone, so the payload is as long as the member's own header says."""
    data = pax(size="1024") + pax(path="a") + header(b"f", 512) + padded(b"x" * 512) + header(b"next") + END

    assert [(b"a", 512), (b"next", 0)] == [(member.name, member.size) for member in listed(data)]


@pytest.mark.parametrize("before", [b"", pax(path="y"), long_name(b"y")])
def test_members__solaris_header_is_a_file(before: bytes) -> None:
    """Type X, Solaris' own PAX header, is a file like any unknown type, and says nothing of the member behind it."""
    blob = record(b"path", b"hidden")
    data = before + header(b"y", len(blob), b"X") + padded(blob) + SHOWN + END

    assert [(b"y", b"0", len(blob)), (b"shown", b"0", 0)] == [(m.name, m.type, m.size) for m in listed(data)]
    assert len(blob) == scanned(data).unpacked_bytes


def test_members__old_directory_with_a_size() -> None:
    """What an old archive calls a directory by a slash has no payload, whatever size it claims."""
    data = header(b"d/", 512, b"\0") + header(b"next") + END

    assert [(b"d/", b"5", 0), (b"next", b"0", 0)] == [(m.name, m.type, m.size) for m in listed(data)]


def test_members__old_sparse_file_with_a_name_of_the_new_kind() -> None:
    """What GNU called sparse of old has its name in its header, whatever a PAX header calls it that is for the new kind."""
    data = pax(GNU__sparse__map="0,0", GNU__sparse__name="other") + header(b"shown", 0, b"S") + END

    assert [b"shown"] == [member.name for member in listed(data)]


def test_members__sparse_directory() -> None:
    """A directory that is called sparse is refused, as by Go."""
    with pytest.raises(BrokenHeaderError, match="sparse"):
        listed(pax(GNU__sparse__map="0,0") + header(b"d/", 0, b"5") + END)


@pytest.mark.parametrize("blob", [b"5 =a\n", record(b"uname", b"a\0b"), record(b"", b"v")])
def test_pax_records__that_go_refuses(blob: bytes) -> None:
    """A record without a keyword, or with a NUL in a name, is refused."""
    with pytest.raises(BrokenHeaderError, match="garbled"):
        list(pax_records(blob))


@pytest.mark.parametrize("meta", [header(b"x", 0, b"x"), long_name(b"n" * 900_000), pax(comment="c" * 900_000)])
def test_members__chain_of_meta_headers(meta: bytes) -> None:
    """A member has three headers that speak of it at most, so a chain of them ends at three times their limit."""
    with pytest.raises(LimitError, match="bytes of headers"):
        listed(meta * (4_000_000 // len(meta) + 4) + SHOWN + END)
    assert [b"shown"] == [member.name for member in listed(meta + SHOWN + END)][-1:] or meta[156:157] == b"L"


class Endless:
    """A tar of one member after another, without end; counts how many bytes were read of it."""

    def __init__(self, blocks: bytes) -> None:
        self._blocks = blocks
        self.read = 0

    def readinto(self, buffer: memoryview, /) -> int:
        """Read on."""
        count = len(buffer) // len(self._blocks) * len(self._blocks)
        buffer[:count] = self._blocks * (count // len(self._blocks))
        self.read += count
        return count


@pytest.mark.parametrize("blocks", [SHOWN, header(b"l" * 90, 0, b"1", link=b"t"), pax(path="a") + SHOWN])
def test_scan_layer__headers_without_end(blocks: bytes) -> None:
    """Headers that no file's bytes follow are read up to a limit of their own, never for as long as they come."""
    source = Endless(blocks)

    with pytest.raises(LimitError, match="headers and padding"):
        scan_layer(Window(source, capacity=1536 << 8), Allowance(Limits(unpacked_bytes=1_000_000, entries=10)))

    assert source.read < 100 << 20
