"""Fields of tar headers and records of PAX headers at the edges of what they may hold."""

import pytest

from bot.layers.headers import (
    BLOCK,
    LARGEST,
    BrokenHeaderError,
    looks_like_tar,
    number,
    owner,
    pax_header,
    pax_number,
    pax_records,
    prefix,
    text,
    verify,
)
from tests.layers.hostile import base256, header, record


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (b"", 0),
        (b"\0" * 12, 0),
        (b" " * 12, 0),
        (b"00000000007\0", 7),
        (b"      17 \0", 15),
        (b"777777777777", 0o777777777777),
        (base256(0), 0),
        (base256(1), 1),
        (base256(LARGEST), LARGEST),
        (b"\x80" + bytes(6) + b"\x01", 1),
        (b"\xbf" + b"\0" * 11, None),
        (base256(LARGEST + 1), None),
        (base256(-1), None),
        (b"\xc0" + bytes(11), None),
        (b"00000000008\0", None),
        (b"00000000009\0", None),
        (b"-0000000001\0", None),
        (b"12x\0", None),
    ],
)
def test_number__at_its_edges(field: bytes, value: int | None) -> None:
    """Octal and binary numbers up to 2⁶³−1 are read, blanks are zero, and whatever else there is is refused."""
    if value is not None:
        assert number(field or b"\0") == value
    else:
        with pytest.raises(BrokenHeaderError):
            number(field)


@pytest.mark.parametrize(
    ("digits", "value"),
    [
        (b"0", 0),
        (b"%d" % LARGEST, LARGEST),
        (b"0%d" % LARGEST, LARGEST),
        (b"00%d" % LARGEST, None),
        (b"%d" % (LARGEST + 1), None),
        (b"", None),
        (b"-1", None),
        (b"1 ", None),
        (b"9" * 20, None),
    ],
)
def test_pax_number__at_its_edges(digits: bytes, value: int | None) -> None:
    """Decimal numbers of twenty digits at most, up to 2⁶³−1, are read; nothing else is."""
    if value is not None:
        assert pax_number(digits) == value
    else:
        with pytest.raises(BrokenHeaderError):
            pax_number(digits)


@pytest.mark.parametrize(("field", "found"), [(b"abc", b"abc"), (b"a\0bc", b"a"), (b"\0bc", b""), (b"", b"")])
def test_text__ends_at_its_first_nul(field: bytes, found: bytes) -> None:
    """What follows the first NUL of a field is padding, whatever it holds."""
    assert text(field) == found


def test_owner__mode_user_and_group() -> None:
    """Mode, user and group lie side by side; of a mode 32 bits count."""
    assert owner(b"0000755\0" + b"0000001\0" + b"0000002\0") == (0o755, (1, 2))
    assert owner(b"\x80\0\0\x01\0\0\x01\xed" + b"0000001\0" + b"0000002\0") == (0o755, (1, 2))


@pytest.mark.parametrize(
    ("magic", "field", "end", "found"),
    [
        (b"ustar\x0000", b"folder" + bytes(149), b"", b"folder"),
        (b"ustar\x0000", b"f" * 155, b"", b"f" * 155),
        (b"ustar\x0000", b"f" * 131 + b"0" * 24, b"tar\0", b"f" * 131),
        (b"ustar  \0", b"folder" + bytes(149), b"", b"folder"),
        (b"ustar  \0", b"00000000001\0" + b"00000000002\0" + bytes(131), b"", b""),
        (b"ustar  \0", b"00000000001\0" + b"no number  \0" + bytes(131), b"", b"00000000001"),
        (b"ustar  \0", b"00000000001\0" + b"00000000002\0" + b"00000000003\0" + bytes(119), b"", b""),
        (b"ustar  \0", b"0" * 12 + b"x0000000000\0" + bytes(131), b"", b"0" * 12 + b"x0000000000"),
        (b"ustar  \0", b"f\xc3\xa4" + bytes(152), b"", b""),
        (bytes(8), b"folder" + bytes(149), b"", b""),
    ],
)
def test_prefix__of_each_writer(magic: bytes, field: bytes, end: bytes, found: bytes) -> None:
    """POSIX, star, GNU and old Go mean different things by the bytes behind the name, and old tar means nothing."""
    block = bytes(BLOCK - len(end)) + end

    assert prefix(block, magic, field) == found


