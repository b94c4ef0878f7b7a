"""PHP: ``vendor/composer/installed.json`` of Composer 1 (a list) and 2 (``packages`` and ``dev-package-names``)."""

from collections.abc import Iterator, Sequence
from typing import Final

from bot.contents.file_formats.foreign_text import encode
from bot.contents.packages.index import Index, LooksFor
from bot.contents.packages.package_reader import Contents, Found, PackageReader, Precedence, Unreadable
from bot.errors import ImageError
from bot.formats.documents import Json, objects, text, texts
from bot.layers.paths import base_name, parent

_INSTALLED: Final = b"installed.json"


def _wanted(index: Index) -> Iterator[bytes]:
    """Ask for the record of every vendor directory."""
    return (path for path in index.named(_INSTALLED) if base_name(parent(path)) == b"composer")


def _packages(index: Index, contents: Contents) -> Iterator[Found | Unreadable]:
    """Yield the installed packages, each with its directory."""
    for path in _wanted(index):
        try:
            installed, dev = _read(index, contents.get(path, b""))
        except ImageError:
            yield Unreadable("A Composer record could not be read: its packages are shown as paths.")
            continue
        for one in installed:
            name, place = text(one, "name"), text(one, "install-path")
            folder = index.join(parent(path), encode(place or f"../{name}"))
            if name and folder:
                version = text(one, "version")
                yield READER.found(name, version, directories=(folder,))._replace(dev=name in dev)


def _read(index: Index, content: bytes) -> tuple[Sequence[Json], frozenset[str]]:
    if content.lstrip().startswith(b"["):
        return index.read_list(content, "Composer record"), frozenset()
    record = index.read_object(content, "Composer record")
    return objects(record, "packages"), frozenset(texts(record, "dev-package-names") or ())


READER: Final = PackageReader(
    ecosystem="composer",
    label="composer",
    precedence=Precedence.DIRECTORY,
    databases=(b"composer/installed.json",),
    looks_for=LooksFor(names=frozenset({_INSTALLED})),
    wanted=_wanted,
    packages=_packages,
)
