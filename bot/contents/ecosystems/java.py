"""Java: jars, and war and ear archives, each one file that belongs to itself.

Name and version are in the usual file name (``NAME-VERSION.jar``); an archive without a version there is opened, if it
is not large, for ``META-INF/maven/**/pom.properties``, else for its manifest (JAR File Specification).
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from bot.contents.file_formats.foreign_text import decode
from bot.contents.file_formats.zip_directory import ZipMember, members, read_start
from bot.contents.packages.index import Index, LooksFor
from bot.contents.packages.package_reader import Contents, Found, PackageReader, Precedence, Unreadable
from bot.layers.paths import base_name

_SUFFIXES: Final = (b".jar", b".war", b".ear")
_WORDS: Final = re.compile(r"[A-Za-z][\w.+-]*(?<!-)")
_VERSION: Final = re.compile(r"[-_]v?(?=[0-9])")
_POM: Final = re.compile(rb"META-INF/maven/[^/]+/[^/]+/pom\.properties")
_MANIFEST: Final = b"META-INF/MANIFEST.MF"
_LARGEST_ARCHIVE_BYTES: Final = 16_000_000
_LARGEST_MEMBER_BYTES: Final = 64_000
_MOST_OPENED: Final = 50


def _wanted(index: Index) -> Iterator[bytes]:
    """Ask for the archives whose names do not tell a version, the first fifty that are not large."""
    nameless = [path for path in _archives(index) if named_version(decode(base_name(path))) is None]
    yield from [path for path in nameless if index.file_bytes(path) <= _LARGEST_ARCHIVE_BYTES][:_MOST_OPENED]


def _packages(index: Index, contents: Contents) -> Iterator[Found | Unreadable]:
    """Yield the archives."""
    for path in _archives(index):
        file_name = decode(base_name(path))
        name, version = named_version(file_name) or _opened(contents.get(path, b""), index)
        yield READER.found(name or file_name.rpartition(".")[0], version, (path,))


def _archives(index: Index) -> Iterator[bytes]:
    return (path for suffix in _SUFFIXES for path in index.ending(suffix) if index.file_bytes(path))


def named_version(file_name: str) -> tuple[str, str] | None:
    """Split ``NAME-VERSION.jar`` at the first word that starts with a digit; a version has no empty words."""
    stem = file_name[:-4]
    if not file_name.endswith((".jar", ".war", ".ear")) or not _WORDS.fullmatch(stem):
        return None
    cut = _VERSION.search(stem, max(1, stem.rfind("--") + 1))
    return (stem[: cut.start()], stem[cut.end() :]) if cut else None


def _opened(content: bytes, index: Index) -> tuple[str, str]:
    """Read the one pom.properties; several are those of bundled libraries, then the manifest speaks for the whole."""
    poms, manifest = list[ZipMember](), list[ZipMember]()
    for member in members(content, index.work):
        if _POM.fullmatch(member.name):
            poms.append(member)
        elif member.name == _MANIFEST:
            manifest.append(member)
    if len(poms) == 1:
        found = _properties(content, poms[0], "=")
        return found.get("artifactId", ""), found.get("version", "")
    found = _properties(content, manifest[-1], ":") if manifest else {}
    title = found.get("Implementation-Title") or found.get("Bundle-SymbolicName", "")
    return title, found.get("Implementation-Version") or found.get("Bundle-Version", "")


def _properties(content: bytes, member: ZipMember, separator: str) -> Mapping[str, str]:
    text = read_start(content, member, _LARGEST_MEMBER_BYTES).decode("utf-8", "backslashreplace")
    pairs = (line.partition(separator) for line in text.strip().splitlines())
    return {key.strip(): value.strip() for key, found, value in pairs if found}


READER: Final = PackageReader(
    ecosystem="java",
    label="Java",
    precedence=Precedence.FILE,
    databases=(b"*.jar", b"*.war", b"*.ear"),
    looks_for=LooksFor(suffixes=frozenset(_SUFFIXES)),
    wanted=_wanted,
    packages=_packages,
)
