"""Files → a few COPY instructions: whole folders where all of one goes, else files by the folder they lie in."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from bot.candidates.seen import Seen, text_of
from bot.layers.paths import ancestors, parent

MOST_COPIES: Final = 20
_NEVER_WHOLE: Final = frozenset(
    b" root home usr opt srv var etc bin sbin lib lib64 usr/bin usr/sbin usr/lib usr/share usr/local usr/local/bin"
    b" usr/local/lib usr/local/share usr/src var/lib etc/ssl usr/lib/x86_64-linux-gnu usr/lib/aarch64-linux-gnu".split(
        b" "
    )
)
_FEW_FILES: Final = 1


@dataclass(frozen=True, slots=True, order=True)
class Copy:
    """One COPY: absolute sources, and where they go: a folder's contents into it, or files into a folder (``…/``)."""

    sources: tuple[str, ...]
    destination: str
    owner: str = ""
    """``user:group`` by number; empty where what is copied keeps its own."""

    @property
    def is_folder(self) -> bool:
        """True where a folder as a whole is copied."""
        return len(self.sources) == 1 and self.sources[0] == self.destination and self.sources[0].endswith("/")


@dataclass(frozen=True, slots=True)
class Packing:
    """What goes along, packed: folders as a whole, single files, folders that are empty."""

    whole: frozenset[bytes]
    files: frozenset[bytes]
    empty: frozenset[bytes] = frozenset()

    @property
    def folders(self) -> frozenset[bytes]:
        """The folders that are copied."""
        return self.whole | self.empty

    def count(self) -> int:
        """How many instructions it takes."""
        return len(self.folders) + len({parent(path) for path in self.files})


def pack(
    seen: Seen, wanted: Collection[bytes], empty: Collection[bytes] = (), together: Collection[bytes] = ()
) -> Packing | None:
    """Pack files into at most twenty copies, with some that nobody asked for where that takes fewer; else ``None``.

    Folders of ``together`` go as a whole, for the sake of the links in them.
    """
    census = _Census(seen, wanted, _NEVER_WHOLE - set(together))
    for one in together:
        census.fill(one)
    packing = Packing(*census.split(), empty=frozenset(empty))
    while packing.count() > MOST_COPIES:
        folder = census.cheapest(packing)
        if folder is None:
            return None
        census.fill(folder)
        packing = Packing(*census.split(), empty=frozenset(empty))
    return replace(packing, empty=packing.empty - {one for one in empty if set(ancestors(one)) & packing.whole})


def copies_of(seen: Seen, packing: Packing, owned: Collection[bytes], owner: str) -> tuple[Copy, ...]:
    """Write a packing as copies; folders at or above one that must be ``owned`` go to ``owner``, if there is one."""
    folders = (_folder_copy(seen, one, owned, owner) for one in packing.folders)
    grouped: defaultdict[bytes, list[bytes]] = defaultdict(list)
    for path in sorted(packing.files):
        grouped[parent(path)].append(path)
    files = (_file_copy(folder, paths, owned, owner) for folder, paths in grouped.items())
    return tuple(sorted([*folders, *files], key=lambda one: one.destination))


def _folder_copy(seen: Seen, folder: bytes, owned: Collection[bytes], owner: str) -> Copy:
    path = text_of(folder) + "/"
    if owner and any(one == folder or one.startswith(folder + b"/") for one in owned):
        return Copy((path,), path, owner)
    user, group = seen.owner_of(folder)
    return Copy((path,), path, f"{user}:{group}" if (user or group) and not owner else "")


def _file_copy(folder: bytes, paths: list[bytes], owned: Collection[bytes], owner: str) -> Copy:
    sources = tuple(map(text_of, paths))
    destination = sources[0] if len(sources) == 1 else text_of(folder) + "/"
    return Copy(sources, destination, owner if owner and folder in owned else "")


class _Census:
    """How many living files lie below each folder, and how many of them are wanted."""

    def __init__(self, seen: Seen, wanted: Collection[bytes], never_whole: Collection[bytes]) -> None:
        self._seen = seen
        self._never_whole = never_whole
        self._wanted = set(wanted)
        self._all = self._count(path for path in seen.live if seen.is_file(path))
        self._here: Mapping[bytes, int] = Counter()

    def split(self) -> tuple[frozenset[bytes], frozenset[bytes]]:
        """Return the folders that go as a whole, as deep as one holds everything, and the files that are left."""
        self._here = self._count(self._wanted)
        whole, files = set[bytes](), set[bytes]()
        for path in self._wanted:
            top = next((one for one in reversed(list(ancestors(path))) if self._is_whole(one)), None)
            (files.add(path) if top is None else whole.add(self._deepest(top, path)))
        return frozenset(whole), frozenset(files)

    def cheapest(self, packing: Packing) -> bytes | None:
        """Find the folder that is all ours and would take the fewest bytes for each instruction it saves."""
        saved = Counter(
            folder
            for path in (*packing.whole, *{parent(one) + b"/x" for one in packing.files})
            for folder in ancestors(path)
        )
        possible = [
            one for one, count in saved.items() if count > 1 and one not in self._never_whole and self._is_ours(one)
        ]
        return min(possible, key=lambda one: self._extra_bytes(one) / (saved[one] - 1), default=None)

    def fill(self, folder: bytes) -> None:
        """Want everything below a folder."""
        self._wanted |= set(self._below(folder))

    def _is_whole(self, folder: bytes) -> bool:
        count = self._here[folder]
        return folder not in self._never_whole and count > _FEW_FILES and count == self._all[folder]

    def _deepest(self, folder: bytes, path: bytes) -> bytes:
        """Go down while a folder holds but one other, which holds everything; a package's own folder stays whole."""
        for one in reversed([one for one in ancestors(path) if len(one) > len(folder)]):
            if parent(one) != folder or self._here[one] != self._here[folder]:
                break
            folder = one
        return folder

    def _is_ours(self, folder: bytes) -> bool:
        """Tell whether no package owns anything in a folder."""
        return not any(path in self._seen.owners and path not in self._wanted for path in self._below(folder))

    def _extra_bytes(self, folder: bytes) -> int:
        return sum(self._seen.bytes_of(path) for path in self._below(folder) if path not in self._wanted)

    def _below(self, folder: bytes) -> Iterable[bytes]:
        return self._seen.files_below(folder)

    @staticmethod
    def _count(paths: Iterable[bytes]) -> Counter[bytes]:
        return Counter(folder for path in paths for folder in ancestors(path))
