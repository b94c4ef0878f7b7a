"""Entries from an engine's record of a layer are those of the layer's tar itself."""

from base64 import b64encode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import ImageError, LimitError
from bot.layers.download import rebuild
from bot.layers.layer import Allowance, ScannedLayer
from bot.layers.scan import scan_layer
from bot.layers.tar_split import scan_tar_split
from bot.layers.window import Bytes, Window
from bot.model.limits import Limits
from tests.layers.hostile import BLOCK, END, explained, header, record
from tests.layers.splitting import crc64, pairs, split
from tests.pictures import content, layer

EVERYTHING = f"""
    etc/
    etc/passwd 1200 owner=1000:100
    .hidden/x 1
    a/.b/c 513 mode=4755
    odd 511
    even 512
    {"long/" * 30}name 7
    {"l" * 99} 5
    empty 0
    usr/bin/python -> python3
    usr/bin/vim == etc/passwd
    {"long/" * 30}link -> {"target/" * 30}
    dev/null dev
    run/pipe fifo
    -etc/shadow
    -var/cache/*
"""


ENDING = b'{"type":2,"payload":"","position":9}\n' * 2


def scanned(record: bytes, limits: Limits | None = None) -> ScannedLayer:
    """Scan a record."""
    return scan_tar_split(Bytes(record), Allowance(limits or Limits()))


def without_contents(found: ScannedLayer) -> list[tuple[object, ...]]:
    """Return entries without the identity of their contents."""
    return [entry[:6] for entry in found.entries]


@pytest.mark.parametrize("old", [False, True])
def test_scan_tar_split__same_as_the_tar(old: bool) -> None:
    """Names, kinds, sizes, modes, owners and links are those of the tar, whichever engine wrote the record."""
    tar = layer(EVERYTHING)

    found = scanned(split(tar, old=old))

    expected = scan_layer(Window(Bytes(tar)), Allowance(Limits()))
    assert without_contents(expected) == without_contents(found)
    assert expected.unpacked_bytes == found.unpacked_bytes


def test_scan_tar_split__contents() -> None:
    """A content is identified by the CRC-64 that the engine computed of it."""
    found = scanned(split(layer("a 700 fill=w\nb 700 fill=w\nc 700\nd 0")))

    known = crc64(content("w", 700))
    assert [known, known, crc64(content("c", 700)), None] == [entry.content for entry in found.entries]


def test_crc64__check_value() -> None:
    """The CRC of the tests is CRC-64/GO-ISO by its published check value."""
    assert 0xB90956C775A41001 == crc64(b"123456789")


NAMES = st.text(
    st.characters(exclude_characters="\0/\n= ", exclude_categories=("Cs", "Zs", "Cc", "Zl", "Zp")), min_size=1
)
FILES = st.tuples(st.lists(NAMES, min_size=1, max_size=3).map("/".join), st.integers(0, 1600))


@settings(max_examples=150, deadline=None)
@given(st.lists(FILES.filter(lambda file: not file[0].startswith("-")), max_size=12))
def test_scan_tar_split__any_names_and_paddings(files: list[tuple[str, int]]) -> None:
    """At every length of padding, with plain names and with extended ones, the record reads like the tar."""
    tar = layer("\n".join(f"{name} {size}" for name, size in files))

    found = scanned(split(tar))

    assert without_contents(scan_layer(Window(Bytes(tar)), Allowance(Limits()))) == without_contents(found)


@pytest.mark.parametrize(
    "record",
    [b'{"type":1,"name":"a"}\n' * 4, b"nonsense\n" * 4, b'{"type":2,"payload":"!"}\n{"type":1}\n\n\n'],
    ids=["payload without headers", "no JSON", "no base64"],
)
def test_scan_tar_split__broken(record: bytes) -> None:
    """A file that is no such record is refused."""
    with pytest.raises(ImageError, match="record"):
        scanned(record)


def test_scan_tar_split__endless_line() -> None:
    """A line that does not end is refused before it fills the memory."""
    with pytest.raises(LimitError, match="8 MB"):
        scanned(b"x" * 9_000_000)


def test_scan_tar_split__limits() -> None:
    """The limits on entries hold for records as they do for tars."""
    found = scanned(split(layer("a 1\nb 2\nc 3")), Limits(entries=2))

    assert (6, False) == (found.unpacked_bytes, found.complete)


@settings(deadline=None)
@given(st.integers(0, 100_000), st.integers(0, 255))
def test_scan_tar_split__one_damaged_byte(position: int, value: int) -> None:
    """A damaged record gives a layer or an error that explains itself."""
    record = bytearray(split(layer(EVERYTHING)))
    record[position % len(record)] = value
    assert explained(lambda: scanned(bytes(record)))


def test_rebuild__byte_for_byte() -> None:
    """A record and the payloads make the very tar again."""
    tar = layer(EVERYTHING)
    payloads = {name.encode(): content(name, size) for name, size in (("etc/passwd", 1200), ("a/.b/c", 513))}
    payloads |= {name.encode(): content(name, size) for name, size in ((".hidden/x", 1), ("odd", 511), ("even", 512))}
    payloads |= {name.encode(): content(name, size) for name, size in (("long/" * 30 + "name", 7), ("l" * 99, 5))}

    assert tar == b"".join(rebuild(split(tar), payloads))


def test_rebuild__missing_payload() -> None:
    """Without a payload, or with one of another length, there is no tar."""
    record = split(layer("a 5"))
    for payloads in ({}, {b"a": b"1234"}):
        with pytest.raises(ValueError, match="do not fit"):
            b"".join(rebuild(record, payloads))


def test_scan_tar_split__global_headers() -> None:
    """A global header, which git archive writes, has a pair of lines of its own and makes no entry."""
    said = record(b"comment", b"x" * 600)
    one, two = header(b"one", 5), header(b"two", 700)
    general = header(b"pax_global_header", len(said), b"g")
    lines = [
        (general + said, b""),
        (bytes(-len(said) % BLOCK) + one, b"1" * 5),
        (bytes(BLOCK - 5) + general + said, b""),
        (bytes(-len(said) % BLOCK) + two, b"2" * 700),
    ]

    found = scanned(
        pairs(*lines) + pairs((bytes(-700 % BLOCK) + END, b"")).replace(b'"type":1,"name":"x"', b'"type":2')
    )

    assert [(b"one", 5, crc64(b"1" * 5)), (b"two", 700, crc64(b"2" * 700))] == [
        (entry.path, entry.stored_bytes, entry.content) for entry in found.entries
    ]
    assert 705 == found.unpacked_bytes


@pytest.mark.parametrize("size", [8, 600, 4096, 8192])
def test_scan_tar_split__sizes_of_twelve_digits(size: int) -> None:
    """A size may fill its whole field: twelve digits, nothing behind them."""
    lines = [(header(b"one", b"%012o" % size), b"1" * size), (bytes(-size % BLOCK) + header(b"two", 5), b"2" * 5)]

    found = scanned(pairs(*lines) + ENDING)

    assert [size, 5] == [entry.stored_bytes for entry in found.entries]


@pytest.mark.parametrize("between", [0, 3000])
def test_scan_tar_split__payload_after_the_end(between: int) -> None:
    """Payload that follows the end of the tar is refused, never passed over."""
    ended = b'{"type":2,"payload":"%s","position":2}\n' % b64encode(END) * 2
    follows = pairs(*[(header(b"two", 5), b"2" * 5)] * 2)

    with pytest.raises(ImageError, match="record"):
        scanned(pairs((header(b"one"), b"")) + ended + ENDING * between + follows)
