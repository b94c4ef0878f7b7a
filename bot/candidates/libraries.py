"""Shared libraries: those that were opened, and those that what goes along would ask for another time."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final

from bot.candidates.seen import Seen
from bot.layers.paths import base_name

_FOLDERS: Final = (
    *(b"usr/lib/x86_64-linux-gnu", b"lib/x86_64-linux-gnu", b"usr/lib/aarch64-linux-gnu", b"lib/aarch64-linux-gnu"),
    *(b"usr/local/lib", b"usr/lib", b"lib", b"usr/lib64", b"lib64"),
)
_MOST_READ: Final = 400
_LARGEST_BYTES: Final = 8_000_000
_MOST_ROUNDS: Final = 5
# Python's window toolkit links half of X11; a program that shows windows has opened it.
_SELDOM: Final = (b"_tkinter.", b"_test", b"xxlimited")


def libraries_of(seen: Seen, files: Collection[bytes]) -> Mapping[bytes, bytes]:
    """Return the libraries outside of ``files`` that were opened, or that one of ``files`` links: name → real path.

    The name is the path by which the loader asks for it.
    """
    found = {path: real for path, real in seen.libraries.items() if real not in files}
    waiting = [path for path in files if _may_link(seen, path)][:_MOST_READ]
    for _ in range(_MOST_ROUNDS):
        new = {path: real for path, real in _linked(seen, waiting) if real not in files and path not in found}
        if not new:
            break
        found.update(new)
        waiting = list(new.values())
    return found


def needed_by(seen: Seen, files: Iterable[bytes]) -> frozenset[bytes]:
    """Return the real paths of the libraries that files link themselves."""
    return frozenset(real for _, real in _linked(seen, list(files)[:_MOST_READ]))


def _linked(seen: Seen, files: Collection[bytes]) -> Iterator[tuple[bytes, bytes]]:
    seen.prefetch(files)
    for path in files:
        facts = seen.elf(path)
        for name in facts.needed if facts else ():
            found = _find(seen, name.encode("utf-8", "surrogateescape"))
            if found:
                yield found


def _find(seen: Seen, name: bytes) -> tuple[bytes, bytes] | None:
    for folder in _FOLDERS:
        path = seen.real(folder) + b"/" + name
        if seen.is_file(seen.real(path)):
            return path, seen.real(path)
    return None


def _may_link(seen: Seen, path: bytes) -> bool:
    name = base_name(path)
    is_program = b".so" in name or path in seen.executed
    return is_program and seen.bytes_of(path) < _LARGEST_BYTES and not name.startswith(_SELDOM)
