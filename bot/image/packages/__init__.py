"""Package databases → packages with the bytes they own; one reader per ecosystem.

A new reader is one file here with ``LOOKS_FOR``, ``wanted`` and ``packages``, and one line in ``READERS``;
docs/explaining.md says how paths are divided among packages.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Final, NamedTuple

from bot.image.packages import apk, cargo, composer, conda, dpkg, gem, golang, java, npm, nuget, pacman, python, rpm
from bot.image.packages.index import Index, LooksFor
from bot.image.packages.nouns import Found, Reader, Unreadable
from bot.image.packages.ownership import assign
from bot.model.image import Package, Tree

READERS: Final[tuple[Reader, ...]] = (
    dpkg,
    apk,
    rpm,
    pacman,
    conda,
    python,
    nuget,
    npm,
    gem,
    composer,
    cargo,
    golang,
    java,
)
LARGEST_FILE_BYTES: Final = 64_000_000

ReadFiles = Callable[[Collection[bytes]], Mapping[bytes, bytes]]
"""Gives the content of live files by path; a file larger than ``LARGEST_FILE_BYTES`` is absent."""


class Packages(NamedTuple):
    """What is installed in an image, largest first, and what could not be read."""

    packages: tuple[Package, ...]
    notes: tuple[str, ...]


def find_packages(tree: Tree, read_files: ReadFiles) -> Packages:
    """Find the installed packages of an image; all files that any reader needs are read at once."""
    index = Index(tree, LooksFor.all_of(reader.LOOKS_FOR for reader in READERS))
    paths = {path for reader in READERS for path in reader.wanted(index) if index.file_bytes(path)}
    contents = read_files(paths) if paths else {}
    found = list[Found]()
    notes = list[str]()
    for reader in READERS:
        for one in reader.packages(index, contents):
            if isinstance(one, Unreadable):
                notes.append(one.sentence)
            else:
                found.append(one)
    packages = sorted(assign(tree.live, found), key=lambda one: (-one.unpacked_bytes, one.ecosystem, one.name))
    return Packages(tuple(packages), tuple(dict.fromkeys(notes)))
