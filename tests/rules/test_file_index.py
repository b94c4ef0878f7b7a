"""What holds bytes, found by glob without reading everything."""

from hypothesis import given
from hypothesis import strategies as st

from bot.model.image import Entry, EntryKind
from bot.path_globs import compile_glob
from bot.rules.kit.file_index import ByteClass, FileIndex, IndexedFile, index_files
from tests.rules.world import picture

NAMES = st.sampled_from(["a", "b", ".git", "node_modules", "x.py", ".py", "x.tar.gz", "x1.gz", "lib", "usr"])
PATHS = st.lists(NAMES, min_size=1, max_size=5).map("/".join)
GLOBS = st.sampled_from(
    [
        "**/x*.gz",
        "**/*.py/**",
        "**/.git/**",
        "usr/**",
        "usr/lib/*",
        "**/*.py",
        "**/*.tar.gz",
        "*/a/**",
        "**/node_modules/**/x.py",
        "a",
        "**",
    ]
)


def indexed(path: str) -> IndexedFile:
    """Make a living file of one byte."""
    entry = Entry(path.encode(), EntryKind.FILE, 1, 0o644, (0, 0), b"", None)
    return IndexedFile(0, path.encode(), 1, ByteClass.LIVE, entry)


@given(st.sets(PATHS, max_size=30), GLOBS)
def test_matching__finds_exactly_what_the_glob_matches(paths: set[str], glob: str):
    """The index is only a short cut: it finds what trying every path would find."""
    index = FileIndex([indexed(path) for path in paths], {})

    expected = {path.encode() for path in paths if compile_glob(glob).fullmatch(path.encode())}

    assert expected == {one.path for one in index.matching(glob)}


def test_classes__are_living_dead_and_base():
    """Each byte of an image is of one class, and the classes sum to its size."""
    image = picture("FROM a\n  x 5\n  y 7\nRUN b\n  z 11\n  w 13\n  - y\nRUN c\n  - z")

    found = {(one.path, one.kind, one.killed_by) for one in index_files(image).all}

    assert found == {
        (b"x", ByteClass.BASE_IMAGE, -1),
        (b"y", ByteClass.BASE_IMAGE, 1),
        (b"z", ByteClass.DEAD, 2),
        (b"w", ByteClass.LIVE, -1),
    }
    assert sum(one.bytes for one in index_files(image).all) == image.image.unpacked_bytes


def test_hard_link__counts_only_where_every_name_matches():
    """Removing some names of a file frees nothing: a store that is linked into an environment holds no residue."""
    first = indexed("opt/conda/pkgs/a.so")
    index = FileIndex([first], {b"opt/conda/pkgs/a.so": [b"opt/conda/lib/a.so"]})

    assert index.matching("opt/conda/pkgs/**") == ()
    assert index.matching("opt/conda/pkgs/**", "opt/conda/lib/**") == (first,)
