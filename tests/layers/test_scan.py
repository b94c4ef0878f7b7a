"""The scan, which reads plain headers column by column, against one that reads every header alone."""

import xxhash
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import DeadweightError
from bot.layers.layer import Allowance, ScannedLayer, entry_of
from bot.layers.scan import scan_layer
from bot.layers.tar import members
from bot.layers.window import Bytes, Window
from bot.model.limits import Limits
from tests.layers.hostile import BLOCK, END, base256, header, padded, pax
from tests.pictures import layer


def one_by_one(data: bytes) -> ScannedLayer | None:
    """Scan a layer member by member; ``None`` where it is refused."""
    window, entries = Window(Bytes(data)), []
    try:
        for member in members(window, Limits()):
            content = xxhash.xxh3_64_intdigest(window.take(member.size)) if member.size else None
            entries.append(entry_of(member, content))
    except DeadweightError:
        return None
    return ScannedLayer(entries, sum(entry.stored_bytes for entry in entries))


def at_once(data: bytes, capacity: int) -> ScannedLayer | None:
    """Scan a layer in a window of some capacity; ``None`` where it is refused."""
    try:
        return scan_layer(Window(Bytes(data), capacity=capacity), Allowance(Limits()))
    except DeadweightError:
        return None


CHECKSUM = range(148, 156)
CAPACITIES = st.sampled_from((BLOCK, 2 * BLOCK, 3000, 1 << 20))
NAMES = st.sampled_from(
    [b"f", b"d/f", b"./f", b"/f", b"d/", b"d//f", b"d/./f", b"../f", b"d/.hidden"]
) | st.sampled_from([b".wh.f", b"d/.wh..wh..opq", b"f\0x", b"", b"x" * 100, b"\xff\xfe", b" "])
SIZES = st.one_of(
    st.integers(0, 1600),
    st.sampled_from((b"00000000009\0", b"0000000001 \0", b" 0000000001\0", b"1\0".ljust(12, b"\0"), bytes(12)))
    | st.sampled_from((b"000000000010", b"0000000001x\0", b"0000000_010\0", b"+0000000010\0", base256(5))),
)
HEADERS = st.builds(
    header,
    NAMES,
    SIZES,
    st.sampled_from([b"0", b"0", b"0", b"1", b"2", b"3", b"4", b"5", b"6", b"7", b"\0", b"S", b"g", b"Z"]),
    mode=st.sampled_from((b"0000644\0", b"   755 \0", b"000064x\0")),
    link=st.sampled_from((b"", b"", b"f", b"./d/f", b"/d/../f", b"f\0x", b"t" * 100)),
    prefix=st.sampled_from((b"", b"", b"p", b"p/q")),
    magic=st.sampled_from((b"ustar\x0000", b"ustar  \0", bytes(8))),
)
PAYLOADS = st.integers(0, 1600).map(lambda size: padded(bytes([size % 251 + 1]) * size))
FILES = st.builds(
    lambda name, link, size: header(name, size, link=link) + padded(bytes([size % 251 + 1]) * size),
    NAMES.filter(len),
    st.sampled_from((b"", b"odd")),
    st.integers(0, 1600),
)
MORE = st.sampled_from((pax(path="long/name"), pax(size="7"), bytes(BLOCK), header() + b"cut"))


@settings(max_examples=400, deadline=None)
@given(st.lists(FILES | FILES | HEADERS | PAYLOADS | MORE, max_size=8), CAPACITIES)
def test_scan_layer__headers_of_any_kind(blocks: list[bytes], capacity: int) -> None:
    """Whatever headers hold, and wherever a window ends, entries and refusals are those of reading one by one."""
    data = b"".join(blocks) + END

    assert one_by_one(data) == at_once(data, capacity)


def test_scan_layer__more_headers_than_a_batch() -> None:
    """Entries keep their order over batches, with headers of other kinds among them."""
    lines = "\n".join(f"f{number} {number % 700}\nl{number} -> f{number}\n-w{number}" for number in range(1500))
    data = layer(f"{lines}\n{'n' * 120} 5\nlast 1")

    found = at_once(data, 1 << 20)

    assert found is not None
    assert 4502 == len(found.entries)
    assert one_by_one(data) == found


def test_scan_layer__one_damaged_byte_of_a_header() -> None:
    """Any byte of a plain header that is not what its checksum was made of is found."""
    honest = layer("a 5\nb 5")

    def is_found(position: int) -> bool:
        damaged = bytearray(honest)
        damaged[position] ^= 1
        return at_once(bytes(damaged), 1 << 20) is None

    assert [] == [position for position in range(BLOCK) if position not in CHECKSUM and not is_found(position)]
