"""Each limit at its very number: what is as large is taken, one more is not, and the words say which limit it was."""

import gzip
import re
from dataclasses import fields
from pathlib import Path

import pytest

from bot.errors import ImageError, LimitError
from bot.layers.headers import BrokenHeaderError
from bot.layers.inflate import compression_of, foreign_compression, inflated
from bot.layers.layer import Allowance, ScannedLayer, counted, read_files
from bot.layers.tar import global_padding, members
from bot.layers.window import Bytes, Part, TruncatedError, Window
from bot.model.image import Entry, EntryKind
from bot.model.limits import Limits, raised
from tests.layers.hostile import END, header, padded, pax


def member(name: bytes, payload: bytes) -> bytes:
    """Return a file as a tar has it."""
    return header(name, len(payload)) + padded(payload)


def entry(path: bytes, link: bytes = b"") -> Entry:
    """Return an entry of a file of seven bytes."""
    return Entry(path, EntryKind.FILE, 7, 0o644, (0, 0), link, None)


@pytest.mark.parametrize(("left_over", "kept"), [(0, True), (-1, False)])
def test_keep__counts_entries_to_the_last(left_over: int, kept: bool) -> None:
    """As many entries as the limit says are kept, and not one more."""
    allowance = Allowance(Limits(entries=2 + left_over))

    assert kept is allowance.keep([entry(b"a"), entry(b"b")])


@pytest.mark.parametrize(("most", "kept"), [(9, True), (8, False)])
def test_keep__counts_every_byte_of_paths_and_targets(most: int, kept: bool) -> None:
    """Paths and link targets count together, and as many bytes as the limit says are kept."""
    allowance = Allowance(Limits(path_bytes=most))

    assert kept is allowance.keep([entry(b"abc", b"de"), entry(b"fghi")])


def test_keep__takes_from_what_was_left() -> None:
    """What one layer takes is not there for the next one."""
    allowance = Allowance(Limits(entries=2))

    assert [allowance.keep([entry(b"a")]) for _ in range(3)] == [True, True, False]


@pytest.mark.parametrize("images", [1, 2])
def test_allowance__of_two_images_is_twice_that_of_one(images: int) -> None:
    """Each limit is of one image; what is read for two together may be twice as much."""
    allowance = Allowance(Limits(entries=1, path_bytes=3, unpacked_bytes=10), images)

    assert 10 * images == allowance.left
    assert allowance.keep([entry(b"abc")] * images)
    assert not allowance.keep([entry(b"")])
    allowance.spend(10 * images)
    with pytest.raises(LimitError):
        allowance.spend(1)


def test_spend__ends_at_the_limit() -> None:
    """As many unpacked bytes as the limit says are taken; the next one names the limit."""
    allowance = Allowance(Limits(unpacked_bytes=10))

    allowance.spend(10)

    assert allowance.left == 0
    with pytest.raises(LimitError, match="more than 10 bytes") as error:
        allowance.spend(1)
    assert raised("unpacked_bytes") == error.value.fix


@pytest.mark.parametrize(
    ("limits", "most", "name"),
    [
        (Limits(entries=1, unpacked_bytes=1), 64 << 20, "unpacked_bytes"),
        (Limits(entries=1, unpacked_bytes=(64 << 20) + 1), (64 << 20) + 1, "unpacked_bytes"),
        (Limits(entries=1), 2_000_000 * 1024, "entries"),
        (Limits(entries=2_000_001), 2_000_001 * 1024, "entries"),
        (Limits(unpacked_bytes=2_000_000 * 1024), 2_000_000 * 1024, "entries"),
        (Limits(unpacked_bytes=2_000_000 * 1024 - 1), 2_000_000 * 1024 - 1, "unpacked_bytes"),
    ],
)
@pytest.mark.parametrize("images", [1, 3])
def test_pass_over__ends_where_the_smaller_limit_says(limits: Limits, most: int, name: str, images: int) -> None:
    """Headers and padding may be 1 kB for each usual entry, but no more than may be unpacked, of which 64 MiB always."""
    allowance = Allowance(limits, images)

    allowance.pass_over(most * images)

    with pytest.raises(LimitError, match=f"more than {most} bytes of headers") as error:
        allowance.pass_over(1)
    assert raised(name) == error.value.fix


