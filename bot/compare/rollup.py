"""Bytes by path → the few directories and files that explain best where the change lies.

The change of a path is head − base; its *mass* is the magnitude of that, so that bytes which came and bytes which went
do not hide each other. Two rules decide what becomes a row (docs/explaining.md says why):

1. From the root down, a directory names its largest child as long as that child holds one part in ``one_in`` of the
   mass that the directory has not yet named, and one part in ``most_rows`` of all mass; a named child is looked into
   next.
2. From the bottom up, what a directory has not named becomes a row of its own where it is one part in ``most_rows`` of
   all mass; else it is left to the directory above. The root takes what remains.

So every row but the root's holds its part of the mass, no row hides one file that dominates it, and there are at most
``most_rows`` rows and the root's. The rows partition the bytes: their sums are the sums of what was given.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

ROOT: Final = b""
_DEEPEST: Final = 64


class Detail(NamedTuple):
    """How far rows go: how many there may be, and from which part of its directory on a child is named."""

    most_rows: int
    one_in: int


DETAILED: Final = Detail(most_rows=40, one_in=3)
BRIEF: Final = Detail(most_rows=10, one_in=2)


class Row(NamedTuple):
    """A directory or file, and the bytes and the number of changed files at and below it that no other row has."""

    path: bytes
    base_bytes: int
    head_bytes: int
    files: int

    @property
    def change(self) -> int:
        """Head − base."""
        return self.head_bytes - self.base_bytes


Sizes = Mapping[bytes, int]


def roll_up(base: Sizes, head: Sizes, detail: Detail = DETAILED) -> tuple[Row, ...]:
    """Roll the bytes of changed paths up to at most ``detail.most_rows`` rows and the root's, largest change first.

    The rows depend on nothing but the sizes given.
    """
    changes = _changes(base, head)
    rows = frozenset(_rows(_weigh(changes), detail))
    nearest = {ROOT: ROOT} | {row: row for row in rows}
    before, after, files = (
        _by_row(sizes, rows, nearest)
        for sizes in (_only(base, changes), _only(head, changes), dict.fromkeys(changes, 1))
    )
    changed = (Row(row, before[row], after[row], files[row]) for row in rows if files[row])
    return tuple(sorted(changed, key=lambda row: (-abs(row.change), row.path)))


def _changes(base: Sizes, head: Sizes) -> dict[bytes, int]:
    """Return the magnitude of the change of every path whose bytes changed."""
    known = base.get
    # Magnitudes, not differences: 100 MB that came and 100 MB that went must not look like nothing in their directory.
    changes = {path: abs(change) for path, count in head.items() if (change := count - known(path, 0))}
    changes.update({path: count for path, count in base.items() if count and path not in head})
    return changes


def _only(sizes: Sizes, changes: Sizes) -> Sizes:
    return {path: sizes[path] for path in changes if path in sizes}


class _Masses(NamedTuple):
    """The mass of every changed file and of every directory above one, and what lies directly in a directory."""

    of_path: Mapping[bytes, int]
    children: Mapping[bytes, list[bytes]]


def _weigh(files: Mapping[bytes, int]) -> _Masses:
    """Sum masses up from the files to the root. What is a file on one side and a directory on the other is both."""
    masses, children = defaultdict[bytes, int](int, {ROOT: 0}), defaultdict[bytes, list[bytes]](list)
    for path, mass in files.items():
        # As in _folder, written out: this runs for every changed file, which can be a million.
        folder = path[: max(path.rfind(b"/"), 0)]
        masses[folder] += mass
        children[folder].append(path)
    folders = _with_ancestors(masses)
    # A file that became a directory (or the other way round): its own bytes count at the path, not beside it.
    for path in files.keys() & folders:
        children[_folder(path)].remove(path)
        masses[_folder(path)] -= files[path]
        masses[path] += files[path]
    # A directory's path is shorter than those below it, so when its turn comes all of them have been added.
    for folder in sorted(folders - {ROOT}, key=len, reverse=True):
        children[_above(folder)].append(folder)
        masses[_above(folder)] += masses[folder]
    return _Masses({**files, **masses}, children)


def _folder(path: bytes) -> bytes:
    """Return the directory that a file lies in."""
    return path[: max(path.rfind(b"/"), 0)]


def _above(folder: bytes) -> bytes:
    """Return the directory above one; for what lies deeper than 64 levels, the one at the 64th."""
    if folder.count(b"/") > _DEEPEST:
        return b"/".join(folder.split(b"/", _DEEPEST)[:_DEEPEST])
    return _folder(folder)


def _with_ancestors(folders: Iterable[bytes]) -> set[bytes]:
    found = {ROOT}
    for start in folders:
        folder = start
        while folder not in found:
            found.add(folder)
            folder = _above(folder)
    return found


def _rows(masses: _Masses, detail: Detail) -> Iterator[bytes]:
    """Yield the paths that become rows, by the two rules of this module."""
    total = masses.of_path[ROOT]
    visited, left = [ROOT], dict[bytes, int]()
    # The list grows while it is walked: from the root down, each directory after the one that named it.
    for path in visited:
        named = _named(masses, path, total, detail)
        left[path] = masses.of_path[path] - sum(masses.of_path[child] for child in named)
        visited.extend(named)
    # And back: whatever was named below has settled what it leaves before the directory above is asked.
    for path in reversed(visited):
        if path == ROOT or left[path] * detail.most_rows >= total:
            yield path
        else:
            left[_above(path)] += left[path]


def _named(masses: _Masses, path: bytes, total: int, detail: Detail) -> list[bytes]:
    """Return the children that a directory names, largest first; none for a file."""
    unnamed, named = masses.of_path[path], list[bytes]()
    for child in sorted(masses.children.get(path, ()), key=lambda one: (-masses.of_path[one], one)):
        mass = masses.of_path[child]
        # Integers multiplied, not fractions compared: a row must not depend on how a float rounds.
        if mass * detail.one_in < unnamed or mass * detail.most_rows < total:
            break
        named.append(child)
        unnamed -= mass
    return named


def _by_row(sizes: Sizes, rows: frozenset[bytes], nearest: dict[bytes, bytes]) -> dict[bytes, int]:
    """Sum sizes by the row nearest at or above each path; ``nearest`` remembers it for every directory met."""
    by_folder = defaultdict[bytes, int](int)
    for path, count in sizes.items():
        by_folder[path[: max(path.rfind(b"/"), 0)]] += count
    sums = dict.fromkeys(rows, 0)
    for folder, count in by_folder.items():
        sums[_nearest(folder, nearest)] += count
    # A row may be a file: its bytes were summed with those of its directory, and are taken back from there.
    for row in rows & sizes.keys():
        sums[_nearest(_folder(row), nearest)] -= sizes[row]
        sums[row] += sizes[row]
    return sums


def _nearest(start: bytes, known: dict[bytes, bytes]) -> bytes:
    folder, passed = start, list[bytes]()
    while folder not in known:
        passed.append(folder)
        folder = _above(folder)
    known.update(dict.fromkeys(passed, known[folder]))
    return known[folder]
