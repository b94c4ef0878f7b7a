"""Python: ``*.dist-info`` with its RECORD, and the older ``*.egg-info`` and ``*.egg``, each a directory or a file.

Formats: "Recording installed projects" of the PyPA specifications (RECORD is CSV of path, hash and size, paths relative
to the directory that holds the dist-info, and optional), setuptools' ``installed-files.txt`` and ``top_level.txt``, and
its "Internal Structure of Python Eggs": an egg may be a zip file, and distutils' egg-info is PKG-INFO alone. Byte code
that was compiled later is in no RECORD: a package's own ``__pycache__`` directories belong to it all the same.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from typing import Final

from bot.contents.ecosystems import dpkg
from bot.contents.file_formats.foreign_text import decode, lines
from bot.contents.packages.index import Index, LooksFor
from bot.contents.packages.package_reader import Contents, Found, PackageReader, Precedence, Unreadable
from bot.layers.paths import base_name, parent

_RECORD: Final = b"RECORD"
_METADATA: Final = b"METADATA"
_INSTALLED: Final = b"installed-files.txt"
_TOP_LEVEL: Final = b"top_level.txt"
_PKG_INFO: Final = b"PKG-INFO"
_OF_DEBIAN: Final = b"usr/lib/python3/dist-packages/"
_SEPARATORS: Final = re.compile(r"[-_.]+")
_EGG: Final = re.compile(r"(?P<name>.+?)-(?P<version>[^-]+)(?:-py[0-9.]+)?(?:-[^-]+)?\.egg(?:-info)?")


def _wanted(index: Index) -> Iterator[bytes]:
    """Ask for the lists of files; names and versions are in the names of their directories."""
    yield from (path for path in _installed(index, _RECORD) if parent(path).endswith(b".dist-info"))
    for name in (_INSTALLED, _TOP_LEVEL):
        yield from (path for path in _installed(index, name) if parent(path).endswith(b".egg-info"))
    yield from (folder + b"/" + _TOP_LEVEL for folder in _unrecorded(index))


def _packages(index: Index, contents: Contents) -> Iterator[Found | Unreadable]:
    """Yield the installed distributions."""
    yield from _distributions(index, contents)
    for path in _installed(index, _PKG_INFO):
        folder = parent(path)
        if folder.endswith(b".egg-info"):
            yield _egg_info(folder, contents, index)
        elif folder.endswith(b".egg/EGG-INFO"):
            name, version = _egg_name(parent(folder))
            yield READER.found(name, version, directories=(parent(folder),))
    yield from _single_files(index)


def _distributions(index: Index, contents: Contents) -> Iterator[Found]:
    """Yield what has a dist-info directory, with a RECORD and without."""
    for path in _installed(index, _RECORD):
        if parent(path).endswith(b".dist-info"):
            yield _distribution(path, contents.get(path, b""), index)
    for folder in _unrecorded(index):
        name, _, version = decode(base_name(folder).removesuffix(b".dist-info")).rpartition("-")
        yield _by_modules(folder, _normal(name), version, contents, index)


def _single_files(index: Index) -> Iterator[Found]:
    """Yield zipped eggs, which hold all they are, and what distutils wrote as one file, which names no other."""
    for suffix in (b".egg-info", b".egg"):
        for path in _undebian(index, index.ending(suffix)):
            if index.file_bytes(path):
                yield READER.found(*_egg_name(path), (path,))


def _installed(index: Index, name: bytes) -> Iterator[bytes]:
    return _undebian(index, index.named(name))


def _undebian(index: Index, paths: Iterable[bytes]) -> Iterator[bytes]:
    """Leave out what Debian's policy leaves to Debian's packages alone."""
    of_debian = (_OF_DEBIAN,) if any(status in index.live for status in dpkg.DATABASES) else ()
    return (path for path in paths if not path.startswith(of_debian))


def _unrecorded(index: Index) -> Iterator[bytes]:
    """Yield the dist-info directories without a RECORD, which is optional: other package managers leave it out."""
    for path in _installed(index, _METADATA):
        folder = parent(path)
        if folder.endswith(b".dist-info") and folder + b"/" + _RECORD not in index.live:
            yield folder


def _distribution(record: bytes, content: bytes, index: Index) -> Found:
    folder = parent(record)
    name, _, version = decode(base_name(folder).removesuffix(b".dist-info")).rpartition("-")
    paths, caches = list[bytes](), dict[bytes, None]()
    for path in _recorded(content, parent(folder), index):
        if path in index.live:
            paths.append(path)
        if path.endswith(b".py"):
            caches[parent(path) + b"/__pycache__"] = None
    caches.pop(parent(folder) + b"/__pycache__", None)
    return READER.found(_normal(name), version, paths, (folder, *caches))


def _recorded(content: bytes, site: bytes, index: Index) -> Iterator[bytes]:
    """Yield the paths of a RECORD; one broken row ends it."""
    rows = csv.reader(line.decode("utf-8", "surrogateescape").rstrip("\r") for line in lines(content, index.work))
    try:
        for row in rows:
            if row:
                yield index.resolve(index.join(site, row[0].encode("utf-8", "surrogateescape")))
    except csv.Error:
        return


def _egg_info(folder: bytes, contents: Contents, index: Index) -> Found:
    """Read an egg-info by its list of files, else by the modules it names."""
    name, version = _egg_name(folder)
    installed = contents.get(folder + b"/" + _INSTALLED)
    if installed is not None:
        paths = (index.resolve(index.join(folder, line)) for line in lines(installed, index.work) if line)
        return READER.found(name, version, paths, (folder,))
    return _by_modules(folder, name, version, contents, index)


def _by_modules(folder: bytes, name: str, version: str, contents: Contents, index: Index) -> Found:
    """Return a distribution by the modules that its metadata name: directories or single files beside it."""
    site, modules = folder[: folder.rfind(b"/") + 1], list[bytes]()
    for module in lines(contents.get(folder + b"/" + _TOP_LEVEL, b""), index.work):
        index.work.spend_on_path(len(site) + len(module))
        if module:
            modules.append(site + module)
    return READER.found(name, version, tuple(one + b".py" for one in modules), (folder, *modules))


def _egg_name(folder: bytes) -> tuple[str, str]:
    text = decode(base_name(folder))
    match = _EGG.fullmatch(text)
    return (_normal(match["name"]), match["version"]) if match else (_normal(text.rpartition(".egg")[0]), "")


def _normal(name: str) -> str:
    """Normalise a name as the PyPA specifications say, so that one project has one name."""
    return _SEPARATORS.sub("-", name).lower()


READER: Final = PackageReader(
    ecosystem="python",
    label="Python",
    precedence=Precedence.LISTED,
    databases=(b"*.dist-info/RECORD", b"*.egg-info", b"*.egg"),
    looks_for=LooksFor(
        names=frozenset({_RECORD, _METADATA, _INSTALLED, _TOP_LEVEL, _PKG_INFO}),
        suffixes=frozenset({b".egg-info", b".egg"}),
    ),
    wanted=_wanted,
    packages=_packages,
)
