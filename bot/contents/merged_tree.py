"""Layers to the filesystem they make together (OCI image-spec, layer.md, "Applying Changesets").

The rules in short: whiteouts and opaque directories act on the layers below only; what a layer adds replaces what is
at its path, and a directory that is replaced by anything but a directory takes along all that is below it. A parent
that a layer does not mention is a directory. The names of a hard-linked inode keep it alive together.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Final

from bot.errors import LimitError
from bot.layers.paths import parent
from bot.model.image import Dead, Entry, EntryKind, Layer, Located, Tree

_DIRECTORY: Final = EntryKind.DIRECTORY
_FILE: Final = EntryKind.FILE
_HARD_LINK: Final = EntryKind.HARD_LINK
# A path of n bytes can imply n²/4 bytes of directories.
_MOST_UNDESCRIBED_BYTES: Final = 256_000_000
_STORED_BYTES: Final = itemgetter(2)
_WHITEOUT: Final = EntryKind.WHITEOUT


def merge(layers: Sequence[Layer]) -> Tree:
    """Merge an image's layers, lowest first."""
    (tree,) = merge_together([layers])
    return tree


def merge_together(images: Sequence[Sequence[Layer]]) -> tuple[Tree, ...]:
    """Merge several images; the layers that all of them begin with are merged once."""
    shared = _common_prefix([[layer.diff_id for layer in layers] for layers in images])
    trunk = _Filesystem()
    for index in range(shared):
        trunk.apply(index, images[0][index].entries)
    trees = []
    for number, layers in enumerate(images, start=1):
        # The last image has the trunk itself, which saves a copy of everything.
        branch = trunk if number == len(images) else trunk.fork()
        for index in range(shared, len(layers)):
            branch.apply(index, layers[index].entries)
        trees.append(branch.tree())
    return tuple(trees)


def _common_prefix(images: Sequence[Sequence[str]]) -> int:
    """Count the layers that all images begin with."""
    count = 0
    for diff_ids in zip(*images, strict=False):
        if len(set(diff_ids)) > 1:
            break
        count += 1
    return count


class _Inode:
    """A file with several names: where its bytes lie, and the names that live (in the order they came)."""

    __slots__ = ("bytes_at", "names")

    def __init__(self, bytes_at: Located, names: Iterable[bytes]) -> None:
        self.bytes_at = bytes_at
        self.names = dict.fromkeys(names)