@pytest.mark.parametrize(("entries", "complete"), [(1, True), (0, False)])
def test_counted__layer_that_was_read_before(entries: int, complete: bool) -> None:
    """A known layer costs what it cost before: its bytes always, its entries as far as they are left."""
    allowance = Allowance(Limits(entries=entries, unpacked_bytes=7))
    known = ScannedLayer([entry(b"a")], 7)

    found = counted(known, allowance)

    assert (found.unpacked_bytes, found.complete, len(found.entries)) == (7, complete, entries)
    assert allowance.left == 0
    with pytest.raises(LimitError):
        counted(known, allowance)


@pytest.mark.parametrize("size", [3, 4])
def test_read_files__up_to_the_limit(size: int) -> None:
    """A file as large as the limit is read, a larger one is absent; so is what is not wanted or is no file."""
    data = (
        member(b"wanted", b"x" * size) + member(b"other", b"yy") + header(b"dir", 0, b"5") + member(b"last", b"z") + END
    )

    found = read_files(Window(Bytes(data)), {b"wanted", b"dir", b"last"}, Limits(), 3)

    assert found == ({b"wanted": b"xxx"} if size == 3 else {}) | {b"last": b"z"}


@pytest.mark.parametrize("later", [b"new", b"far too long"])
def test_read_files__last_of_a_name(later: bytes) -> None:
    """Of two members of one name the later one counts, also where it is too large to be read."""
    data = member(b"a", b"old") + member(b"a", later) + END

    assert read_files(Window(Bytes(data)), {b"a"}, Limits(), 3) == ({b"a": b"new"} if later == b"new" else {})


def named(name: bytes) -> bytes:
    """Return a GNU long name of exactly these bytes, and the member that it names."""
    return header(b"././@LongLink", len(name), b"L") + name + bytes(-len(name) % 512) + member(b"short", b"")


@pytest.mark.parametrize("length", [511, 512, 513, 600])
def test_header_bytes__as_long_as_the_limit(length: int) -> None:
    """A long name of exactly the limit names its member, one byte more is refused with the number and the limit."""
    data = named(b"n" * length) + END

    assert [member.name for member in members(Window(Bytes(data)), Limits(header_bytes=length))] == [b"n" * length]
    with pytest.raises(LimitError, match=f"claims {length} bytes, the limit is {length - 1}") as error:
        list(members(Window(Bytes(data)), Limits(header_bytes=length - 1)))
    assert raised("header_bytes") in error.value.fix


def test_header_bytes__of_three_headers_of_one_member() -> None:
    """Three headers as long as the limit are read for one member; a fourth is refused, and the next member starts anew."""
    one = header(b"././@LongLink", 512, b"L") + b"n" * 512
    three = one * 3 + member(b"short", b"")

    assert len(list(members(Window(Bytes(three * 2 + END)), Limits(header_bytes=512)))) == 2
    with pytest.raises(LimitError, match=f"has {4 * 1024} bytes of headers"):
        list(members(Window(Bytes(one + three + END)), Limits(header_bytes=512)))


@pytest.mark.parametrize("size", [1, 511, 512, 513])
def test_global_padding__what_follows_a_global_header(size: int) -> None:
    """A global header is followed by what fills its last block; what is no such header is followed by nothing."""
    data = header(b"g", size, b"g") + b"x" * size

    assert global_padding(data) == -size % 512
    assert global_padding(header(b"f", size) + b"x" * size) is None
    with pytest.raises(TruncatedError):
        global_padding(data[:-1])
    with pytest.raises(BrokenHeaderError, match="checksum"):
        global_padding(b"h" + data[1:])


# --- windows --------------------------------------------------------------------------------------------------------

DATA = bytes(range(256)) * 8


