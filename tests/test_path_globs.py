"""Globs of paths: what they cover, and that none of them is slow."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.path_globs import path_matcher

CASES = (
    ("/root/.cache/**", "root/.cache/pip/x", True),
    ("/root/.cache/**", "root/.cachex", False),
    ("/root/.cache", "root/.cache/pip/x", True),
    ("/root/.cache", "home/root/.cache", False),
    ("**/.git/**", "app/.git/HEAD", True),
    ("**/.git", ".git/HEAD", True),
    ("**/.git", "app/x.git/HEAD", False),
    ("**/*.pyc", "a/b/c.pyc", True),
    ("**/*.pyc", "c.pyc", True),
    ("/usr/*/doc", "usr/share/doc/bash", True),
    ("/usr/*/doc", "usr/share/x/doc", False),
    ("/usr/**/doc", "usr/doc", True),
    ("/usr/**/doc/**/*.gz", "usr/share/doc/bash/changelog.gz", True),
    ("/a*b*c", "axxbyyc", True),
    ("/a*b*c", "axxcyyb", False),
    ("/x**/y", "xz/y", True),
    ("/x**/y", "x/z/y", False),
    ("/caf?", "café", True),
    ("/caf??", "café", False),
    ("/a.c", "abc", False),
    ("/**", "anything/at/all", True),
    ("**/a/b", "x/a/c/a/b", True),
    ("/[x]", "[x]", True),
    ("/a*b*c*d", "a1b2c3d", True),
    ("/a*b*c*d", "a1c2b3d", False),
    ("/a*b*c*d", "a1b2d", False),
)


@pytest.mark.parametrize(("glob", "path", "covers"), CASES)
def test_glob__covers_what_it_says(glob: str, path: str, covers: bool):
    """A star stays within a segment, two stars do not, and what lies below a match is covered."""
    assert covers == bool(path_matcher([glob]).fullmatch(path.encode()))


def test_globs__cover_what_any_of_them_does():
    """Several globs are one matcher, and what none of them means is not covered."""
    matcher = path_matcher(["/a", "/b/*.pyc", "**/c"])

    assert [path for path in (b"a", b"b/x.pyc", b"x/c", b"ab", b"d") if matcher.fullmatch(path)] == [
        b"a",
        b"b/x.pyc",
        b"x/c",
    ]


def test_glob__of_none_covers_nothing():
    """Without globs nothing is covered."""
    assert path_matcher([]).fullmatch(b"a") is None


def covers_by_the_book(segments: list[str], path: list[str]) -> bool:
    """The definition, without any cleverness: try every way."""
    if not segments:
        return True
    head, *rest = segments
    if head == "**":
        return any(covers_by_the_book(rest, path[at:]) for at in range(len(path) + 1))
    return bool(path) and fits(head, path[0]) and covers_by_the_book(rest, path[1:])


def fits(pattern: str, name: str) -> bool:
    """Tell whether a segment's glob covers a name, by trying every way."""
    if not pattern:
        return not name
    if pattern[0] == "*":
        return any(fits(pattern[1:], name[at:]) for at in range(len(name) + 1))
    return bool(name) and pattern[0] in {"?", name[0]} and fits(pattern[1:], name[1:])


SEGMENTS = st.lists(st.one_of(st.just("**"), st.text("ab*?", min_size=1, max_size=5)), min_size=1, max_size=5)
PATHS = st.lists(st.text("ab", min_size=1, max_size=5), min_size=1, max_size=6)


@given(segments=SEGMENTS, path=PATHS)
def test_glob__agrees_with_the_definition(segments: list[str], path: list[str]):
    """The compiled matcher covers exactly what trying every way covers."""
    glob = "/" + "/".join(segments)

    found = path_matcher([glob]).fullmatch("/".join(path).encode())

    assert covers_by_the_book(segments, path) == bool(found)


def test_glob__with_many_stars_does_not_hang():
    """A glob made to explode in a backtracking matcher ends at once."""
    glob = "/" + "*a" * 200 + "b" + "/**/*a*a*a*a*c" * 20

    assert path_matcher([glob]).fullmatch(b"a" * 255 + b"/" + b"a/" * 1000) is None