@pytest.mark.parametrize("change", [-1, 1])
@pytest.mark.parametrize("place", [0, 100, 147, 156, 511])
def test_verify__notices_any_byte(place: int, change: int) -> None:
    """A header in which one byte is another is refused; as it was, it is not."""
    block = header(b"name", 7)
    verify(block, block[148:156])
    spoilt = block[:place] + bytes([(block[place] + change) % 256]) + block[place + 1 :]

    with pytest.raises(BrokenHeaderError):
        verify(spoilt, block[148:156])


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (header(), True),
        (bytes(BLOCK), True),
        (header()[:-1], False),
        (bytes(BLOCK - 1), False),
        (b"", False),
        (b"x" + bytes(BLOCK - 1), False),
        (bytes(BLOCK - 1) + b"x", False),
    ],
)
def test_looks_like_tar__a_whole_block(block: bytes, expected: bool) -> None:
    """A block with a right checksum or of zeros begins a tar; part of one, or anything else, does not."""
    assert looks_like_tar(block) is expected


@pytest.mark.parametrize(
    "blob",
    [
        b"6 a=b",
        b"6 a=b\n ",
        b"5 a=b\n",
        b"7 a=b\n",
        b"6 a=bx",
        b"6a=b\n",
        b" 6 a=b\n",
        b"-6 a=b\n",
        b"5 =b\n",
        b"5 ab\n",
        b"0 a=b\n",
        b"2 a=b\n",
        b"8 a\0=bc\n",
        b"11 path=\0x\n",
        b"12 uname=\0x\n",
        b"6 a=b\n6 a=b",
        b"0" * 21 + b"27 a=b\n",
    ],
)
def test_pax_records__that_do_not_add_up(blob: bytes) -> None:
    """A record that is longer or shorter than it says, or holds NUL where a name belongs, is refused."""
    with pytest.raises(BrokenHeaderError):
        list(pax_records(blob))


@pytest.mark.parametrize(
    ("blob", "found"),
    [
        (b"", []),
        (b"6 a=b\n", [(b"a", b"b")]),
        (b"5 a=\n", [(b"a", b"")]),
        (b"8 a=b=c\n", [(b"a", b"b=c")]),
        (b"6 a=b\n6 c=d\n", [(b"a", b"b"), (b"c", b"d")]),
        (b"7 a=\0b\n", [(b"a", b"\0b")]),
        (b"7 a=\n\n\n", [(b"a", b"\n\n")]),
    ],
)
def test_pax_records__that_add_up(blob: bytes, found: list[tuple[bytes, bytes]]) -> None:
    """A value may be empty and hold anything but what names may not; records follow each other without a gap."""
    assert list(pax_records(blob)) == found


@pytest.mark.parametrize(
    ("fields", "sparse"),
    [
        ({b"GNU.sparse.major": b"0", b"GNU.sparse.minor": b"0"}, True),
        ({b"GNU.sparse.major": b"0", b"GNU.sparse.minor": b"1"}, True),
        ({b"GNU.sparse.major": b"1", b"GNU.sparse.minor": b"0"}, True),
        ({b"GNU.sparse.major": b"1", b"GNU.sparse.minor": b"1"}, False),
        ({b"GNU.sparse.major": b"2", b"GNU.sparse.minor": b"0"}, False),
        ({b"GNU.sparse.major": b"1"}, False),
        ({b"GNU.sparse.map": b"0,1"}, True),
        ({b"GNU.sparse.offset": b"0"}, True),
        ({b"GNU.sparse.numbytes": b"0"}, True),
        ({b"GNU.sparse.map": b"0,1", b"GNU.sparse.major": b"2"}, False),
        ({b"path": b"a"}, False),
        ({}, False),
    ],
)
def test_pax_header__sparse_as_go_knows_it(fields: dict[bytes, bytes], sparse: bool) -> None:
    """The three versions of GNU's sparse files are known by their numbers, or by a map without any."""
    assert pax_header(b"".join(record(key, value) for key, value in fields.items())).is_sparse() is sparse


