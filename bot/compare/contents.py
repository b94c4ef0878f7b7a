"""Two images → what their bytes are: packages, unowned paths rolled up, dead bytes, layers not read whole.

An ``Inventory`` indexes one side by owner; ``find_changes`` tells which paths are worth looking at.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Final, NamedTuple

from bot.compare.rollup import BRIEF, Row, roll_up
from bot.model.explain import Content, ContentKind, Measurement
from bot.model.image import Dead, Entry, EntryKind, Located, Package

Sizes = Mapping[bytes, int]


class Inventory:
    """The bytes of one side by owner; a side that does not exist (``None``) holds nothing."""

    def __init__(self, side: Measurement | None) -> None:
        self.packages: Final[tuple[Package, ...]] = side.packages if side else ()
        self.live: Final[Mapping[bytes, Located]] = side.tree.live if side else {}
        self.total_bytes: Final = side.image.unpacked_bytes if side else 0
        self.unread_bytes: Final = self.total_bytes - side.tree.live_bytes - side.tree.dead_bytes if side else 0
        self._dead: Iterable[Dead] = side.tree.dead if side else ()
        self._layers = side.image.layers if side else ()

    @cached_property
    def owners(self) -> Mapping[bytes, str]:
        """The package of every owned path, such as ``gcc-12 (deb)``."""
        return {
            path: label
            for package in self.packages
            for label in (f"{package.name} ({package.ecosystem})",)
            for path in package.paths
        }

    def unowned(self, paths: Iterable[bytes]) -> Sizes:
        """Return the stored bytes of those paths that live, hold any, and belong to no package."""
        live, owners = self.live, self.owners
        return {
            path: located.entry.stored_bytes
            for path in paths
            if (located := live.get(path)) and located.entry.stored_bytes and path not in owners
        }

    @cached_property
    def dead(self) -> Sizes:
        """Dead bytes by path, over all layers."""
        sizes = Counter[bytes]()
        for dead in self._dead:
            sizes[dead.entry.path] += dead.entry.stored_bytes
        return sizes

    def of_layers(self, layers: Iterable[int]) -> tuple[Sizes, Mapping[str, int]]:
        """Return the bytes that some layers hold: by path, and by package where one owns what lives there."""
        by_path, by_package = Counter[bytes](), Counter[str]()
        for layer in layers:
            for entry in self._layers[layer].entries:
                if entry.stored_bytes:
                    owner = self._owner(entry.path, layer)
                    if owner:
                        by_package[owner] += entry.stored_bytes
                    else:
                        by_path[entry.path] += entry.stored_bytes
        return by_path, by_package

    def _owner(self, path: bytes, layer: int) -> str | None:
        located = self.live.get(path)
        return self.owners.get(path) if located and located.layer == layer else None


class _Name(NamedTuple):
    ecosystem: str
    name: str


class _Installed(NamedTuple):
    """One version of a package with all its copies in an image."""

    version: str
    bytes: int
    files: int


def contents(base: Inventory, head: Inventory, changed: Iterable[bytes]) -> tuple[Content, ...]:
    """Decompose the change by content, largest first; the rows sum to head − base. ``changed`` are the changed paths.

    Rows that did not change are left out; a package whose version changed stays, whatever its bytes.
    """
    rows = [
        *_packages(base.packages, head.packages),
        *_paths(base, head, changed),
        *_dead(base, head),
        *_unread(base, head),
    ]
    return tuple(sorted(rows, key=lambda row: (-abs(row.bytes), row.kind, row.ecosystem, row.name)))


def printable(path: bytes) -> str:
    r"""Return a path as text with a leading slash; bytes that are not UTF-8 become ``\xff``."""
    return f"/{path.decode('utf-8', 'backslashreplace')}"


def _packages(base: Iterable[Package], head: Iterable[Package]) -> Iterator[Content]:
    before, after = _by_name(base), _by_name(head)
    for name in sorted(before.keys() | after.keys()):
        for old, new in _versions(before.get(name, []), after.get(name, [])):
            row = _package_row(name, old, new)
            if row.bytes or row.base_version != row.head_version:
                yield row


def _by_name(installed: Iterable[Package]) -> dict[_Name, list[_Installed]]:
    """Group packages by name; copies of one version count together."""
    copies = defaultdict[tuple[_Name, str], list[Package]](list)
    for package in installed:
        copies[_Name(package.ecosystem, package.name), package.version].append(package)
    grouped = defaultdict[_Name, list[_Installed]](list)
    for (name, version), packages in copies.items():
        count, files = sum(one.unpacked_bytes for one in packages), sum(len(one.paths) for one in packages)
        grouped[name].append(_Installed(version, count, files))
    return grouped


def _versions(
    before: Sequence[_Installed], after: Sequence[_Installed]
) -> Iterator[tuple[_Installed | None, _Installed | None]]:
    """Pair a version with itself, then the versions that are left, largest with largest, as upgrades."""
    old, new = {one.version: one for one in before}, {one.version: one for one in after}
    yield from ((old[version], new[version]) for version in old if version in new)
    gone = sorted((one for one in before if one.version not in new), key=_largest_first)
    came = sorted((one for one in after if one.version not in old), key=_largest_first)
    for at in range(max(len(gone), len(came))):
        yield gone[at] if at < len(gone) else None, came[at] if at < len(came) else None


def _largest_first(one: _Installed) -> tuple[int, str]:
    return -one.bytes, one.version


def _package_row(name: _Name, old: _Installed | None, new: _Installed | None) -> Content:
    return Content(
        kind=ContentKind.PACKAGE,
        name=name.name,
        base_bytes=old.bytes if old else 0,
        head_bytes=new.bytes if new else 0,
        ecosystem=name.ecosystem,
        base_version=old.version if old else None,
        head_version=new.version if new else None,
        files=max(old.files if old else 0, new.files if new else 0),
    )


def _paths(base: Inventory, head: Inventory, changed: Iterable[bytes]) -> Iterator[Content]:
    """Roll up what no package owns: paths that changed, and paths that a package came to own or let go."""
    paths = {*changed, *(base.owners.keys() ^ head.owners.keys())}
    return _rows(ContentKind.PATH, roll_up(base.unowned(paths), head.unowned(paths)))


def _dead(base: Inventory, head: Inventory) -> Iterator[Content]:
    return _rows(ContentKind.DEAD, roll_up(base.dead, head.dead, BRIEF))


def _rows(kind: ContentKind, rows: Iterable[Row]) -> Iterator[Content]:
    for row in rows:
        if row.change:
            yield Content(kind, printable(row.path), row.base_bytes, row.head_bytes, files=row.files)


def _unread(base: Inventory, head: Inventory) -> Iterator[Content]:
    if base.unread_bytes != head.unread_bytes:
        yield Content(ContentKind.UNREAD, "layers not read whole", base.unread_bytes, head.unread_bytes)


_METADATA: Final = slice(0, Entry._fields.index("content"))

Live = Mapping[bytes, Located]


class Changes(NamedTuple):
    """Paths by what became of them; only directories may be in ``paths`` without being in any of the counts.

    ``changed`` are paths on both sides that differ in kind, size, target, mode, owner or content. A path that is a
    directory on one side only came or went.
    """

    paths: frozenset[bytes]
    added: int
    removed: int
    changed: int


def find_changes(before: Live, after: Live, *, by_content: bool) -> Changes:
    """Compare two trees; content counts only where both sides identify it in the same way (``by_content``).

    Trees that share layers share entries, so that almost all of a pair is compared by identity.
    """
    same = before.get
    touched = [path for path, located in after.items() if same(path) is not located]
    gone = before.keys() - after.keys()
    compared = slice(None) if by_content else _METADATA
    differing = [path for path in touched if not _equal(before.get(path), after[path], compared)]
    added = removed = changed = 0
    for path in (*differing, *gone):
        was, now = _is_file(before.get(path)), _is_file(after.get(path))
        added += now and not was
        removed += was and not now
        changed += was and now
    return Changes(frozenset((*differing, *gone)), added, removed, changed)


def _equal(was: Located | None, now: Located, compared: slice) -> bool:
    return was is not None and (was.entry is now.entry or was.entry[compared] == now.entry[compared])


def _is_file(located: Located | None) -> bool:
    return located is not None and located.entry.kind != EntryKind.DIRECTORY
