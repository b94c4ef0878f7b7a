"""Conda: ``conda-meta/*.json`` of every environment, each with the files that it linked, relative to the prefix."""

from collections.abc import Iterator
from typing import Final

from bot.contents.file_formats.foreign_text import encode
from bot.contents.packages.index import Index, LooksFor
from bot.contents.packages.package_reader import Contents, Found, PackageReader, Precedence, Unreadable
from bot.errors import ImageError
from bot.formats.documents import text, texts
from bot.layers.paths import base_name, parent

# The lists of all records are held until files are divided among packages.
_STEPS_TO_KEEP: Final = 2


def _wanted(index: Index) -> Iterator[bytes]:
    """Ask for every package's record."""
    return (path for path in index.ending(b".json") if base_name(parent(path)) == b"conda-meta")


def _packages(index: Index, contents: Contents) -> Iterator[Found | Unreadable]:
    """Yield the linked packages."""
    for path in _wanted(index):
        try:
            record = index.read_object(contents.get(path, b""), "conda record")
        except ImageError:
            yield Unreadable("A conda record could not be read: its package is shown as paths.")
            continue
        prefix = parent(parent(path))
        listed = texts(record, "files") or ()
        index.work.spend(_STEPS_TO_KEEP * len(listed))
        files = (index.resolve(index.join(prefix, encode(one))) for one in listed)
        yield READER.found(text(record, "name"), text(record, "version"), (path, *files))


READER: Final = PackageReader(
    ecosystem="conda",
    label="conda",
    precedence=Precedence.LISTED,
    databases=(b"conda-meta/*.json",),
    looks_for=LooksFor(suffixes=frozenset({b".json"})),
    wanted=_wanted,
    packages=_packages,
)
