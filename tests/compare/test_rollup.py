"""How bytes by path become few rows that explain the change."""

from hypothesis import given
from hypothesis import strategies as st

from bot.compare.rollup import BRIEF, ROOT, Detail, Row, roll_up

PATHS = st.lists(st.sampled_from([b"a", b"b", b"usr", b"lib"]), min_size=1, max_size=5).map(b"/".join)
SIZES = st.dictionaries(PATHS, st.integers(0, 10**9), max_size=25)


def many(folder: str, count: int, size: int) -> dict[bytes, int]:
    """Return ``count`` files of one size in a directory."""
    return {f"{folder}/{number:04}".encode(): size for number in range(count)}


def test_roll_up__many_small_files():
    """Where no child stands out, the directory is the row."""
    assert roll_up({}, many("root/.cache/go-build", 100, 7)) == (Row(b"root/.cache/go-build", 0, 700, 100),)


def test_roll_up__dominating_file():
    """A file that dominates its directory is named itself, the rest of the directory apart."""
    sizes = many("srv/data", 100, 5) | {b"srv/data/dump.sql": 9_000}

    assert roll_up({}, sizes) == (
        Row(b"srv/data/dump.sql", 0, 9_000, 1),
        Row(b"srv/data", 0, 500, 100),
    )


def test_roll_up__toolchain():
    """Large directories are named as deep as they explain, small rests are left to the root."""
    sizes = (
        many("usr/local/go/src", 1_000, 132_000)
        | many("root/.cache/go-build", 500, 172_000)
        | many("usr/local/go/pkg/tool", 20, 3_600_000)
        | {b"work/app/main": 8_600_000, b"etc/motd": 1_000}
    )

    assert roll_up({}, sizes) == (
        Row(b"usr/local/go/src", 0, 132_000_000, 1_000),
        Row(b"root/.cache/go-build", 0, 86_000_000, 500),
        Row(b"usr/local/go/pkg/tool", 0, 72_000_000, 20),
        Row(b"work/app/main", 0, 8_600_000, 1),
        Row(b"", 0, 1_000, 1),
    )


def test_roll_up__brief():
    """In brief, a directory is told apart only where one child holds half of it."""
    sizes = many("usr/local/go/src", 100, 5) | many("usr/local/go/pkg", 100, 4) | many("usr/local/go/bin", 2, 100)

    assert roll_up({}, sizes, BRIEF) == (Row(b"usr/local/go", 0, 1_100, 202),)


def test_roll_up__bytes_that_moved():
    """Bytes that left one place and came to another are two rows, not one row of nothing."""
    assert roll_up({b"app/v1/lib": 100}, {b"app/v2/lib": 100}) == (
        Row(b"app/v1/lib", 100, 0, 1),
        Row(b"app/v2/lib", 0, 100, 1),
    )


def test_roll_up__files_that_stayed():
    """A row tells how large the files were and are that changed; what stayed beside them does not count."""
    before = many("app/static", 50, 10)
    after = before | dict.fromkeys(many("app/static", 5, 10), 12)

    assert roll_up(before, after) == (Row(b"app/static", 50, 60, 5),)


def test_roll_up__file_becomes_a_directory():
    """What is a file on one side and a directory on the other loses no byte."""
    rows = roll_up({b"data": 50}, {b"data/one": 20, b"data/two": 25})

    assert sum(row.change for row in rows) == -5
    assert sum(row.base_bytes for row in rows) == 50


def test_roll_up__thousand_levels():
    """A hostile depth costs no more than 64 levels do."""
    deep = b"/".join([b"d"] * 2_000)

    (row,) = roll_up({}, {deep + b"/%d" % number: 10 for number in range(1_000)})

    assert row.head_bytes == 10_000


def test_roll_up__file_beside_a_directory_of_its_name():
    """What became a directory is a row like any other: for its own bytes and for those that now lie below it."""
    assert roll_up({}, {b"c/a": 3, b"c/a/a/a": 3}, Detail(2, 4)) == (Row(b"c/a", 0, 3, 1), Row(b"c/a/a/a", 0, 3, 1))

    before, after = {b"a/a/a/c": 3, b"a/b/c/b": 2}, {b"a": 3, b"a/a/a": 10}
    assert roll_up(before, after, Detail(5, 2)) == (Row(b"a/a/a", 3, 10, 2), Row(b"a", 2, 3, 2))


def test_roll_up__rest_that_is_left_to_the_directory_above():
    """What is too little for a row of its own counts with the directory above it, not with the root."""
    sizes = {b"a/a/b": 2, b"a/a/c": 1, b"a/c": 1}

    assert roll_up({}, sizes, Detail(2, 2)) == (Row(b"a", 0, 2, 2), Row(b"a/a/b", 0, 2, 1))


def test_roll_up__one_row():
    """A file that is all of the change is the one row."""
    assert roll_up({}, {b"a": 166}, Detail(1, 4)) == (Row(b"a", 0, 166, 1),)


def test_roll_up__least_part_that_is_told_apart():
    """A row holds a fortieth of all mass at least, in brief a tenth; a child of its own a third, in brief a half."""
    assert [row.path for row in roll_up({}, {b"a": 39, b"b": 1})] == [b"a", b"b"]
    assert [row.path for row in roll_up({}, {b"a": 40, b"b": 1})] == [b"a", ROOT]
    assert [row.path for row in roll_up({}, {b"a": 9, b"b": 1}, BRIEF)] == [b"a", b"b"]
    assert [row.path for row in roll_up({}, {b"a": 10, b"b": 1}, BRIEF)] == [b"a", ROOT]
    assert [row.path for row in roll_up({}, many("d", 60, 1) | {b"d/a": 30})] == [b"d", b"d/a"]
    assert [row.path for row in roll_up({}, many("d", 60, 1) | {b"d/a": 29})] == [b"d"]


def test_roll_up__deeper_than_anybody_looks():
    """What lies deeper than 64 levels is told by the directory at the 64th."""
    deep = "/".join(["d"] * 70)

    (row,) = roll_up({}, {f"{deep}/{folder}/{number}".encode(): 1 for folder in range(5) for number in range(9)})

    assert row == (b"/".join([b"d"] * 64), 0, 45, 45)


@given(SIZES, SIZES, st.integers(1, 10), st.integers(1, 5))
def test_roll_up__partitions_the_change(base, head, most_rows, one_in):
    """Rows sum to the change, count every changed path once, stay few, and no row hides half of it in one file."""
    rows = roll_up(base, head, Detail(most_rows, one_in))

    assert sum(row.change for row in rows) == sum(head.values()) - sum(base.values())
    assert sum(row.files for row in rows) == sum(
        1 for path in base.keys() | head.keys() if base.get(path, 0) != head.get(path, 0)
    )
    assert len(rows) <= most_rows + 1
    assert len({row.path for row in rows}) == len(rows)


@given(SIZES, SIZES)
def test_roll_up__does_not_depend_on_order(base, head):
    """The same sizes give the same rows in whatever order they come."""
    backwards = dict(reversed(base.items())), dict(reversed(head.items()))

    assert roll_up(base, head) == roll_up(*backwards)
