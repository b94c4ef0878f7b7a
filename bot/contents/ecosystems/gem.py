"""Ruby: ``specifications/NAME-VERSION.gemspec`` of every gem home; names and versions are in the file names.

A gem owns ``gems/FULL-NAME``, its specification, its compiled extensions and the archive left in ``cache`` (RubyGems'
``Gem::BasicSpecification``).
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from bot.contents.file_formats.foreign_text import decode
from bot.contents.packages.index import Index, LooksFor
from bot.contents.packages.package_reader import Contents, Found, PackageReader, Precedence, Unreadable
from bot.layers.paths import base_name, parent

_SPECIFICATION: Final = b".gemspec"
_BUILT: Final = b"gem.build_complete"
_FULL_NAME: Final = re.compile(r"(?P<name>.+?)-(?P<version>[0-9][^-]*)(?:-(?P<platform>.+))?", re.DOTALL)


def _packages(index: Index, _: Contents) -> Iterator[Found | Unreadable]:
    """Yield the installed gems."""
    extensions = defaultdict[bytes, list[bytes]](list)
    for path in index.named(_BUILT):
        extensions[base_name(parent(path))].append(parent(path))
    for path in index.ending(_SPECIFICATION):
        home, full_name = _home(path), base_name(path).removesuffix(_SPECIFICATION)
        match = _FULL_NAME.fullmatch(decode(full_name))
        if home is not None and match:
            built = (one for one in extensions[full_name] if one.startswith(home))
            folders = (home + b"gems/" + full_name, *built)
            files = (path, home + b"cache/" + full_name + b".gem")
            yield READER.found(match["name"], match["version"], files, folders)


def _home(specification: bytes) -> bytes | None:
    """Return the gem home of a specification with a slash, ``None`` for one inside a gem or in a project."""
    folder = parent(specification)
    folder = parent(folder) if base_name(folder) == b"default" else folder
    return folder.removesuffix(b"specifications") if base_name(folder) == b"specifications" else None


READER: Final = PackageReader(
    ecosystem="gem",
    label="gem",
    precedence=Precedence.DIRECTORY,
    databases=(b"specifications/*.gemspec",),
    looks_for=LooksFor(names=frozenset({_BUILT}), suffixes=frozenset({_SPECIFICATION})),
    packages=_packages,
)
