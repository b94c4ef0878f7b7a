"""Alpine and its like: ``lib/apk/db/installed``.

Format: apk-package(5). A record is lines of one letter, a colon and a value: ``P`` name, ``V`` version, ``F`` a
directory that the following ``R`` files lie in.
"""

from collections.abc import Iterator
from typing import Final

from bot.contents.file_formats.foreign_text import decode, lines
from bot.contents.packages.index import Index
from bot.contents.packages.package_reader import Contents, Found, PackageReader, Precedence, Unreadable

_DATABASES: Final = (b"lib/apk/db/installed", b"usr/lib/apk/db/installed")
_MOST_PACKAGES: Final = 50_000


def _wanted(index: Index) -> Iterator[bytes]:
    """Ask for the database, which a merged ``/usr`` keeps below ``usr/lib``."""
    return (path for path in _DATABASES if index.file_bytes(path))


def _packages(index: Index, contents: Contents) -> Iterator[Found | Unreadable]:
    """Yield the installed packages."""
    for path in _wanted(index):
        if path not in contents:
            yield Unreadable("The apk database could not be read: its packages are shown as paths.")
        for record in contents.get(path, b"").split(b"\n\n", _MOST_PACKAGES)[:_MOST_PACKAGES]:
            name, version = _value(record, b"P:"), _value(record, b"V:")
            if name:
                yield READER.found(name, version, _files(record, index))


def _value(record: bytes, key: bytes) -> str:
    start = 0 if record.startswith(key) else record.find(b"\n" + key) + 1
    found = record.startswith(key, start)
    return decode(record[start + len(key) :].split(b"\n", 1)[0]) if found else ""


def _files(record: bytes, index: Index) -> Iterator[bytes]:
    folder = b""
    for line in lines(record, index.work):
        if line.startswith(b"F:"):
            folder = line[2:]
        elif line.startswith(b"R:"):
            yield index.resolve(folder + b"/" + line[2:])


READER: Final = PackageReader(
    ecosystem="apk", label="apk", precedence=Precedence.SYSTEM, databases=_DATABASES, wanted=_wanted, packages=_packages
)
