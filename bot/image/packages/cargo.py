"""Rust: crates that cargo unpacked below ``registry/src/INDEX``; name and version are in the directory's name."""

import re
from collections.abc import Iterator
from typing import Final

from bot.image.packages.index import Index, LooksFor
from bot.image.packages.nouns import Contents, Found, Precedence, Unreadable
from bot.image.packages.text import decode

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
