"""Globs over paths inside an image."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.path_globs import compile_glob, literal_head
from tests.cpu import within_seconds_of_cpu


@pytest.mark.parametrize(
    ("glob", "path", "expected"),
    [
        ("usr/lib/*.a", b"usr/lib/x.a", True),
        ("usr/lib/*.a", b"usr/lib/y/x.a", False),
        ("usr/**", b"usr/lib/x", True),
        ("usr/**", b"usr", False),
        ("usr/**", b"usrlocal/x", False),
        ("**/.git/**", b".git/config", True),
        ("**/.git/**", b"a/b/.git/config", True),
        ("**/.git/**", b"a/b.git/config", False),
        ("**/lib/**/*.a", b"usr/lib/x.a", True),
        ("**/lib/**/*.a", b"usr/lib/a/b/x.a", True),
        ("home/*/.npm/**", b"home/node/.npm/a", True),
        ("home/*/.npm/**", b"home/a/b/.npm/a", False),
        ("a?c", b"abc", True),
        ("a?c", b"a/c", False),
        ("a+(b)", b"a+(b)", True),
        ("**/x", b"new\nline/x", True),
    ],
)
def test_glob__matches_whole_paths(glob: str, path: bytes, expected: bool):
    """One star stays within a name, two cross directories, and everything else is literal."""
    assert expected == (compile_glob(glob).fullmatch(path) is not None)


@pytest.mark.parametrize(
    ("glob", "head"), [("usr/lib/x*/**", b"usr/lib/"), ("**/x", b""), ("etc/passwd", b"etc/passwd"), ("*.a", b"")]
)
def test_literal_head__is_where_every_match_begins(glob: str, head: bytes):
    """The head never reaches into a name that has a wildcard."""
    assert head == literal_head(glob)


_FORMER = {
    b"/**/": rb"/(?:.*/)?",
    b"**/": rb"(?:.*/)?",
    b"/**": rb"/.*",
    b"**": rb".*",
    b"*": rb"[^/]*",
    b"?": rb"[^/]",
}
_PARTS = re.compile(rb"/\*\*/|\*\*/|/\*\*|\*\*|\*|\?|[^*?/]+|/")


_NAMES = st.text("aab*?", min_size=1, max_size=5).filter(lambda name: "**" not in name)


@settings(max_examples=500)
@given(
    st.lists(st.just("**") | _NAMES, min_size=1, max_size=6).map("/".join),
    st.lists(st.text("aabc", min_size=1, max_size=3), min_size=1, max_size=6).map(lambda it: "/".join(it).encode()),
)
def test_glob__means_what_it_meant_when_it_tried_every_place(glob: str, path: bytes):
    """Holding on to the first place where a part fits changes no answer."""
    former = b"".join(_FORMER.get(part, re.escape(part)) for part in _PARTS.findall(glob.encode()))

    assert (compile_glob(glob).fullmatch(path) is None) == (re.fullmatch(former, path, re.DOTALL) is None)


def test_glob__with_many_stars_does_not_hang():
    """A glob made to explode in a backtracking matcher ends at once, also where it must match to the end."""
    code = (
        "from bot.path_globs import compile_glob\n"
        "for last in ('x', '*a*a*b', '**'):\n"
        "    glob = '**/' + '*a' * 200 + 'b' + '/**/*a*a*a*a*c' * 20 + '/**/' + last\n"
        "    assert not compile_glob(glob).fullmatch(b'a' * 255 + b'/' + b'a/' * 1000 + b'a' * 255)\n"
        "assert not compile_glob('**/' + '*a' * 100 + '*b').fullmatch((b'a' * 200 + b'/') * 500 + b'c')"
    )

    assert within_seconds_of_cpu(code)


@pytest.mark.parametrize(
    ("glob", "path"),
    [
        ("/" + "*a" * 12 + "*b", "b'a' * 255"),
        ("/" + "**/a/" * 6 + "**/b", "b'a/' * 255 + b'c'"),
    ],
    ids=["within a name", "across folders"],
)
def test_glob__holds_on_to_the_first_place_where_a_part_fits(glob: str, path: str):
    """A part of a glob that has found its place is not tried at every later one, neither within a name nor across folders."""
    assert within_seconds_of_cpu(
        f"from bot.path_globs import path_matcher\nassert not path_matcher([{glob!r}]).fullmatch({path})"
    )


def test_glob__path_that_begins_to_match_at_every_folder():
    """A path of a megabyte that has the first part of a glob seventy thousand times is refused in one pass."""
    code = (
        "from bot.path_globs import compile_glob\n"
        "path = b'site-packages/' * 70_000\n"
        "assert not compile_glob('**/site-packages/**/tests/**').fullmatch(path)"
    )

    assert within_seconds_of_cpu(code)
