"""Who owns a path that several packages claim."""

from bot.contents.merged_tree import merge
from bot.contents.packages.find import assign
from bot.contents.packages.package_reader import Found, Precedence
from tests.pictures import image


def owners(picture: str, *found: Found) -> dict[str, tuple[int, tuple[bytes, ...]]]:
    """Divide the paths of a picture; give bytes and paths of each package by name."""
    packages = assign(merge(image(picture).layers).live, found)
    return {package.name: (package.unpacked_bytes, package.paths) for package in packages}


def claim(precedence: Precedence, name: str, *paths: bytes, below: tuple[bytes, ...] = ()) -> Found:
    """Claim paths, and directories whole."""
    return Found(precedence, "any", name, "1", paths, below)


def test_assign__system_before_language():
    """The distribution's database comes first, in whatever order the claims come."""
    python, deb = claim(Precedence.LISTED, "python", b"a", b"b"), claim(Precedence.SYSTEM, "deb", b"a")

    assert owners("a 5\nb 7", python, deb) == {"deb": (5, (b"a",)), "python": (7, (b"b",))}


def test_assign__first_of_two_equals():
    """Of two claims of one kind the first counts."""
    one, other = claim(Precedence.SYSTEM, "one", b"a"), claim(Precedence.SYSTEM, "other", b"a")

    assert owners("a 5", one, other) == {"one": (5, (b"a",)), "other": (0, ())}


def test_assign__deepest_directory():
    """Of nested directories the deepest owns what is in it."""
    outer = claim(Precedence.DIRECTORY, "outer", below=(b"n/outer",))
    inner = claim(Precedence.DIRECTORY, "inner", below=(b"n/outer/n/inner",))

    assert owners("n/outer/a 5\nn/outer/n/inner/b 7\nn/outer/n/c 1", outer, inner) == {
        "outer": (6, (b"n/outer/a", b"n/outer/n/c")),
        "inner": (7, (b"n/outer/n/inner/b",)),
    }


def test_assign__file_that_somebody_delivered():
    """A file that says what it is belongs first to whoever delivered it, and then is no package of its own."""
    gem = claim(Precedence.DIRECTORY, "gem", below=(b"gems/x",))

    assert owners("gems/x/a.jar 5", claim(Precedence.FILE, "jar", b"gems/x/a.jar"), gem) == {
        "gem": (5, (b"gems/x/a.jar",))
    }


def test_assign__directories_and_missing_paths():
    """A claim on a directory's own entry, or on what does not live, gives nothing."""
    assert owners("etc/\netc/x 3", claim(Precedence.SYSTEM, "deb", b"etc", b"gone", b"")) == {"deb": (0, ())}


def test_assign__hard_links():
    """An inode is counted once, at the name that holds it."""
    one, other = claim(Precedence.SYSTEM, "one", b"a"), claim(Precedence.SYSTEM, "other", b"b")

    assert owners("a 5\nb == a", one, other) == {"one": (5, (b"a",)), "other": (0, (b"b",))}


def test_assign__hard_link_into_a_cache():
    """A file that was linked from a cache weighs for the package that has the link, not for the cache."""
    package = claim(Precedence.LISTED, "package", b"site/a.py")
    cache = claim(Precedence.DIRECTORY, "cache", below=(b"cache",))

    assert owners("cache/0123 5\nsite/a.py == cache/0123\ncache/index 1", cache, package) == {
        "package": (5, (b"site/a.py", b"cache/0123")),
        "cache": (1, (b"cache/index",)),
    }


def test_assign__claim_on_everything():
    """A claim on the root is only what nobody else claims."""
    greedy, deb = claim(Precedence.DIRECTORY, "greedy", below=(b"",)), claim(Precedence.SYSTEM, "deb", b"a")

    assert owners("a 5\nb 7", greedy, deb) == {"deb": (5, (b"a",)), "greedy": (7, (b"b",))}


def test_assign__text_of_any_length():
    """Foreign names are cut, and what is no text becomes writable."""
    found = Found(Precedence.SYSTEM, "deb", "n" * 10_000, "\udcff")

    (package,) = assign({}, [found])

    assert (len(package.name), package.version) == (200, "\\udcff")
