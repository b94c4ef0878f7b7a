"""Alpine and its like: ``lib/apk/db/installed``.

Format: apk-package(5). A record is lines of one letter, a colon and a value: ``P`` name, ``V`` version, ``F`` a
directory that the following ``R`` files lie in.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from bot.image.packages.index import Index, LooksFor
from bot.image.packages.nouns import Contents, Found, Precedence, Unreadable
from bot.image.packages.text import decode

_DATABASES: Final = (b"lib/apk/db/installed", b"usr/lib/apk/db/installed")
_MOST_PACKAGES: Final = 50_000

LOOKS_FOR: Final = LooksFor()


def wanted(index: Index) -> Iterator[bytes]:
    """Ask for the database, which a merged ``/usr`` keeps below ``usr/lib``."""
    return (path for path in _DATABASES if index.file_bytes(path))


def packages(index: Index, contents: Contents) -> Iterator[Found | Unreadable]:
    """Give the installed packages."""
    for path in wanted(index):
        if path not in contents:
            yield Unreadable("The apk database could not be read: its packages are shown as paths.")
        for record in contents.get(path, b"").split(b"\n\n", _MOST_PACKAGES)[:_MOST_PACKAGES]:
            lines = record.split(b"\n")
            name, version = _value(lines, b"P:"), _value(lines, b"V:")
            if name:
                yield Found(Precedence.SYSTEM, "apk", name, version, _files(lines, index))


def _value(lines: Iterable[bytes], key: bytes) -> str:
    return decode(next((line[2:] for line in lines if line.startswith(key)), b""))


def _files(lines: Iterable[bytes], index: Index) -> Iterator[bytes]:
    folder = b""
    for line in lines:
        if line.startswith(b"F:"):
            folder = line[2:]
        elif line.startswith(b"R:"):
            yield index.resolve(folder + b"/" + line[2:])
