"""Red Hat, SUSE and their like: the rpm database in each of its three formats.

``rpmdb.sqlite`` (rpm 4.16 and later), ``Packages.db`` (SUSE's ndb) and ``Packages`` (Berkeley DB, before 4.16) hold
header blobs by package number (``rpm_database`` has the last of the three, and the headers). A change that only lies in
a write-ahead log beside the SQLite file is not seen, and said.

Distroless images of Azure Linux and CBL-Mariner have no database but ``var/lib/rpmmanifest/container-manifest-2``, the
output of ``rpm -qa --qf`` with ten columns between tabs: name, version-release, two times, vendor, epoch, size,
architecture, epoch number, source (as Trivy's and Syft's readers have it). It names packages and none of their files.
"""

import re
import sqlite3
import struct
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import islice
from typing import Final

from bot.contents.file_formats.foreign_text import decode, lines
from bot.contents.file_formats.rpm_database import hash_values, read_header
from bot.contents.packages.index import Index
from bot.contents.packages.package_reader import Contents, Found, PackageReader, Precedence, Unreadable
from bot.layers.paths import base_name

_SQLITE: Final = b"rpmdb.sqlite"
_NDB: Final = b"Packages.db"
_BERKELEY: Final = b"Packages"
_FOLDERS: Final = (b"var/lib/rpm", b"usr/lib/sysimage/rpm", b"usr/share/rpm")
_DATABASES: Final = tuple(folder + b"/" + name for name in (_SQLITE, _NDB, _BERKELEY) for folder in _FOLDERS)
_MANIFEST: Final = b"var/lib/rpmmanifest/container-manifest-2"
_COLUMNS: Final = 10
_EPOCH_COLUMN: Final = 8
_KEYS: Final = b"gpg-pubkey"

_MOST_PACKAGES: Final = 50_000
_LARGEST_BLOB_BYTES: Final = 64_000_000
_MOST_STEPS: Final = 10_000_000
_STEPS_BETWEEN_CHECKS: Final = 1_000_000
_ROLLBACK_MODE: Final = b"\x01\x01"
# What rpm's schema has none of, and what could make SQLite compute instead of read.
_COMPUTED: Final = re.compile(r"\b(?:view|virtual|trigger|generated|as)\b", re.IGNORECASE)

_NDB_MAGIC: Final = b"RpmP"
_NDB_SLOT_MAGIC: Final = b"Slot"
_NDB_BLOB_MAGIC: Final = b"BlbS"
_NDB_UNIT: Final = 16
_NDB_PAGE: Final = 4096


def _wanted(index: Index) -> Iterator[bytes]:
    """Ask for the database, in whatever format it is."""
    yield from _databases(index)
    yield _MANIFEST


def _packages(index: Index, contents: Contents) -> Iterator[Found | Unreadable]:
    """Yield the installed packages."""
    for path in _databases(index):
        if index.file_bytes(path + b"-wal"):
            yield Unreadable(
                "The rpm database has a write-ahead log that is not read: its last changes may be missing."
            )
        try:
            yield from _installed(path, contents.get(path, b""), index)
        except (sqlite3.Error, ValueError):
            yield Unreadable("The rpm database could not be read: its packages are shown as paths.")
    if not any(_databases(index)):
        yield from _listed(contents.get(_MANIFEST, b""), index)


def _listed(manifest: bytes, index: Index) -> Iterator[Found]:
    """Yield the packages of a manifest, one a line; a line that is no package's is passed over."""
    for line in lines(manifest, index.work):
        columns = line.split(b"\t")
        if len(columns) == _COLUMNS and columns[0] and columns[0] != _KEYS:
            epoch = columns[_EPOCH_COLUMN]
            version = b"%b:%b" % (epoch, columns[1]) if epoch.isdigit() and epoch.strip(b"0") else columns[1]
            yield READER.found(decode(columns[0]), decode(version))


def _databases(index: Index) -> Iterator[bytes]:
    return (path for path in _DATABASES if index.file_bytes(path))


def _installed(path: bytes, content: bytes, index: Index) -> Iterator[Found]:
    blobs = islice(_BLOBS[base_name(path)](content), _MOST_PACKAGES)
    for blob in _within(len(content), blobs):
        header = read_header(blob)
        if header is not None and header.name != _KEYS:
            paths = (index.resolve(one) for one in header.paths)
            yield READER.found(decode(header.name), decode(header.version), paths)


def _within(left: int, blobs: Iterable[bytes]) -> Iterator[bytes]:
    """Yield blobs that lie side by side in a file of so many bytes; ones that overlap to look like more end it."""
    for blob in blobs:
        left -= len(blob)
        if left < 0:
            return
        yield blob


def _sqlite_blobs(content: bytes) -> Iterator[bytes]:
    """Read the table ``Packages``; raises ``sqlite3.Error`` for what is no such database, or works too long.

    A file in write-ahead mode cannot be opened in memory, so the two bytes that say so are put to rollback mode
    (SQLite's file format, offsets 18 and 19).
    """
    with closing(sqlite3.connect(":memory:")) as database:
        database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LARGEST_BLOB_BYTES)
        steps = iter(range(_MOST_STEPS // _STEPS_BETWEEN_CHECKS))
        database.set_progress_handler(lambda: next(steps, None) is None, _STEPS_BETWEEN_CHECKS)
        database.deserialize(content[:18] + _ROLLBACK_MODE + content[20:])
        database.execute("PRAGMA trusted_schema = OFF")
        for (statement,) in database.execute("SELECT sql FROM sqlite_master"):
            if isinstance(statement, str) and _COMPUTED.search(statement):
                raise ValueError
        for (blob,) in database.execute("SELECT blob FROM Packages"):
            if isinstance(blob, bytes):
                yield blob


def _ndb_blobs(content: bytes) -> Iterator[bytes]:
    """Read the slots that follow the header, each with the place of one blob (rpm's lib/backend/ndb/rpmpkg.c)."""
    if not content.startswith(_NDB_MAGIC):
        raise ValueError
    (pages,) = struct.unpack("<I", content[12:16].ljust(4, b"\0"))
    end = min(pages * _NDB_PAGE, len(content), _MOST_PACKAGES * _NDB_UNIT)
    for at in range(2 * _NDB_UNIT, end - _NDB_UNIT + 1, _NDB_UNIT):
        magic, number, unit, _ = struct.unpack_from("<4sIII", content, at)
        start = unit * _NDB_UNIT
        if magic == _NDB_SLOT_MAGIC and number and content[start : start + 4] == _NDB_BLOB_MAGIC:
            (length,) = struct.unpack("<I", content[start + 12 : start + 16].ljust(4, b"\0"))
            yield content[start + _NDB_UNIT : start + _NDB_UNIT + min(length, _LARGEST_BLOB_BYTES)]


_BLOBS: Final = {_SQLITE: _sqlite_blobs, _NDB: _ndb_blobs, _BERKELEY: hash_values}


READER: Final = PackageReader(
    ecosystem="rpm", label="rpm", precedence=Precedence.SYSTEM, databases=_DATABASES, wanted=_wanted, packages=_packages
)
