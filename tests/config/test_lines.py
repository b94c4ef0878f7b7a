"""The line of every key, found in one pass over the text."""

import pytest
import tomli
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.config.toml_lines import DEEPEST, KeyPath, key_lines

PICTURE = '''\
# a comment with [brackets] and "quotes"
top = 1
[budget]   # header
max-size = "500 MB"
deny-paths = [ "/a",
  # "/not/this"
  "/b", ]
"quoted \\"key\\"" = """
[not.a.header]
key = 1
"""
literal = \'\'\'it''s = fine\'\'\'
[budget.paths]
'/usr/share' = "1 MB"
[[image]]
name = "a"
budget.max-size = {limit = "1 MB", on-exceed = "warn"}
number = -1.5e3
when = 2026-12-31 10:00:00
[image.budget.platform."linux/arm64"]
max-layers = 3
[[image]]
name = "b"
'''

LINES: dict[KeyPath, int] = {
    ("top",): 2,
    ("budget",): 3,
    ("budget", "max-size"): 4,
    ("budget", "deny-paths"): 5,
    ("budget", "deny-paths", 0): 5,
    ("budget", "deny-paths", 1): 7,
    ("budget", 'quoted "key"'): 8,
    ("budget", "literal"): 12,
    ("budget", "paths"): 13,
    ("budget", "paths", "/usr/share"): 14,
    ("image",): 15,
    ("image", 0): 15,
    ("image", 0, "name"): 16,
    ("image", 0, "budget"): 17,
    ("image", 0, "budget", "max-size"): 17,
    ("image", 0, "budget", "max-size", "limit"): 17,
    ("image", 0, "budget", "max-size", "on-exceed"): 17,
    ("image", 0, "number"): 18,
    ("image", 0, "when"): 19,
    ("image", 0, "budget", "platform"): 20,
    ("image", 0, "budget", "platform", "linux/arm64"): 20,
    ("image", 0, "budget", "platform", "linux/arm64", "max-layers"): 21,
    ("image", 1): 22,
    ("image", 1, "name"): 23,
}


def test_lines__of_a_picture():
    """Tables, dotted and quoted keys, arrays over lines, inline tables and arrays of tables have their lines."""
    assert key_lines(PICTURE) == LINES


def test_lines__beyond_the_deepest_level_are_left_out():
    """What lies too deep is passed over, however deep, and what follows has its line."""
    text = "a = " + "[" * 300 + "]" * 300 + "\nb = 1\n"

    found = key_lines(text)

    expected = 2
    assert expected == found["b",]
    assert max(map(len, found)) <= DEEPEST + 1


KEYS = st.one_of(
    st.sampled_from(["a", "b", "c-d", "'q.r'", '"s t"', '"\\u0041"']),
    st.text("xyz", min_size=1, max_size=2),
)
SCALARS = st.sampled_from(
    [
        "1",
        "-1.5",
        "true",
        "2026-12-31",
        "2026-12-31 10:00:00",
        '"x # y"',
        "'[z]'",
        '"""m\n[n]\n"""',
        "'''o = 'p'''",
        "+inf",
    ]
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: "[\n" + ",\n".join(items) + "\n]")
        | st.lists(st.tuples(KEYS, inner), max_size=3).map(
            lambda pairs: "{" + ", ".join(f"{key} = {value}" for key, value in pairs) + "}"
        )
    ),
    max_leaves=6,
)
STATEMENTS = st.one_of(
    st.tuples(st.lists(KEYS, min_size=1, max_size=3), VALUES).map(lambda pair: f"{' . '.join(pair[0])} = {pair[1]}"),
    st.lists(KEYS, min_size=1, max_size=3).map(lambda key: f"[{'.'.join(key)}]"),
    st.lists(KEYS, min_size=1, max_size=2).map(lambda key: f"[[ {' . '.join(key)} ]]"),
    st.sampled_from(["", "# comment [x]", "   "]),
)


def paths(value: object, path: KeyPath = ()) -> set[KeyPath]:
    """Every path of a parsed value."""
    items: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    return {path} - {()} | {found for key, item in items for found in paths(item, (*path, key))}


def lines_by_growing_prefix(text: str) -> dict[KeyPath, int]:
    """The slow way: a path's line is reached by the first prefix of whole lines that parses and has the path."""
    found: dict[KeyPath, int] = {}
    lines = text.splitlines(keepends=True)
    for end in range(1, len(lines) + 1):
        try:
            values = tomli.loads("".join(lines[:end]))
        except tomli.TOMLDecodeError:
            continue
        for path in paths(values):
            found.setdefault(path, end)
    return found


@settings(max_examples=300)
@given(st.lists(STATEMENTS, max_size=8))
def test_lines__agree_with_the_parser(statements: list[str]):
    """For any valid text every path that the parser gives has a line, no other has, and none lies after its value."""
    text = "\n".join(statements) + "\n"
    try:
        values = tomli.loads(text)
    except tomli.TOMLDecodeError:
        return

    found = key_lines(text)

    assert paths(values) == set(found)
    assert all(found[path] <= line for path, line in lines_by_growing_prefix(text).items())


@pytest.mark.parametrize("end", ["\n", ""])
def test_lines__of_one_line_values_are_those_of_the_growing_prefix(end: str):
    """Where every value fits one line, the quick way and the slow way give the very same lines."""
    text = "\n".join(line for line in PICTURE.splitlines() if not line.startswith(("deny", "  ", '"', "[not", "key")))

    assert lines_by_growing_prefix(text + end) == key_lines(text + end)
