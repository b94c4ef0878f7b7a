""".NET: the libraries that an application's ``*.deps.json`` lists (runtime configuration files of the .NET SDK).

Publishing flattens most assets into the application's directory: ``lib/net8.0/A.dll`` of a library lies there as
``A.dll``, satellite assemblies one directory deeper by language, assets by runtime where the file says.
"""

from collections.abc import Iterator
from typing import Final

from bot.contents.file_formats.foreign_text import encode
from bot.contents.packages.index import Index, LooksFor
from bot.contents.packages.package_reader import Contents, Found, PackageReader, Precedence, Unreadable
from bot.errors import ImageError
from bot.formats.documents import Json, inner
from bot.layers.paths import base_name, parent

_SUFFIX: Final = b".deps.json"


def _wanted(index: Index) -> Iterator[bytes]:
    """Ask for the dependency manifests."""
    return (path for path in index.ending(b".json") if path.endswith(_SUFFIX))


def _packages(index: Index, contents: Contents) -> Iterator[Found | Unreadable]:
    """Yield the libraries of every application."""
    for path in _wanted(index):
        try:
            manifest = index.read_object(contents.get(path, b""), "dependency manifest")
        except ImageError:
            yield Unreadable("A .NET dependency manifest could not be read: its libraries are shown as paths.")
            continue
        for target in inner(manifest, "targets").values():
            yield from _libraries(index, parent(path), target) if isinstance(target, dict) else ()


def _libraries(index: Index, folder: bytes, target: Json) -> Iterator[Found]:
    for identity, library in target.items():
        name, slash, version = identity.partition("/")
        if slash and isinstance(library, dict):
            yield READER.found(name, version, tuple(_assets(index, folder, library)))


def _assets(index: Index, folder: bytes, library: Json) -> Iterator[bytes]:
    for kind in ("runtime", "native"):
        yield from (index.join(folder, base_name(encode(asset))) for asset in inner(library, kind))
    for asset in inner(library, "resources"):
        path = encode(asset)
        yield index.join(folder, base_name(parent(path)) + b"/" + base_name(path))
    yield from (index.join(folder, encode(asset)) for asset in inner(library, "runtimeTargets"))


READER: Final = PackageReader(
    ecosystem="nuget",
    label="NuGet",
    precedence=Precedence.LISTED,
    databases=(b"*.deps.json",),
    looks_for=LooksFor(suffixes=frozenset({b".json"})),
    wanted=_wanted,
    packages=_packages,
)
