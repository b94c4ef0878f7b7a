"""Rust: crates that cargo unpacked below ``registry/src/INDEX``; name and version are in the directory's name."""

import re
from collections.abc import Iterator
from typing import Final

from bot.contents.packages.foreign_text import decode
from bot.contents.packages.found import Contents, Found, Precedence, Unreadable
from bot.contents.packages.index import Index, LooksFor

_SOURCES: Final = b"/registry/src/"
_CRATE: Final = re.compile(r"(?P<name>.+?)-(?P<version>[0-9]+\.[0-9]+\.[0-9]+.*)", re.DOTALL)

LOOKS_FOR: Final = LooksFor(names=frozenset({b"Cargo.toml"}))


def wanted(_: Index) -> tuple[bytes, ...]:
    """Ask for nothing."""
    return ()


def packages(index: Index, _: Contents) -> Iterator[Found | Unreadable]:
    """Give the crates, each with its directory."""
    for path in index.named(b"Cargo.toml"):
        rest = path.partition(_SOURCES)[2]
        match = _CRATE.fullmatch(decode(rest.split(b"/")[1])) if rest.count(b"/") == 2 else None
        if match:
            folder = path.removesuffix(b"/Cargo.toml")
            yield Found(Precedence.DIRECTORY, "cargo", match["name"], match["version"], directories=(folder,))
