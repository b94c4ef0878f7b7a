"""npm, yarn and pnpm: what lies in ``node_modules`` directories.

npm 7 and later keep ``node_modules/.package-lock.json`` with name, version and ``dev`` mark of everything below (docs
of package-lock.json, "Hidden Lockfiles"), pnpm names its store directories ``NAME@VERSION``; only if there is
neither are the ``package.json`` files read: the project's own then tells what only development needs. A package owns
its directory, without what lies in one nested deeper.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from bot.contents.file_formats.foreign_text import decode, encode
from bot.contents.packages.index import Index, LooksFor
from bot.contents.packages.package_reader import Contents, Found, PackageReader, Precedence, Unreadable
from bot.errors import ImageError
from bot.formats.documents import Json, inner, text
from bot.layers.paths import base_name, parent

_MODULES: Final = b"node_modules"
_MANIFEST: Final = b"package.json"
_LOCK: Final = b".package-lock.json"
_STORE: Final = b"/node_modules/.pnpm/"
_LARGEST_MANIFEST_BYTES: Final = 1_000_000


def _wanted(index: Index) -> Iterator[bytes]:
    """Ask for the hidden lockfiles, and for the manifests that neither a lockfile nor a store explains."""
    yield from _locks(index)
    unexplained = tuple(_unexplained(index))
    for path in (*unexplained, *(_own_manifest(project) for project in _projects(unexplained))):
        if path in index.live and index.file_bytes(path) <= _LARGEST_MANIFEST_BYTES:
            yield path


def _packages(index: Index, contents: Contents) -> Iterator[Found | Unreadable]:
    """Yield the installed packages, each with its directory."""
    for path in _locks(index):
        try:
            yield from _locked(index, path, contents.get(path, b""))
        except ImageError:
            yield Unreadable("An npm lockfile could not be read: its packages are shown as paths.")
    yield from (_stored(path) for path in _manifests(index) if _STORE in b"/" + path)
    manifests = {parent(path): _manifest(index, contents.get(path, b"")) for path in _unexplained(index)}
    projects = {one: _manifest(index, contents.get(_own_manifest(one), b"")) for one in _projects(manifests)}
    development = {folder for one in projects for folder in _development(index, one, projects[one], manifests)}
    yield from (_described(folder, manifests[folder], dev=folder in development) for folder in manifests)


def _locks(index: Index) -> Iterator[bytes]:
    return (path for path in index.named(_LOCK) if base_name(parent(path)) == _MODULES)


def _manifests(index: Index) -> Iterator[bytes]:
    """Yield the manifests of packages: ``node_modules/NAME`` and ``node_modules/@SCOPE/NAME``."""
    for path in index.named(_MANIFEST):
        above = parent(parent(path))
        if base_name(above).startswith(b"@"):
            above = parent(above)
        if base_name(above) == _MODULES:
            yield path


def _unexplained(index: Index) -> Iterator[bytes]:
    known = {b"": False} | {parent(path): True for path in _locks(index)}
    for path in _manifests(index):
        if _STORE not in b"/" + path and not _is_locked(parent(path), known, index):
            yield path


def _is_locked(folder: bytes, known: dict[bytes, bool], index: Index) -> bool:
    """Tell whether a lockfile explains a directory, and remember it for those above: every directory is asked once."""
    passed = list[bytes]()
    while folder not in known:
        index.work.spend_on_path(len(folder))
        passed.append(folder)
        folder = parent(folder)
    known.update(dict.fromkeys(passed, known[folder]))
    return known[folder]


def _locked(index: Index, path: bytes, content: bytes) -> Iterator[Found]:
    project = parent(parent(path))
    for location, about in inner(index.read_object(content, "npm lockfile"), "packages").items():
        folder = index.join(project, encode(location))
        if isinstance(about, dict) and about.get("link") is not True and _MODULES in folder:
            dev = about.get("dev") is True or about.get("devOptional") is True
            yield _found(folder, text(about, "name") or _name(folder), text(about, "version"), dev=dev)


def _stored(path: bytes) -> Found:
    """Read a package of pnpm's store: ``.pnpm/@SCOPE+NAME@VERSION_PEERS/node_modules/@SCOPE/NAME``."""
    folder = parent(path)
    key = (b"/" + folder).rpartition(_STORE)[2].partition(b"/")[0]
    version = key[1:].partition(b"@")[2].partition(b"_")[0].partition(b"(")[0]
    return _found(folder, _name(folder), decode(version))


def _described(folder: bytes, manifest: Json, *, dev: bool) -> Found:
    return _found(folder, text(manifest, "name") or _name(folder), text(manifest, "version"), dev=dev)


def _manifest(index: Index, content: bytes) -> Json:
    try:
        return index.read_object(content, "npm manifest")
    except ImageError:
        return {}


def _projects(paths: Iterable[bytes]) -> frozenset[bytes]:
    """Name the directories that have the ``node_modules`` of these paths, the outermost ones."""
    return frozenset((b"/" + path).partition(b"/node_modules/")[0].lstrip(b"/") for path in paths)


def _own_manifest(project: bytes) -> bytes:
    return project + b"/" + _MANIFEST if project else _MANIFEST


def _development(index: Index, project: bytes, manifest: Json, manifests: Mapping[bytes, Json]) -> frozenset[bytes]:
    """Find the packages that nothing but the project's ``devDependencies`` leads to; none where it has workspaces."""
    if "workspaces" in manifest or not inner(manifest, "devDependencies"):
        return frozenset()
    wanted = _reached(index, project, inner(manifest, "devDependencies"), manifests)
    return wanted - _reached(index, project, _run_time(manifest), manifests)


def _reached(index: Index, project: bytes, names: Iterable[str], manifests: Mapping[bytes, Json]) -> frozenset[bytes]:
    reached, waiting = set[bytes](), [(project, name) for name in names]
    while waiting:
        found = _resolved(index, *waiting.pop(), manifests)
        if found is not None and found not in reached:
            reached.add(found)
            waiting += [(found, name) for name in _run_time(manifests[found])]
    return frozenset(reached)


def _run_time(manifest: Json) -> Iterator[str]:
    for kind in ("dependencies", "optionalDependencies", "peerDependencies"):
        yield from inner(manifest, kind)


def _resolved(index: Index, folder: bytes, name: str, manifests: Mapping[bytes, Json]) -> bytes | None:
    """Find a package as Node does: in the ``node_modules`` of a directory, or of one above it."""
    tail = _MODULES + b"/" + encode(name)
    while True:
        index.work.spend_on_path(len(folder) + len(tail))
        place = folder + b"/" + tail if folder else tail
        if place in manifests:
            return place
        if not folder:
            return None
        folder = parent(folder)


def _found(folder: bytes, name: str, version: str, *, dev: bool = False) -> Found:
    return READER.found(name, version, directories=(folder,))._replace(dev=dev)


def _name(folder: bytes) -> str:
    """Return the name that a directory says: its own, with the scope above it."""
    return decode(folder.rpartition(_MODULES + b"/")[2])


READER: Final = PackageReader(
    ecosystem="npm",
    label="npm",
    precedence=Precedence.DIRECTORY,
    databases=(b"node_modules/.package-lock.json", b"node_modules/*/package.json"),
    looks_for=LooksFor(names=frozenset({_MANIFEST, _LOCK})),
    wanted=_wanted,
    packages=_packages,
)