class Skipping(Bytes):
    """Bytes in memory that count how many were read."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.read_bytes = 0

    def readinto(self, buffer: memoryview, /) -> int:
        """Read on, and count."""
        count = super().readinto(buffer)
        self.read_bytes += count
        return count


@pytest.mark.parametrize("capacity", [1, 7, 64, 512, 4096])
@pytest.mark.parametrize("count", [0, 1, 63, 64, 65, 511, 513, 2048])
def test_window__takes_skips_and_tells_alike_at_every_capacity(capacity: int, count: int) -> None:
    """Wherever a buffer ends, what is taken, skipped and told of the place is the same."""
    taking, skipping, chunking = (Window(Bytes(DATA), capacity=capacity) for _ in range(3))

    taken = taking.take(count)
    skipping.skip(count)
    pieces = b"".join(bytes(piece) for piece in chunking.chunks(count))

    assert taken == pieces == DATA[:count]
    assert {taking.tell(), skipping.tell(), chunking.tell()} == {count}
    assert {taking.take(2048 - count), skipping.take(2048 - count)} == {DATA[count:]}


@pytest.mark.parametrize("capacity", [1, 64, 4096])
def test_window__ends_where_its_stream_ends(capacity: int) -> None:
    """The last byte is taken; one more is said to be cut short, however it is asked for."""
    for ask in (Window.take, Window.skip, Window.fingerprint, lambda window, count: list(window.chunks(count))):
        ask(Window(Bytes(DATA), capacity=capacity), len(DATA))
        with pytest.raises(TruncatedError):
            ask(Window(Bytes(DATA), capacity=capacity), len(DATA) + 1)


def test_window__fingerprint_is_the_same_in_pieces() -> None:
    """Contents are identified alike whether they lie in view as a whole or come in pieces."""
    whole, pieces = Window(Bytes(DATA)), Window(Bytes(DATA), capacity=100)

    assert whole.fill(1)
    assert whole.fingerprint(777) == pieces.fingerprint(777)
    assert whole.tell() == pieces.tell() == 777
    assert whole.fingerprint(777) == pieces.fingerprint(777)
    assert Window(Bytes(DATA)).fingerprint(776) != Window(Bytes(DATA)).fingerprint(777)


@pytest.mark.parametrize("skipped", [0, 10, 64, 65, 1000, 2047])
def test_window__that_jumps_reads_no_payload(skipped: int) -> None:
    """Where the source can be moved on, what is skipped beyond the view is not read, and the place is right."""
    source = Skipping(DATA)
    window = Window.jumping(source, capacity=64)
    assert window.fill(5)

    window.skip(skipped)

    assert window.tell() == skipped
    assert window.take(1) == DATA[skipped : skipped + 1]
    assert source.read_bytes <= 128


@pytest.mark.parametrize(("size", "place"), [(0, 0), (1, 511), (511, 1), (512, 0), (513, 511)])
def test_window__skips_padding_to_the_next_block(size: int, place: int) -> None:
    """Padding goes to the end of the last block, and none follows a full one."""
    for window in (Window(Bytes(DATA)), Window(Bytes(DATA), capacity=600), Window.jumping(Bytes(DATA), capacity=64)):
        window.skip_padding(size)

        assert window.tell() == place


def test_window__last_padding_may_be_missing() -> None:
    """At the very end less padding than a block needs is no fault, and the place is the end of the stream."""
    window = Window(Bytes(b"abc"))
    assert window.take(1) == b"a"

    window.skip_padding(1)

    assert window.tell() == 3


def test_window__tells_progress_of_every_byte_once() -> None:
    """Whoever watches is told of each byte that is read, once."""
    told: list[int] = []

    Window(Bytes(DATA), capacity=100, progress=told.append).skip(len(DATA))

    assert sum(told) == len(DATA)


@pytest.mark.parametrize("size", [0, 1, 99, 100, 101, 500])
def test_part__is_as_long_as_it_says(size: int) -> None:
    """A part gives exactly its bytes and leaves the window behind them."""
    window = Window(Bytes(DATA), capacity=100)
    part, found, buffer = Part(window, size), bytearray(), memoryview(bytearray(33))

    while count := part.readinto(buffer):
        found += buffer[:count]

    assert bytes(found) == DATA[:size]
    assert window.tell() == size


# --- compressed streams ---------------------------------------------------------------------------------------------


def drained(data: bytes) -> int:
    """Count what a gzip stream holds."""
    source, buffer, total = inflated(Bytes(data), "gzip"), memoryview(bytearray(1 << 16)), 0
    while count := source.readinto(buffer):
        total += count
    return total


@pytest.mark.parametrize(("held", "parts"), [(0, 1000), (127, 1000), (128, 1001), (256, 1002)])
def test_parts__as_many_as_their_content_allows(held: int, parts: int) -> None:
    """A thousand parts are free and each 128 bytes of content allow another one; the next is refused."""
    first, empty = gzip.compress(bytes(held)), gzip.compress(b"")

    assert drained(first + empty * (parts - 1)) == held
    with pytest.raises(LimitError, match=rf"has {parts + 1} parts for {held} bytes"):
        drained(first + empty * parts)


@pytest.mark.parametrize(
    ("magic", "known", "foreign"),
    [
        (b"\x1f\x8b\x08\x00", "gzip", ""),
        (b"\x28\xb5\x2f\xfd", "zstd", ""),
        (b"\x50\x2a\x4d\x18", "zstd", ""),
        (b"\x5f\x2a\x4d\x18", "zstd", ""),
        (b"\x4f\x2a\x4d\x18", "none", ""),
        (b"\x60\x2a\x4d\x18", "none", ""),
        (b"\x50\x2a\x4d\x19", "none", ""),
        (b"\x1f\x8c\x00\x00", "none", ""),
        (b"\xfd7zX", "none", "xz"),
        (b"BZh9", "none", "bzip2"),
        (b"LZIP", "none", "lzip"),
        (b"\x04\x22\x4d\x18", "none", "lz4"),
        (b"\x1f\x9d\x90\x00", "none", "compress"),
        (b"", "none", ""),
    ],
)
def test_compression__is_told_by_its_first_bytes(magic: bytes, known: str, foreign: str) -> None:
    """What is read, what is only named, and what is neither are told by the formats' own magic numbers."""
    assert (compression_of(magic), foreign_compression(magic)) == (known, foreign)


