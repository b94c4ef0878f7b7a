"""Arch and its like: ``var/lib/pacman/local/NAME-VERSION-RELEASE/files`` (alpm-files(5))."""

from collections.abc import Iterator
from typing import Final

from bot.contents.file_formats.foreign_text import decode, lines
from bot.contents.packages.index import Index, LooksFor
from bot.contents.packages.package_reader import Contents, Found, PackageReader, Precedence, Unreadable
from bot.layers.paths import base_name, parent

_LOCAL: Final = b"var/lib/pacman/local"


def _wanted(index: Index) -> Iterator[bytes]:
    """Ask for the file list of every package."""
    return (path for path in index.named(b"files") if parent(parent(path)) == _LOCAL)


def _packages(index: Index, contents: Contents) -> Iterator[Found | Unreadable]:
    """Yield the installed packages; their names and versions are in the names of their directories."""
    for path in _wanted(index):
        parts = decode(base_name(parent(path))).rsplit("-", 2)
        if len(parts) == 3:
            paths = (index.resolve(line) for line in _listed(contents.get(path, b""), index))
            yield READER.found(parts[0], f"{parts[1]}-{parts[2]}", paths)


def _listed(content: bytes, index: Index) -> Iterator[bytes]:
    section = b""
    for line in lines(content, index.work):
        if line.startswith(b"%"):
            section = line
        elif line and section == b"%FILES%":
            yield line


READER: Final = PackageReader(
    ecosystem="pacman",
    label="pacman",
    precedence=Precedence.SYSTEM,
    databases=(_LOCAL,),
    looks_for=LooksFor(names=frozenset({b"files"})),
    wanted=_wanted,
    packages=_packages,
)
