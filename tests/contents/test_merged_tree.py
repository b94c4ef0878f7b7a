"""The merged filesystem: each rule of the OCI image specification, and all of them against a naive filesystem."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.contents.merged_tree import merge, merge_together
from bot.errors import LimitError
from bot.model.image import Dead, Entry, EntryKind, Image, Layer, Tree
from tests.pictures import image


def live(tree: Tree) -> dict[str, int]:
    """Return the live paths that are no directories, and their bytes."""
    return {
        path.decode(): located.entry.stored_bytes
        for path, located in tree.live.items()
        if located.entry.kind is not EntryKind.DIRECTORY
    }


def dead(tree: Tree) -> list[tuple[int, str, int, int, bool]]:
    """Return what is dead: its layer, path, bytes, which layer killed it, and whether by deleting it."""
    return sorted((d.layer, d.entry.path.decode(), d.entry.stored_bytes, d.killed_by, d.deleted) for d in tree.dead)


def assert_adds_up(tree: Tree, layers: Sequence[Layer]) -> None:
    """Every byte is live or dead."""
    assert sum(layer.unpacked_bytes for layer in layers) == tree.live_bytes + tree.dead_bytes
    assert tree.live_bytes == sum(located.entry.stored_bytes for located in tree.live.values())
    assert tree.dead_bytes == sum(gone.entry.stored_bytes for gone in tree.dead)


CASES = {
    "overwrite": (("a 10", "a 3"), {"a": 3}, [(0, "a", 10, 1, False)]),
    "delete": (("a 10", "-a"), {}, [(0, "a", 10, 1, True)]),
    "delete a folder": (("d/\nd/a 10\nd/e/b 5", "-d"), {}, [(0, "d/a", 10, 1, True), (0, "d/e/b", 5, 1, True)]),
    "delete and recreate": (("a 10", "-a", "a 4"), {"a": 4}, [(0, "a", 10, 1, True)]),
    "opaque": (("d/a 10\nd/b 5", "d/\n-d/*\nd/a 2"), {"d/a": 2}, [(0, "d/a", 10, 1, True), (0, "d/b", 5, 1, True)]),
    "opaque root": (("a 1\nd/b 2", "-*\nc 3"), {"c": 3}, [(0, "a", 1, 1, True), (0, "d/b", 2, 1, True)]),
    "opaque spares its own layer": (("d/a 10", "d/b 5\n-d/*"), {"d/b": 5}, [(0, "d/a", 10, 1, True)]),
    "whiteout spares its own layer": (("a 10", "a 4\n-a"), {"a": 4}, [(0, "a", 10, 1, True)]),
    "whiteout of nothing": (("a 10", "-b\n-d/e"), {"a": 10}, []),
    "file over folder": (
        ("d/\nd/a 10\nd/e/b 5", "d 1"),
        {"d": 1},
        [(0, "d/a", 10, 1, False), (0, "d/e/b", 5, 1, False)],
    ),
    "symlink over folder": (("d/a 10", "d -> e"), {"d": 0}, [(0, "d/a", 10, 1, False)]),
    "folder over file": (("d 10", "d/\nd/a 1"), {"d/a": 1}, [(0, "d", 10, 1, False)]),
    "folder nobody describes over file": (("d 10", "d/e/a 1"), {"d/e/a": 1}, [(0, "d", 10, 1, False)]),
    "folder over folder": (("d/\nd/a 10", "d/ mode=0700"), {"d/a": 10}, []),
    "the same path twice in a layer": (("a 10\na 4",), {"a": 4}, [(0, "a", 10, 0, False)]),
    "devices and pipes": (("dev/null dev\np fifo", "-p"), {"dev/null": 0}, []),
    "a path that begins like a deleted folder": (
        ("d/a 1\nde/b 2\nd.e 3", "-d"),
        {"de/b": 2, "d.e": 3},
        [(0, "d/a", 1, 1, True)],
    ),
    "hard links count once": (("a 10\nb == a",), {"a": 10, "b": 0}, []),
    "first name deleted": (("a 10\nb == a", "-a"), {"b": 10}, []),
    "all names deleted": (("a 10\nb == a", "-a", "-b"), {}, [(0, "a", 10, 2, True)]),
    "last name replaced": (("a 10\nb == a", "-a", "b 3"), {"b": 3}, [(0, "a", 10, 2, False)]),
    "folder with all names": (("d/a 10\nd/b == d/a", "-d"), {}, [(0, "d/a", 10, 1, True)]),
    "folder with one name": (("d/a 10\nb == d/a", "-d"), {"b": 10}, []),
    "link to an older layer": (("a 10", "b == a", "-a"), {"b": 10}, []),
    "link to nothing": (("b == a",), {"b": 0}, []),
    "link to itself": (("a 10", "a == a"), {"a": 0}, [(0, "a", 10, 1, False)]),
    "link over a folder that holds its target": (("d/x 10", "d == d/x"), {"d": 0}, [(0, "d/x", 10, 1, False)]),
}


@pytest.mark.parametrize("case", CASES)
def test_merge__rules(case: str) -> None:
    """Each rule makes the live and dead files that the specification says."""
    pictures, expected_live, expected_dead = CASES[case]
    layers = image(*pictures).layers

    tree = merge(layers)

    assert expected_live == live(tree)
    assert expected_dead == dead(tree)
    assert_adds_up(tree, layers)


def test_merge__a_name_that_survives_says_where_its_bytes_lie() -> None:
    """A hard link whose first name is gone is a file with the bytes, content and layer of the first."""
    layers = image("a 10\nb == a", "-a").layers

    layer, entry = merge(layers).live[b"b"]

    assert (0, layers[0].entries[0]._replace(path=b"b")) == (layer, entry)


def test_merge__payload_of_a_whiteout() -> None:
    """Bytes that a whiteout marker carries are shipped and dead."""
    entry = Entry(b"a", EntryKind.WHITEOUT, 7, 0, (0, 0), b"", None)

    tree = merge([Layer("sha256:1", 7, None, entries=[entry])])

    assert ([Dead(0, entry, 0, True)], 0, 7) == (tree.dead, tree.live_bytes, tree.dead_bytes)


def test_merge__root_that_is_no_directory() -> None:
    """A file in the place of the root is nowhere, so its bytes are dead."""
    entry = Entry(b"", EntryKind.FILE, 7, 0, (0, 0), b"", None)

    assert 7 == merge([Layer("sha256:1", 7, None, entries=[entry])]).dead_bytes


def test_merge__directories_that_nobody_describes() -> None:
    """Paths that imply more directories than fit into memory are refused."""
    deep = b"/".join([b"d"] * 100_000)

    with pytest.raises(LimitError, match="directories"):
        merge([Layer("sha256:1", 0, None, entries=[Entry(deep, EntryKind.FILE, 0, 0, (0, 0), b"", None)])])


def test_merge_together__same_as_apart() -> None:
    """Images that begin alike are merged as if alone, whatever the first one does after the shared layers."""
    shared = ("d/a 10\nd/b == d/a\ne/f 3", "-d/a")
    images = [image(*shared, "-d"), image(*shared, "d 5\n-e/*"), image(*shared)]

    together = merge_together([drawn.layers for drawn in images])

    assert tuple(merge(drawn.layers) for drawn in images) == together


# --- against a filesystem that does one thing after another -------------------------------------------------------


@dataclass
class Node:
    """A file, or a directory where it has children."""

    origin: tuple[int, bytes, int] | None = None
    children: dict[bytes, "Node"] | None = None
    links: int = field(default=1)


class Naive:
    """A filesystem as a simple archiver would write it, with inodes as shared nodes."""

    def __init__(self) -> None:
        self.root = Node(children={})

    def folder(self, parts: list[bytes]) -> Node:
        """Return a directory, made if there is none."""
        node = self.root
        for part in parts:
            assert node.children is not None
            child = node.children.get(part)
            if child is None or child.children is None:
                child = node.children[part] = Node(children={})
            node = child
        return node

    def find(self, path: bytes) -> Node | None:
        """Return what lies at a path."""
        node: Node | None = self.root
        for part in path.split(b"/"):
            if node is None or node.children is None:
                return None
            node = node.children.get(part)
        return node

    def delete(self, entry: Entry) -> None:
        """Apply a whiteout or an opaque marker."""
        if entry.kind is EntryKind.OPAQUE:
            target = self.find(entry.path) if entry.path else self.root
            if target is not None and target.children is not None:
                target.children.clear()
            return
        *folders, name = entry.path.split(b"/")
        node = self.find(b"/".join(folders)) if folders else self.root
        if node is not None and node.children is not None:
            node.children.pop(name, None)

    def add(self, layer: int, entry: Entry) -> None:
        """Apply any other entry."""
        *folders, name = entry.path.split(b"/")
        target = self.find(entry.link) if entry.kind is EntryKind.HARD_LINK and entry.link != entry.path else None
        children = self.folder(folders).children
        assert children is not None
        if entry.kind is EntryKind.DIRECTORY:
            if name not in children or children[name].children is None:
                children[name] = Node(children={})
            return
        replaced = self.find(entry.link) is not target or (target is not None and target.children is not None)
        linkable = target is not None and not replaced and not entry.link.startswith(entry.path + b"/")
        children[name] = target if linkable and target else Node((layer, entry.path, entry.stored_bytes))

    def apply(self, layer: int, entries: Sequence[Entry]) -> None:
        """Apply a layer."""
        for entry in entries:
            if entry.kind >= EntryKind.WHITEOUT:
                self.delete(entry)
        for entry in entries:
            if entry.kind < EntryKind.WHITEOUT:
                self.add(layer, entry)

    def live_bytes(self) -> int:
        """Sum the files, each inode once."""
        seen: dict[int, int] = {}
        todo = [self.root]
        while todo:
            node = todo.pop()
            if node.children is not None:
                todo.extend(node.children.values())
            elif node.origin:
                seen[id(node)] = node.origin[2]
        return sum(seen.values())

    def paths(self) -> set[bytes]:
        """List what is no directory."""
        found: set[bytes] = set()
        todo = [(b"", self.root)]
        while todo:
            path, node = todo.pop()
            if node.children is None:
                found.add(path)
            else:
                todo.extend((path + b"/" + name if path else name, child) for name, child in node.children.items())
        return found


NAMES = st.lists(st.sampled_from("abc"), min_size=1, max_size=4).map("/".join)
LINES = st.one_of(
    st.builds("{} {}".format, NAMES, st.integers(0, 9)),
    st.builds("{}/".format, NAMES),
    st.builds("-{}".format, NAMES),
    st.builds("-{}/*".format, NAMES),
    st.builds("{} == {}".format, NAMES, NAMES),
    st.builds("{} -> {}".format, NAMES, NAMES),
)
IMAGES = st.lists(st.lists(LINES, max_size=8).map("\n".join), min_size=1, max_size=5)


def drawn(pictures: list[str]) -> Image:
    """Draw an image from generated lines."""
    return image(*pictures)


@settings(max_examples=400, deadline=None)
@given(IMAGES)
def test_merge__agrees_with_a_naive_filesystem(pictures: list[str]) -> None:
    """Applying layers one after another to a filesystem leaves the same paths and bytes, and every byte adds up."""
    layers = drawn(pictures).layers
    naive = Naive()
    for index, layer in enumerate(layers):
        naive.apply(index, layer.entries)

    tree = merge(layers)

    assert_adds_up(tree, layers)
    assert naive.paths() == {p for p, found in tree.live.items() if found.entry.kind is not EntryKind.DIRECTORY}
    assert naive.live_bytes() == tree.live_bytes


@settings(max_examples=100, deadline=None)
@given(IMAGES, IMAGES, IMAGES)
def test_merge_together__agrees_with_merge(shared: list[str], base: list[str], head: list[str]) -> None:
    """Merging a pair together gives what merging each gives."""
    pair = [drawn(shared + base).layers, drawn(shared + head).layers]

    assert tuple(merge(layers) for layers in pair) == merge_together(pair)


@pytest.mark.parametrize("pictures", [("a 513\nc == a\na == c",), ("a 513\nc == a", "a == c")])
def test_merge__a_link_back_to_the_first_name(pictures: tuple[str, ...]) -> None:
    """A file whose first name has become a link to its second keeps its bytes, at one of them."""
    tree = merge(image(*pictures).layers)

    assert (513, 0, 513) == (tree.live_bytes, tree.dead_bytes, sum(live(tree).values()))


def test_merge__directories_with_bytes() -> None:
    """Bytes that a hostile header gives a directory die with the next one in its place."""
    first = Entry(b"d", EntryKind.DIRECTORY, 700, 0, (0, 0), b"", 1)
    layer = Layer("sha256:1", 1303, None, entries=[first, first._replace(stored_bytes=603)])

    tree = merge([layer])

    assert (603, 700, [Dead(0, first, 0, False)]) == (tree.live_bytes, tree.dead_bytes, tree.dead)
