"""Bytes by path → the few directories and files that explain best where the change lies.

The change of a path is head − base; its *mass* is the magnitude of that, so that bytes which came and bytes which went
do not hide each other. Two rules decide what becomes a row (docs/explaining.md says why):

1. From the root down, a directory names its largest child as long as that child holds a third of the mass that the
   directory has not yet named, and at least one part in ``most_rows`` of all mass; a named child is looked into next.
2. From the bottom up, what a directory has not named becomes a row of its own where it is at least one part in
   ``most_rows`` of all mass; else it is left to the directory above. The root takes what remains.

So every row but the root's holds its part of the mass, no row hides one file that dominates it, and there are at most
``most_rows`` rows and the root's. The rows partition the bytes: their sums are the sums of what was given.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

ROOT: Final = b""
_NAMED_SHARE: Final = 3
_DEEPEST: Final = 64


class Row(NamedTuple):
    """A directory or file with the bytes at and below it that no other row has; ``files`` counts the changed ones."""

    path: bytes
    base_bytes: int
    head_bytes: int
    files: int

    @property
    def change(self) -> int:
        """Head − base."""
        return self.head_bytes - self.base_bytes


Sizes = Mapping[bytes, int]


def roll_up(base: Sizes, head: Sizes, *, most_rows: int) -> tuple[Row, ...]:
    """Roll bytes by path up to at most ``most_rows`` rows and the root's, largest mass first.

    Rows whose bytes did not change are left out. The order and the rows depend on nothing but the sizes given.
    """
    changes = dict(_changes(base, head))
    masses = _Masses.of(changes)
    rows = frozenset(_rows(masses, most_rows))
    totals = _Totals(rows)
    totals.add(base, head, changes)
    changed = [row for row in totals.rows() if row.files]
    return tuple(sorted(changed, key=lambda row: (-abs(row.change), row.path)))


def _changes(base: Sizes, head: Sizes) -> Iterator[tuple[bytes, int]]:
    """Give (path, magnitude of its change) of every path whose bytes changed."""
    known = base.get
    for path, count in head.items():
        change = count - known(path, 0)
        if change:
            yield path, abs(change)
    yield from ((path, count) for path, count in base.items() if count and path not in head)


@dataclass(slots=True)
class _Masses:
    """The mass of every changed file and of every directory above one, and the children of each directory."""

    of_path: dict[bytes, int] = field(default_factory=dict)
    children: dict[bytes, list[bytes]] = field(default_factory=dict)

    @classmethod
    def of(cls, files: Mapping[bytes, int]) -> "_Masses":
        masses = defaultdict[bytes, int](int, files)
        children = defaultdict[bytes, list[bytes]](list)
        folders = _with_ancestors(map(parent, files))
        for path in files.keys() - folders:
            folder = parent(path)
            masses[folder] += files[path]
            children[folder].append(path)
        for folder in sorted(folders - {ROOT}, key=len, reverse=True):
            above = parent(folder)
            children[above].append(folder)
            masses[above] += masses[folder]
        return cls(masses, children)


def parent(path: bytes) -> bytes:
    """Give the directory of a path, the root's being ``b""``; below 64 levels, the one at the 64th."""
    if path.count(b"/") > _DEEPEST:
        return b"/".join(path.split(b"/", _DEEPEST)[:_DEEPEST])
    return path[: max(path.rfind(b"/"), 0)]


def _with_ancestors(folders: Iterable[bytes]) -> set[bytes]:
    found = {ROOT}
    for folder in folders:
        while folder not in found:
            found.add(folder)
            folder = parent(folder)  # noqa: PLW2901
    return found


def _rows(masses: _Masses, most_rows: int) -> Iterator[bytes]:
    """Give the paths that become rows, by the two rules of this module."""
    total = masses.of_path[ROOT]
    visited, left = [ROOT], {}
    for path in visited:
        named = _named(masses, path, total, most_rows)
        left[path] = masses.of_path[path] - sum(masses.of_path[child] for child in named)
        visited.extend(named)
    for path in reversed(visited):
        if path == ROOT or left[path] * most_rows >= total:
            yield path
        else:
            left[_visited_above(path, left)] += left[path]


def _named(masses: _Masses, path: bytes, total: int, most_rows: int) -> list[bytes]:
    """Give the children that a directory names, largest first; none for a file."""
    unnamed, named = masses.of_path[path], list[bytes]()
    for child in sorted(masses.children.get(path, ()), key=lambda one: (-masses.of_path[one], one)):
        mass = masses.of_path[child]
        if mass * _NAMED_SHARE < unnamed or mass * most_rows < total:
            break
        named.append(child)
        unnamed -= mass
    return named


def _visited_above(path: bytes, visited: Mapping[bytes, int]) -> bytes:
    above = parent(path)
    while above not in visited:
        above = parent(above)
    return above


class _Totals:
    """Adds every path to the row nearest above it."""

    def __init__(self, rows: frozenset[bytes]) -> None:
        self._rows = rows
        self._nearest = {ROOT: ROOT} | {row: row for row in rows}
        self._base = dict.fromkeys(rows, 0)
        self._head = dict.fromkeys(rows, 0)
        self._files = dict.fromkeys(rows, 0)

    def add(self, base: Sizes, head: Sizes, changed: Iterable[bytes]) -> None:
        """Add the bytes of both sides and count the changed files."""
        for path, count in base.items():
            self._base[self._row_of(path)] += count
        for path, count in head.items():
            self._head[self._row_of(path)] += count
        for path in changed:
            self._files[self._row_of(path)] += 1

    def rows(self) -> Iterator[Row]:
        """Give the rows with their sums."""
        for path in self._rows:
            yield Row(path, self._base[path], self._head[path], self._files[path])

    def _row_of(self, path: bytes) -> bytes:
        if path in self._rows:
            return path
        folder = parent(path)
        nearest = self._nearest.get(folder)
        return self._find(folder) if nearest is None else nearest

    def _find(self, folder: bytes) -> bytes:
        passed = list[bytes]()
        while folder not in self._nearest:
            passed.append(folder)
            folder = parent(folder)
        nearest = self._nearest[folder]
        self._nearest.update(dict.fromkeys(passed, nearest))
        return nearest
