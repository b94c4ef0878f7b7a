"""Debian and its like: dpkg's ``status`` with its file lists, and ``status.d`` of distroless images.

Formats: deb822(5), dpkg-query(1), and the files in ``/var/lib/dpkg/info``. ``Installed-Size`` is an estimate in KiB and
is not used: a package weighs what its files weigh in the tree. Lists name paths as the package ships them, so
``/bin/ls`` is resolved through the symlinks of a merged ``/usr``, and a diverted file is found under its new name.
dpkg's directory is ``/var/lib/dpkg``, or ``/usr/lib/dpkg`` where all state is in ``/usr`` (``--admindir``, dpkg(1)).
Distroless images have no lists but checksums (``NAME.md5sums``, without configuration files and symlinks).
apt's extended states tell which packages are there only because another one recommends them (``recommended_only``).
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import chain, pairwise
from typing import Final

from bot.contents.file_formats.foreign_text import decode, lines, stanzas
from bot.contents.packages.index import Index, LooksFor
from bot.contents.packages.package_reader import Contents, Found, PackageReader, Precedence, Unreadable
from bot.contents.work_budget import Work

_FOLDERS: Final = (b"var/lib/dpkg", b"usr/lib/dpkg")
DATABASES: Final = tuple(folder + b"/status" for folder in _FOLDERS)
_LARGEST_DIVERSIONS_BYTES: Final = 4_000_000
_NOT_ON_DISK: Final = frozenset({b"not-installed", b"config-files"})

_Stanza = Mapping[bytes, bytes]
_Diversions = Mapping[bytes, tuple[bytes, bytes]]


def _wanted(index: Index) -> Iterator[bytes]:
    """Ask for the status file and every file list, and for all of ``status.d``."""
    for folder in _FOLDERS:
        if folder + b"/status" in index.live:
            yield folder + b"/status"
            yield folder + b"/diversions"
            yield from (path for path in index.inside(folder + b"/info") if path.endswith(b".list"))
        yield from index.inside(folder + b"/status.d")


def _packages(index: Index, contents: Contents) -> Iterator[Found | Unreadable]:
    """Yield the packages that have files on disk."""
    for folder in _FOLDERS:
        status = folder + b"/status"
        if index.file_bytes(status) and status not in contents:
            yield Unreadable("The dpkg database could not be read: its packages are shown as paths.")
        yield from _installed(folder, index, contents)
        for path in index.inside(folder + b"/status.d"):
            for stanza in stanzas(contents.get(path, b""), index.work):
                if b"version" in stanza and stanza.get(b"package"):
                    yield _found(stanza, _checked(path, stanza, index, contents))


def _installed(folder: bytes, index: Index, contents: Contents) -> Iterator[Found]:
    """Yield the packages of a status file; a stanza without a name is none, and dpkg knows each but once."""
    diversions = _diversions(contents.get(folder + b"/diversions", b""), index)
    seen = set[tuple[bytes, bytes]]()
    for stanza in stanzas(contents.get(folder + b"/status", b""), index.work):
        there = stanza.get(b"status", b"").rpartition(b" ")[2] not in _NOT_ON_DISK
        package = stanza.get(b"package", b""), stanza.get(b"architecture", b"")
        if there and package[0] and package not in seen:
            seen.add(package)
            yield _found(stanza, _listed(folder + b"/info/", stanza, index, contents, diversions))


def _found(stanza: _Stanza, paths: Iterable[bytes]) -> Found:
    name, version = decode(stanza.get(b"package", b"")), decode(stanza.get(b"version", b""))
    return READER.found(name, version, paths)._replace(section=decode(stanza.get(b"section", b"")))


def _listed(info: bytes, stanza: _Stanza, index: Index, contents: Contents, diversions: _Diversions) -> Iterator[bytes]:
    """Yield the paths of a package's list: ``NAME.list``, or ``NAME:ARCH.list`` for one that may come twice."""
    name, architecture = stanza.get(b"package", b""), stanza.get(b"architecture", b"")
    for file in (b"%b%b.list" % (info, name), b"%b%b:%b.list" % (info, name, architecture)):
        for path, following in pairwise(chain(lines(contents.get(file, b""), index.work), (b"",))):
            if not following.startswith(path + b"/"):  # else it is a directory, whatever the tree has there now
                diverted_to, by = diversions.get(path, (path, name))
                yield index.resolve(path if by == name else diverted_to)


