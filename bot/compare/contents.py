"""Two images → what their bytes are: packages, unowned paths rolled up, dead bytes, and layers not read whole."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from bot.compare.inventory import Inventory
from bot.compare.rollup import BRIEF, Row, roll_up
from bot.model.explain import Content, ContentKind
from bot.model.image import Package


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
    r"""Give a path as text with a leading slash; bytes that are not UTF-8 become ``\xff``."""
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
