"""OpenWrt, Yocto and their like: ``status`` of opkg with its file lists.

Formats: opkg keeps dpkg's (libopkg/pkg_parse.c) below ``/usr/lib/opkg`` (OpenWrt) or ``/var/lib/opkg`` (OpenEmbedded).
A line of ``info/NAME.list`` is a path, in newer versions followed by a tab, its mode and the target of a link
(libopkg/pkg.c, ``pkg_write_filelist``).
"""

from collections.abc import Iterator
from typing import Final

from bot.contents.file_formats.foreign_text import decode, lines, stanzas
from bot.contents.packages.index import Index, LooksFor
from bot.contents.packages.package_reader import Contents, Found, PackageReader, Precedence, Unreadable

_FOLDERS: Final = (b"usr/lib/opkg", b"var/lib/opkg")
_INSTALLED: Final = frozenset({b"installed", b"unpacked"})


def _wanted(index: Index) -> Iterator[bytes]:
    """Ask for the status file and every file list."""
    for folder in _FOLDERS:
        if folder + b"/status" in index.live:
            yield folder + b"/status"
            yield from (path for path in index.inside(folder + b"/info") if path.endswith(b".list"))


def _packages(index: Index, contents: Contents) -> Iterator[Found | Unreadable]:
    """Yield the packages that have files on disk."""
    for folder in _FOLDERS:
        status = folder + b"/status"
        if index.file_bytes(status) and status not in contents:
            yield Unreadable("The opkg database could not be read: its packages are shown as paths.")
        for stanza in stanzas(contents.get(status, b""), index.work):
            name, version = stanza.get(b"package", b""), decode(stanza.get(b"version", b""))
            if name and stanza.get(b"status", b"").rpartition(b" ")[2] in _INSTALLED:
                listed = contents.get(b"%b/info/%b.list" % (folder, name), b"")
                section = decode(stanza.get(b"section", b""))
                yield READER.found(decode(name), version, _paths(listed, index))._replace(section=section)


def _paths(listed: bytes, index: Index) -> Iterator[bytes]:
    for line in lines(listed, index.work):
        yield index.resolve(line.partition(b"\t")[0])


READER: Final = PackageReader(
    ecosystem="opkg",
    label="opkg",
    precedence=Precedence.SYSTEM,
    databases=tuple(folder + b"/status" for folder in _FOLDERS),
    looks_for=LooksFor(folders=frozenset(folder + b"/info" for folder in _FOLDERS)),
    wanted=_wanted,
    packages=_packages,
)