def test_pax_header__last_record_counts() -> None:
    """Of two records of one key the last one counts, an empty one takes it back, and other keys are passed over."""
    found = pax_header(
        record(b"path", b"a")
        + record(b"path", b"b")
        + record(b"size", b"7")
        + record(b"uid", b"")
        + record(b"mtime", b"9")
    )

    assert (found.text(b"path"), found.text(b"linkpath"), found.text(b"mtime")) == (b"b", b"", b"")
    assert (found.number(b"size", 1), found.number(b"uid", 1), found.number(b"gid", 2)) == (7, 1, 2)


@pytest.mark.parametrize("byte", [0x7F, 0x80, 0xFF])
def test_verify__sums_of_ancient_writers(byte: int) -> None:
    """Bytes above 127 may have been summed as negative numbers, as ancient writers did."""
    block = header(bytes([byte]) + b"name")
    signed = int(block[148:154].rstrip(b"\0 "), 8) - (256 if byte > 127 else 0)
    old = block[:148] + b"%06o\0 " % signed + block[156:]

    verify(old, old[148:156])


def test_broken_header__says_what_to_do() -> None:
    """Whoever has a broken archive is told to make it again."""
    with pytest.raises(BrokenHeaderError) as error:
        number(b"no number")
    assert error.value.fix == "save or build the image again"


@pytest.mark.parametrize("filling", [b"\x80", b"\xff", b"\x7f"])
@pytest.mark.parametrize("length", [1, 100, 255])
def test_verify__unsigned_sums_of_any_size(filling: bytes, length: int) -> None:
    """Bytes above 127 and sums above 65521 are summed as POSIX says, and one byte more is noticed."""
    name, rest = (filling * length)[:100], (filling * length)[100:]
    block = header(name, 7, link=rest[:100], prefix=rest[100:155])
    verify(block, block[148:156])
    assert looks_like_tar(block)

    for place in (0, 511):
        spoilt = block[:place] + bytes([(block[place] + 1) % 256]) + block[place + 1 :]
        with pytest.raises(BrokenHeaderError):
            verify(spoilt, block[148:156])
        assert not looks_like_tar(spoilt)


@pytest.mark.parametrize("key", [b"path", b"linkpath", b"uname", b"gname"])
def test_pax_records__names_hold_no_nul(key: bytes) -> None:
    """The four keys that name something hold no NUL, as in Go."""
    with pytest.raises(BrokenHeaderError):
        list(pax_records(record(key, b"a\0b")))


@pytest.mark.parametrize("key", [b"size", b"uid", b"gid"])
def test_pax_header__numbers(key: bytes) -> None:
    """Each number of a PAX header takes the place of the header's own."""
    assert pax_header(record(key, b"12")).number(key, 3) == 12


@pytest.mark.parametrize("key", [b"path", b"linkpath", b"GNU.sparse.name"])
def test_pax_header__names(key: bytes) -> None:
    """Each name of a PAX header is given."""
    assert pax_header(record(key, b"a b")).text(key) == b"a b"


def test_owner__each_of_the_three_fields_has_eight_bytes() -> None:
    """The digits of one field are never read as those of its neighbour."""
    assert owner(b"77777777" + b"12345670" + b"76543210") == (0o77777777, (0o12345670, 0o76543210))