class _Filesystem:
    """What lives after some layers, and what has died on the way."""

    def __init__(self) -> None:
        self._live: dict[bytes, Located] = {}
        self._directories: set[bytes] = {b""}
        self._dead: list[Dead] = []
        self._inodes: dict[bytes, _Inode] = {}
        self._undescribed_bytes = 0
        self._bytes = 0
        # Built when the first directory dies: most images never need to know a directory's children.
        self._children: defaultdict[bytes, set[bytes]] | None = None

    def fork(self) -> "_Filesystem":
        """Return an independent copy."""
        copy = _Filesystem()
        copy._live = self._live.copy()
        copy._directories = self._directories.copy()
        copy._dead = self._dead.copy()
        copy._undescribed_bytes = self._undescribed_bytes
        copy._bytes = self._bytes
        # Every name of an inode stands for it here, so each is copied once and not once a name.
        inodes = {id(inode): inode for inode in self._inodes.values()}
        twins = {number: _Inode(inode.bytes_at, inode.names) for number, inode in inodes.items()}
        copy._inodes = {path: twins[id(inode)] for path, inode in self._inodes.items()}
        return copy

    def apply(self, layer: int, entries: Sequence[Entry]) -> None:
        """Lay a layer over what is there; new files in known directories, nearly all there is, are laid at once."""
        self._bytes += sum(map(_STORED_BYTES, entries))
        # Whiteouts first, wherever they stand in the tar: they speak of the layers below and never of their own.
        for entry in entries:
            if entry[1] >= _WHITEOUT:
                self._delete(layer, entry)
        live, directories, new = self._live, self._directories, tuple.__new__
        for entry in entries:
            # By position, which is quicker than by name, since this loop sees every file.
            path, kind = entry[0], entry[1]
            is_new = kind is _FILE and path not in live and path not in directories
            if is_new and (folder := path.rpartition(b"/")[0]) in directories:
                live[path] = new(Located, (layer, entry))
                if self._children is not None:
                    self._children[folder].add(path)
            elif kind < _WHITEOUT:
                self._add(layer, entry)

    def _delete(self, layer: int, entry: Entry) -> None:
        if entry.path in self._directories:
            self._remove_below(layer, entry.path, deleted=True)
        if entry.kind is _WHITEOUT:
            self._directories.discard(entry.path)
            self._remove(layer, entry.path, deleted=True)
        self._bury(Located(layer, entry), layer, deleted=True)

    def _add(self, layer: int, entry: Entry) -> None:
        path, kind = entry.path, entry.kind
        if not path and kind is not _DIRECTORY:
            self._bury(Located(layer, entry), layer, deleted=False)
            return
        folder = path.rpartition(b"/")[0]
        if folder not in self._directories:
            self._make_directory(layer, folder)
        # Before the way is made: what the link names may lie below the directory that it replaces.
        inode = self._inode_of(entry) if kind is _HARD_LINK else None
        if path in self._live or path in self._directories:
            self._make_way(layer, path, kind)
        if kind is _DIRECTORY:
            self._directories.add(path)
        self._live[path] = Located(layer, entry)
        if self._children is not None and path:
            self._children[folder].add(path)
        if inode and inode.names:
            inode.names[path] = None
            self._inodes[path] = inode

    def _make_directory(self, layer: int, path: bytes) -> None:
        """Have a directory, and those above it, that no entry describes."""
        # Iterative and counted: a few paths of thousands of levels would otherwise make directories of gigabytes of
        # names.
        while path not in self._directories:
            self._undescribed_bytes += len(path)
            if self._undescribed_bytes > _MOST_UNDESCRIBED_BYTES:
                raise LimitError("The image is refused", why="it has too many directories that no entry describes")
            self._remove(layer, path, deleted=False)
            self._directories.add(path)
            if self._children is not None:
                self._children[parent(path)].add(path)
            path = parent(path)

    def _make_way(self, layer: int, path: bytes, kind: EntryKind) -> None:
        """Remove what an entry replaces; a directory over a directory replaces nothing."""
        if path in self._directories:
            if kind is _DIRECTORY:
                # Only hostile headers give a directory bytes.
                if located := self._live.get(path):
                    self._bury(located, layer, deleted=False)
                return
            self._remove_below(layer, path, deleted=False)
            self._directories.discard(path)
        self._remove(layer, path, deleted=False)

    def _remove_below(self, layer: int, path: bytes, *, deleted: bool) -> None:
        children = self._children = self._children or self._find_children()
        folders = [path]
        while folders:
            for child in sorted(children.pop(folders.pop(), ())):
                if child in self._directories:
                    self._directories.discard(child)
                    folders.append(child)
                if located := self._live.pop(child, None):
                    self._kill(layer, child, located, deleted=deleted)

    def _find_children(self) -> defaultdict[bytes, set[bytes]]:
        children: defaultdict[bytes, set[bytes]] = defaultdict(set)
        for path in self._live.keys() | self._directories:
            if path:
                children[path.rpartition(b"/")[0]].add(path)
        return children

    def _remove(self, layer: int, path: bytes, *, deleted: bool) -> None:
        if self._children is not None:
            self._children[parent(path)].discard(path)
        if located := self._live.pop(path, None):
            self._kill(layer, path, located, deleted=deleted)

    def _kill(self, layer: int, path: bytes, located: Located, *, deleted: bool) -> None:
        """Take a name away from a file; with the last one its bytes die."""
        inode = self._inodes.pop(path, None)
        if inode is None:
            self._bury(located, layer, deleted=deleted)
            return
        # Deleting one of two names frees nothing: the bytes are needed for as long as any name is.
        del inode.names[path]
        if not inode.names:
            self._bury(inode.bytes_at, layer, deleted=deleted)

    def _bury(self, located: Located, layer: int, *, deleted: bool) -> None:
        if located.entry.stored_bytes:
            self._dead.append(Dead(located.layer, located.entry, layer, deleted))

    def _inode_of(self, link: Entry) -> _Inode | None:
        """Find the file that a hard link is one more name of; ``None`` where it points nowhere."""
        target = self._live.get(link.link)
        if target is None or link.link == link.path or target.entry.kind is _DIRECTORY:
            return None
        inode = self._inodes.get(link.link)
        if inode is None:
            inode = self._inodes[link.link] = _Inode(target, [link.link])
        return inode

    def tree(self) -> Tree:
        """Return the result; a file whose first name is gone lies at the next one."""
        for inode in {id(inode): inode for inode in self._inodes.values()}.values():
            layer, entry = inode.bytes_at
            if entry.path not in inode.names or self._live[entry.path].entry is not entry:
                name = next(iter(inode.names))
                self._live[name] = Located(layer, entry._replace(path=name))
        dead_bytes = sum(dead.entry.stored_bytes for dead in self._dead)
        return Tree(self._live, self._dead, self._bytes - dead_bytes, dead_bytes)