def test_pax__is_read_where_it_is_as_long_as_the_limit() -> None:
    """A PAX header of exactly the limit is read like any other."""
    data = pax(path=b"p" * 200) + member(b"short", b"") + END
    length = int(data[124:135], 8)

    assert [member.name for member in members(Window(Bytes(data)), Limits(header_bytes=length))] == [b"p" * 200]
    with pytest.raises(LimitError):
        list(members(Window(Bytes(data)), Limits(header_bytes=length - 1)))


def test_inflated__more_than_anybody_takes_at_once() -> None:
    """A stream whose last bytes in make many bytes out is read to its end, in pieces of the reader's choice."""
    assert drained(gzip.compress(bytes(5_000_000))) == 5_000_000


@pytest.mark.parametrize(("window_log", "fits"), [(27, True), (28, False)])
def test_inflated__window_of_zstd(window_log: int, *, fits: bool) -> None:
    """A frame that needs 128 MiB to be read is read, one that needs more is refused before anything is set aside."""
    frame = b"\x28\xb5\x2f\xfd\x00" + bytes([(window_log - 10) << 3]) + b"\x01\x00\x00"

    source = inflated(Bytes(frame), "zstd")

    if fits:
        assert source.readinto(memoryview(bytearray(10))) == 0
        return
    with pytest.raises(ImageError, match="zstd stream is corrupt"):
        source.readinto(memoryview(bytearray(10)))


_UNITS = {"": 1, "MB": 10**6, "GiB": 1024**3}


def test_limits__are_those_of_the_page(root: Path) -> None:
    """The table of limits has every one that has a name, with its default."""
    page = (root / "docs/measuring.md").read_text(encoding="utf-8").replace("\u00a0", " ")
    rows = re.findall(r"^\|[^|]+\| `([a-z-]+)` \| ([0-9][0-9 ]*[0-9]|[0-9]) ?(MB|GiB)? ?[,|]", page, re.MULTILINE)

    told = {name.replace("-", "_"): int(count.replace(" ", "")) * _UNITS[unit] for name, count, unit in rows}

    assert {field.name: getattr(Limits(), field.name) for field in fields(Limits)} == told
