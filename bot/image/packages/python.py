"""Python: ``*.dist-info`` with its RECORD, and the older ``*.egg-info`` and ``*.egg``.

Formats: "Recording installed projects" of the PyPA specifications (RECORD is CSV of path, hash and size, paths relative
to the directory that holds the dist-info), and setuptools' ``installed-files.txt`` and ``top_level.txt``. Byte code
that was compiled later is in no RECORD: a package's own ``__pycache__`` directories belong to it all the same.
"""

import csv
import re
from collections.abc import Iterator
from typing import Final

from bot.image.packages.index import Index, LooksFor
from bot.image.packages.nouns import Contents, Found, Precedence, Unreadable
from bot.image.packages.text import base_name, decode, join, lines, parent

_RECORD: Final = b"RECORD"
_INSTALLED: Final = b"installed-files.txt"
_TOP_LEVEL: Final = b"top_level.txt"
_PKG_INFO: Final = b"PKG-INFO"
_DPKG: Final = b"var/lib/dpkg/status"
_OF_DEBIAN: Final = b"usr/lib/python3/dist-packages/"
_SEPARATORS: Final = re.compile(r"[-_.]+")
_EGG: Final = re.compile(r"(?P<name>.+?)-(?P<version>[^-]+)(?:-py[0-9.]+)?(?:-[^-]+)?\.egg(?:-info)?")

LOOKS_FOR: Final = LooksFor(names=frozenset({_RECORD, _INSTALLED, _TOP_LEVEL, _PKG_INFO}))


def wanted(index: Index) -> Iterator[bytes]:
    """Ask for the lists of files; names and versions are in the names of their directories."""
    yield from (path for path in _installed(index, _RECORD) if parent(path).endswith(b".dist-info"))
    for name in (_INSTALLED, _TOP_LEVEL):
        yield from (path for path in _installed(index, name) if parent(path).endswith(b".egg-info"))


def packages(index: Index, contents: Contents) -> Iterator[Found | Unreadable]:
    """Give the installed distributions."""
    for path in _installed(index, _RECORD):
        if parent(path).endswith(b".dist-info"):
            yield _distribution(path, contents.get(path, b""), index)
    for path in _installed(index, _PKG_INFO):
        folder = parent(path)
        if folder.endswith(b".egg-info"):
            yield _egg_info(folder, contents, index)
        elif folder.endswith(b".egg/EGG-INFO"):
            name, version = _egg_name(parent(folder))
            yield Found(Precedence.LISTED, "python", name, version, directories=(parent(folder),))


def _installed(index: Index, name: bytes) -> Iterator[bytes]:
    """Give the files of a name, but those that Debian's policy leaves to Debian's packages alone."""
    of_debian = (_OF_DEBIAN,) if _DPKG in index.live else ()
    return (path for path in index.named(name) if not path.startswith(of_debian))


def _distribution(record: bytes, content: bytes, index: Index) -> Found:
    folder = parent(record)
    name, _, version = decode(base_name(folder).removesuffix(b".dist-info")).rpartition("-")
    paths = tuple(_recorded(content, parent(folder), index))
    caches = dict.fromkeys(parent(path) + b"/__pycache__" for path in paths if path.endswith(b".py"))
    caches.pop(parent(folder) + b"/__pycache__", None)
    return Found(Precedence.LISTED, "python", _normal(name), version, paths, (folder, *caches))


def _recorded(content: bytes, site: bytes, index: Index) -> Iterator[bytes]:
    """Give the paths of a RECORD; one broken row ends it."""
    rows = csv.reader(content.decode("utf-8", "surrogateescape").splitlines())
    try:
        for row in rows:
            if row:
                yield index.resolve(join(site, row[0].encode("utf-8", "surrogateescape")))
    except csv.Error:
        return


def _egg_info(folder: bytes, contents: Contents, index: Index) -> Found:
    """Read an egg-info by its list of files, else by the modules it names."""
    name, version = _egg_name(folder)
    installed = contents.get(folder + b"/" + _INSTALLED)
    if installed is not None:
        paths = tuple(index.resolve(join(folder, line)) for line in lines(installed) if line)
        return Found(Precedence.LISTED, "python", name, version, paths, (folder,))
    modules = [parent(folder) + b"/" + one for one in lines(contents.get(folder + b"/" + _TOP_LEVEL, b"")) if one]
    return Found(Precedence.LISTED, "python", name, version, tuple(one + b".py" for one in modules), (folder, *modules))


def _egg_name(folder: bytes) -> tuple[str, str]:
    text = decode(base_name(folder))
    match = _EGG.fullmatch(text)
    return (_normal(match["name"]), match["version"]) if match else (_normal(text.rpartition(".egg")[0]), "")


def _normal(name: str) -> str:
    """Normalise a name as the PyPA specifications say, so that one project has one name."""
    return _SEPARATORS.sub("-", name).lower()
