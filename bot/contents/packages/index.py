"""A merged filesystem, indexed in one pass for the package readers."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from bot.contents.lookup import LONGEST_PATH, walk
from bot.contents.work_budget import Work
from bot.formats.documents import Json, parse_list, parse_object
from bot.layers.paths import join
from bot.model.image import Entry, EntryKind, Located, Tree

_DEEPEST: Final = 64
_SPECIAL: Final = frozenset({b"", b".", b".."})
_EXECUTABLE: Final = 0o111
_PROGRAM_BYTES: Final = 1_000_000
_MANAGED: Final = (b"usr/", b"bin/", b"sbin/", b"lib")


class LooksFor(NamedTuple):
    """Which files a reader wants to find: by base name, by last suffix (with its dot), or by their directory."""

    names: frozenset[bytes] = frozenset()
    suffixes: frozenset[bytes] = frozenset()
    folders: frozenset[bytes] = frozenset()

    @classmethod
    def all_of(cls, several: Iterable["LooksFor"]) -> "LooksFor":
        """Return the union."""
        return cls(*(frozenset[bytes]().union(*sets) for sets in zip(*several, strict=True)))


class Index:
    """Live paths by what readers look for, programs, and paths resolved through directory symlinks."""

    def __init__(
        self, tree: Tree, looks_for: LooksFor, databases: frozenset[bytes] = frozenset(), work: Work | None = None
    ) -> None:
        """Index a tree; programs are executable files of at least 1 MB. Readers take ``work`` for what they do.

        ``databases`` are those that a distribution's package manager writes.
        """
        self.tree: Final = tree
        self.work: Final = work or Work()
        self._databases = databases
        self._named = defaultdict[bytes, list[bytes]](list)
        self._ending = defaultdict[bytes, list[bytes]](list)
        self._inside = defaultdict[bytes, list[bytes]](list)
        self._programs = list[bytes]()
        self._real_folders: dict[bytes, bytes] = {b"": b""}
        self._read(looks_for)

    def _read(self, looks_for: LooksFor) -> None:
        names, suffixes, folders = looks_for
        for path, located in self.live.items():
            cut = path.rfind(b"/")
            name = path[cut + 1 :]
            suffix = name[name.rfind(b".") :]
            if name in names:
                self._named[name].append(path)
            if suffix in suffixes:
                self._ending[suffix].append(path)
            if cut > 0 and path[:cut] in folders:
                self._inside[path[:cut]].append(path)
            if located.entry.stored_bytes >= _PROGRAM_BYTES and located.entry.mode & _EXECUTABLE:
                self._programs.append(path)

    @property
    def live(self) -> Mapping[bytes, Located]:
        """The merged filesystem."""
        return self.tree.live

    @property
    def unmanaged_programs(self) -> Sequence[bytes]:
        """Large executables that the distribution's package manager did not bring.

        It brings what lies in its directories in a layer that also writes its database.
        """
        written = {located.layer for path in self._databases if (located := self.live.get(path))}
        written |= {dead.layer for dead in self.tree.dead if dead.entry.path in self._databases}
        return [path for path in self._programs if self.live[path].layer not in written or not _is_managed(path)]

    def named(self, name: bytes) -> Sequence[bytes]:
        """Return the paths with a base name that was asked for."""
        return self._named.get(name, ())

    def ending(self, suffix: bytes) -> Sequence[bytes]:
        """Return the paths with a suffix that was asked for."""
        return self._ending.get(suffix, ())

    def inside(self, folder: bytes) -> Sequence[bytes]:
        """Return the paths directly in a directory that was asked for."""
        return self._inside.get(folder, ())

    def entry(self, path: bytes) -> Entry | None:
        """Return what lives at a path."""
        located = self.live.get(path)
        return located.entry if located else None

    def file_bytes(self, path: bytes) -> int:
        """Return the size of the file at a path, 0 where no file lives; a hard link is as large as what it names."""
        entry = self.entry(path)
        if entry and entry.kind == EntryKind.HARD_LINK:
            entry = self.entry(entry.link)
        return entry.stored_bytes if entry else 0

    def resolve(self, path: bytes) -> bytes:
        """Return the path that a name really leads to: through symlinked directories, not through a last symlink.

        Package databases say ``/bin/ls`` where the tree has ``usr/bin/ls`` and ``bin`` is a symlink.
        """
        self.work.spend_on_path(len(path))
        if len(path) > LONGEST_PATH:
            return path
        folder, _, name = path.strip(b"/").rpartition(b"/")
        real = self._real_folder(folder)
        return real + b"/" + name if real else name

    def join(self, folder: bytes, path: bytes) -> bytes:
        """Return a path relative to a directory, see ``paths.join``."""
        self.work.spend_on_path(len(folder) + len(path))
        return join(folder, path)

    def read_object(self, content: bytes, what: str) -> Json:
        """Read a JSON file that is an object; raises ``ImageError`` for one that is none, or too large."""
        self.work.parse(content)
        return parse_object(content, what)

    def read_list(self, content: bytes, what: str) -> Sequence[Json]:
        """Read a JSON file that is an array; raises ``ImageError`` for one that is none, or too large."""
        self.work.parse(content)
        return parse_list(content, what)

    def _real_folder(self, folder: bytes) -> bytes:
        """Resolve a directory once; most are no symlink in a directory that has been resolved before."""
        real = self._real_folders.get(folder)
        if real is not None:
            return real
        above, _, name = folder.rpartition(b"/")
        if folder.count(b"/") > _DEEPEST or name in _SPECIAL:
            real = self._walk(folder)
        else:
            parent = self._real_folder(above)
            candidate = parent + b"/" + name if parent else name
            real = self._walk(folder) if self._is_symlink(candidate) else candidate
        self._real_folders[folder] = real
        return real

    def _walk(self, folder: bytes) -> bytes:
        """Walk a directory from the root; a loop leads nowhere else, and an absurd path is not walked."""
        real = walk(self.tree, folder, self.work)
        return folder if real is None else real

    def _is_symlink(self, path: bytes) -> bool:
        located = self.live.get(path)
        return located is not None and located.entry.kind == EntryKind.SYMLINK


def _is_managed(path: bytes) -> bool:
    """Tell whether a path lies where distributions put programs, which excludes /usr/local (FHS 3.0, 4.9)."""
    return path.startswith(_MANAGED) and not path.startswith(b"usr/local/")
