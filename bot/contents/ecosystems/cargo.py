"""Rust: crates that cargo unpacked below ``registry/src/INDEX``; name and version are in the directory's name."""

import re
from collections.abc import Iterator
from typing import Final

from bot.contents.file_formats.foreign_text import decode
from bot.contents.packages.index import Index, LooksFor
from bot.contents.packages.package_reader import Contents, Found, PackageReader, Precedence, Unreadable

_SOURCES: Final = b"/registry/src/"
_CRATE: Final = re.compile(r"(?P<name>.+?)-(?P<version>[0-9]+\.[0-9]+\.[0-9]+.*)", re.DOTALL)


def _packages(index: Index, _: Contents) -> Iterator[Found | Unreadable]:
    """Yield the crates, each with its directory."""
    for path in index.named(b"Cargo.toml"):
        rest = path.partition(_SOURCES)[2]
        match = _CRATE.fullmatch(decode(rest.split(b"/")[1])) if rest.count(b"/") == 2 else None
        if match:
            folder = path.removesuffix(b"/Cargo.toml")
            yield READER.found(match["name"], match["version"], directories=(folder,))


READER: Final = PackageReader(
    ecosystem="cargo",
    label="cargo",
    precedence=Precedence.DIRECTORY,
    databases=(b"registry/src/*/*/Cargo.toml",),
    looks_for=LooksFor(names=frozenset({b"Cargo.toml"})),
    packages=_packages,
)
