"""The files of one commit, as discovery sees them: paths, modes and text; which paths stay inside; how much is read."""

import fnmatch
import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from bot.discovery.unknowns import cleaned

SYMLINK, SUBMODULE = "120000", "160000"
_WORKSPACE = re.compile(r"/github/workspace(?=/|$)|/home/runner/work/([^/]+)/\1(?=/|$)|/__w/([^/]+)/\2(?=/|$)")
"""Where a runner checks the repository out: in a container, on the machine, in a job's own container."""
_MOST_LINKS = 4
_DEEPEST_PATTERN = 40
_WILDCARDS = frozenset("*?[")


@dataclass(frozen=True)
class RepositoryTree:
    """Modes by path, and ``read``, which gives a file's text (a link's target), ``None`` where it cannot be had."""

    modes: Mapping[str, str]
    read: Callable[[str], str | None] = field(repr=False)
    _texts: dict[str, str | None] = field(default_factory=dict, repr=False, compare=False)

    def text(self, path: str) -> str | None:
        """A file's text, read once; links inside the tree are followed."""
        real = self.resolved(path)
        if real not in self._texts:
            text = self.read(real) if self.modes.get(real, SUBMODULE) not in {SYMLINK, SUBMODULE} else None
            self._texts[real] = cleaned(text) if text is not None else None
        return self._texts[real]

    def has(self, path: str) -> bool:
        """Tell whether a file (or a link to one) is there."""
        return self.modes.get(self.resolved(path), SUBMODULE) != SUBMODULE

    def has_folder(self, path: str) -> bool:
        """Tell whether a folder is there; the root always is."""
        return path == "." or path in self.folders

    def holds(self, path: str) -> bool:
        """Tell whether a file, a link or a folder of this path is there, also through links."""
        real = self.resolved(path)
        return path in self.modes or real in self.modes or self.has_folder(real)

    def resolved(self, path: str) -> str:
        """Follow symbolic links that stay inside the tree, folders too; a path that leads nowhere is given back."""
        for _ in range(_MOST_LINKS):
            link = self._link_in(path)
            target = inside(posixpath.join(posixpath.dirname(link), self.read(link) or "")) if link else None
            if target is None or target == link:
                break
            path = posixpath.normpath(f"{target}{path[len(link) :]}")
        return path

    def _link_in(self, path: str) -> str:
        """The first part of a path that is a link; empty if there is none."""
        if not self._links or self.modes.get(path, SYMLINK) != SYMLINK:
            return ""
        parts = path.split("/")
        return next((one for end in range(1, len(parts) + 1) if (one := "/".join(parts[:end])) in self._links), "")

    @cached_property
    def _links(self) -> frozenset[str]:
        return frozenset(path for path, mode in self.modes.items() if mode == SYMLINK)

    @cached_property
    def folders(self) -> frozenset[str]:
        """Every folder that holds a file."""
        found: set[str] = set()
        for path in self.modes:
            folder = posixpath.dirname(path)
            while folder and folder not in found:
                found.add(folder)
                folder = posixpath.dirname(folder)
        return frozenset(found)

    def matches(self, pattern: str) -> bool:
        """Tell whether a pattern as COPY has them (``*`` stays within a name) finds a file or a folder."""
        parts = pattern.split("/")
        here = {"."}
        for part in parts[:_DEEPEST_PATTERN]:
            here = {path for folder in here for path in self._below(folder, part)}
            if not here:
                return False
        return True

    def _below(self, folder: str, part: str) -> list[str]:
        names = self._names.get(folder, ())
        found = ([part] if part in names else []) if not _WILDCARDS & set(part) else fnmatch.filter(names, part)
        return [name if folder == "." else f"{folder}/{name}" for name in found]

    @cached_property
    def _names(self) -> Mapping[str, frozenset[str]]:
        found: dict[str, set[str]] = {}
        for path in (*self.modes, *self.folders):
            found.setdefault(posixpath.dirname(path) or ".", set()).add(posixpath.basename(path))
        return {folder: frozenset(names) for folder, names in found.items()}

    def names_in(self, folder: str) -> tuple[str, ...]:
        """The names below a folder, lower case: of its files, and of folders with a slash at the end."""
        return self._children.get(folder, ())

    @cached_property
    def _children(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        for path in self.modes:
            found.setdefault(posixpath.dirname(path) or ".", []).append(posixpath.basename(path).lower())
        for folder in self.folders:
            found.setdefault(posixpath.dirname(folder) or ".", []).append(f"{posixpath.basename(folder).lower()}/")
        return {folder: tuple(names) for folder, names in found.items()}

    @cached_property
    def submodules(self) -> tuple[str, ...]:
        """Paths of the submodules, whose files are not in this tree."""
        return tuple(path for path, mode in self.modes.items() if mode == SUBMODULE)


def inside(path: str) -> str | None:
    """Normalise a path relative to the root; ``None`` for one that leaves the repository, or is absolute."""
    text = path.strip()
    workspace = _WORKSPACE.match(text)
    if workspace is not None:
        text = text[workspace.end() :].lstrip("/") or "."
    if text.startswith(("/", "~")) or "\x00" in text or "\n" in text or "\\" in text:
        return None
    clean = posixpath.normpath(text or ".")
    return None if clean == ".." or clean.startswith("../") else clean


def joined(folder: str, path: str) -> str | None:
    """Take a path from a folder of the tree; ``None`` where it leaves the repository."""
    return inside(path) if path.startswith("/") else inside(posixpath.join(folder, path))


class WorkLimit:
    """What reading one repository may cost altogether: a hostile one is read in part, never for ever."""

    def __init__(self) -> None:
        self.commands = 20_000
        self.builds = 2_000
        self.steps = 30_000
        self.nodes = 300_000
        self.characters = 20_000_000

    def spend_step(self, characters: int) -> bool:
        """Tell whether a step with so much text may still be read."""
        self.steps -= 1
        self.characters -= characters
        return self.steps >= 0 and self.characters >= 0
