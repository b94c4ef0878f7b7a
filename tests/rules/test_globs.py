"""Globs over paths inside an image."""

import pytest

from bot.rules.globs import compile_glob, literal_head


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