def _checked(path: bytes, stanza: _Stanza, index: Index, contents: Contents) -> Iterator[bytes]:
    """Yield the paths of a distroless package: those with a checksum (``MD5  PATH``) and its configuration files."""
    checksums = (line.partition(b"  ")[2] for line in lines(contents.get(path + b".md5sums", b""), index.work))
    settings = (line.strip().partition(b" ")[0] for line in lines(stanza.get(b"conffiles", b""), index.work))
    for one in chain(checksums, settings, lines(contents.get(path + b".conffiles", b""), index.work)):
        if one:
            yield index.resolve(one)


def _diversions(content: bytes, index: Index) -> _Diversions:
    """Read triples of lines: the path, where it was diverted to, and the package that is excepted (dpkg-divert(1))."""
    triples = zip(*[lines(content[:_LARGEST_DIVERSIONS_BYTES], index.work)] * 3, strict=False)
    return {path: (diverted_to, by) for path, diverted_to, by in triples}


READER: Final = PackageReader(
    ecosystem="deb",
    label="deb",
    precedence=Precedence.SYSTEM,
    databases=DATABASES,
    looks_for=LooksFor(folders=frozenset(folder + below for folder in _FOLDERS for below in (b"/info", b"/status.d"))),
    wanted=_wanted,
    packages=_packages,
)


EXTENDED_STATES = b"var/lib/apt/extended_states"

_RELATION = re.compile(r"[a-z0-9][a-z0-9+.-]*")
_NEEDS = (b"depends", b"pre-depends")
_READ = (b"package", b"status", b"provides", *_NEEDS)

_Fields = Mapping[bytes, str]


def recommended_only(status: bytes, extended_states: bytes, work: Work | None = None) -> frozenset[str]:
    """Return the packages that apt installed by itself and that nothing installed by name depends on.

    Depends and Pre-Depends are followed over alternatives and Provides (deb-control(5)); what is left of the
    automatically installed packages came in through Recommends.
    """
    work = work or Work()
    work.spend(status.count(b",") + status.count(b"|"))
    installed = {one[b"package"]: one for one in _fields(status, work) if "installed" in one[b"status"].split()}
    marked = (one for one in stanzas(extended_states, work) if one.get(b"auto-installed") == b"1")
    automatic = {_text(one, b"package") for one in marked}
    needed = _closure(installed, [name for name in installed if name not in automatic])
    return frozenset(name for name in installed if name in automatic and name not in needed)


def depended_on(status: bytes, names: Collection[str], work: Work | None = None) -> frozenset[str]:
    """Return those of some installed packages that another one of them depends on, however far."""
    work = work or Work()
    work.spend(status.count(b",") + status.count(b"|"))
    installed = {one[b"package"]: one for one in _fields(status, work) if "installed" in one[b"status"].split()}
    found = set[str]()
    for name in sorted(set(names) & installed.keys()):
        if name not in found:
            found |= (_closure(installed, [name]) - {name}) & set(names)
    return frozenset(found)


def _fields(status: bytes, work: Work) -> Iterator[_Fields]:
    """Keep of each package what tells what it needs: descriptions of thousands would be held for nothing."""
    for stanza in stanzas(status, work):
        if b"package" in stanza:
            yield {key: _text(stanza, key) for key in _READ}


def _text(stanza: Mapping[bytes, bytes], key: bytes) -> str:
    return stanza.get(key, b"").decode("utf-8", "replace")


def _closure(installed: Mapping[str, _Fields], roots: Iterable[str]) -> set[str]:
    """Follow relations from the roots on; a name that many depend on and many provide is looked up once."""
    providers = _providers(installed)
    waiting, needed, followed = list(roots), set[str](), set[str]()
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            for relation in _relations(installed[name]):
                if relation not in followed:
                    followed.add(relation)
                    waiting.extend(providers.get(relation, ()))
    return needed


def _providers(installed: Mapping[str, _Fields]) -> Mapping[str, list[str]]:
    providers: defaultdict[str, list[str]] = defaultdict(list)
    for name, fields in installed.items():
        providers[name].append(name)
        for virtual in _names(fields[b"provides"]):
            providers[virtual].append(name)
    return providers


def _relations(fields: _Fields) -> Iterator[str]:
    for field in _NEEDS:
        yield from _names(fields[field])


def _names(relations: str) -> Iterator[str]:
    for alternative in re.split(r"[,|]", relations):
        match = _RELATION.match(alternative.strip())
        if match:
            yield match[0]
