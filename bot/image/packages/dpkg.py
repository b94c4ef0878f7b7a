"""Debian and its like: ``/var/lib/dpkg/status`` with its file lists, and ``status.d`` of distroless images.

Formats: deb822(5), dpkg-query(1), and the files in ``/var/lib/dpkg/info``. ``Installed-Size`` is an estimate in KiB and
is not used: a package weighs what its files weigh in the tree. Lists name paths as the package ships them, so
``/bin/ls`` is resolved through the symlinks of a merged ``/usr``, and a diverted file is found under its new name.
Distroless images have no lists but checksums (``NAME.md5sums``, without configuration files and symlinks).
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Final

from bot.image.packages.index import Index, LooksFor
from bot.image.packages.nouns import Contents, Found, Precedence, Unreadable
from bot.image.packages.text import decode, lines, stanzas

_INFO: Final = b"var/lib/dpkg/info"
_STATUS: Final = b"var/lib/dpkg/status"
_STATUS_D: Final = b"var/lib/dpkg/status.d"
_DIVERSIONS: Final = b"var/lib/dpkg/diversions"
_NOT_ON_DISK: Final = frozenset({b"not-installed", b"config-files"})

LOOKS_FOR: Final = LooksFor(folders=frozenset({_INFO, _STATUS_D}))

_Stanza = Mapping[bytes, bytes]
_Diversions = Mapping[bytes, tuple[bytes, bytes]]


def wanted(index: Index) -> Iterator[bytes]:
    """Ask for the status file and every file list, and for all of ``status.d``."""
    if _STATUS in index.live:
        yield _STATUS
        yield _DIVERSIONS
        yield from (path for path in index.inside(_INFO) if path.endswith(b".list"))
    yield from index.inside(_STATUS_D)


def packages(index: Index, contents: Contents) -> Iterator[Found | Unreadable]:
    """Give the packages that have files on disk."""
    if index.file_bytes(_STATUS) and _STATUS not in contents:
        yield Unreadable("The dpkg database could not be read: its packages are shown as paths.")
    diversions = _diversions(contents.get(_DIVERSIONS, b""))
    for stanza in stanzas(contents.get(_STATUS, b"")):
        if stanza.get(b"status", b"").rpartition(b" ")[2] not in _NOT_ON_DISK:
            yield _found(stanza, _listed(stanza, index, contents, diversions))
    for path in index.inside(_STATUS_D):
        for stanza in stanzas(contents.get(path, b"")):
            if b"version" in stanza:
                yield _found(stanza, _checked(path, stanza, index, contents))


def _found(stanza: _Stanza, paths: Iterable[bytes]) -> Found:
    name, version = decode(stanza.get(b"package", b"")), decode(stanza.get(b"version", b""))
    return Found(Precedence.SYSTEM, "deb", name, version, paths, section=decode(stanza.get(b"section", b"")))


def _listed(stanza: _Stanza, index: Index, contents: Contents, diversions: _Diversions) -> Iterator[bytes]:
    """Give the paths of a package's list: ``NAME.list``, or ``NAME:ARCH.list`` for one that may come twice."""
    name, architecture = stanza.get(b"package", b""), stanza.get(b"architecture", b"")
    for file in (b"%b/%b.list" % (_INFO, name), b"%b/%b:%b.list" % (_INFO, name, architecture)):
        for path, following in pairwise([*lines(contents.get(file, b"")), b""]):
            if not following.startswith(path + b"/"):  # else it is a directory, whatever the tree has there now
                diverted_to, by = diversions.get(path, (path, name))
                yield index.resolve(path if by == name else diverted_to)


def _checked(path: bytes, stanza: _Stanza, index: Index, contents: Contents) -> Iterator[bytes]:
    """Give the paths of a distroless package: those with a checksum (``MD5  PATH``) and its configuration files."""
    checksums = (line.partition(b"  ")[2] for line in lines(contents.get(path + b".md5sums", b"")))
    settings = (line.strip().partition(b" ")[0] for line in lines(stanza.get(b"conffiles", b"")))
    for one in (*checksums, *settings, *lines(contents.get(path + b".conffiles", b""))):
        if one:
            yield index.resolve(one)


def _diversions(content: bytes) -> _Diversions:
    """Read triples of lines: the path, where it was diverted to, and the package that is excepted (dpkg-divert(1))."""
    triples = zip(*[lines(content)] * 3, strict=False)
    return {path: (diverted_to, by) for path, diverted_to, by in triples}
