"""Java: jars, and war and ear archives, each one file that belongs to itself.

Name and version are in the usual file name (``NAME-VERSION.jar``); an archive without a version there is opened, if it
is not large, for ``META-INF/maven/**/pom.properties``, else for its manifest (JAR File Specification).
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from typing import Final

from bot.image.packages.index import Index, LooksFor
from bot.image.packages.nouns import Contents, Found, Precedence, Unreadable
from bot.image.packages.text import base_name, decode

_SUFFIXES: Final = (b".jar", b".war", b".ear")
_FILE_NAME: Final = re.compile(r"(?P<name>[A-Za-z][\w.+-]*?)[-_]v?(?P<version>[0-9][\w.+]*(?:-[\w.+]+)*)\.[jwe]ar")
_POM: Final = re.compile(r"META-INF/maven/[^/]+/(?P<artifact>[^/]+)/pom\.properties")
_MANIFEST: Final = "META-INF/MANIFEST.MF"
_LARGEST_ARCHIVE_BYTES: Final = 16_000_000
_LARGEST_MEMBER_BYTES: Final = 64_000
_MOST_OPENED: Final = 50

LOOKS_FOR: Final = LooksFor(suffixes=frozenset(_SUFFIXES))


def wanted(index: Index) -> Iterator[bytes]:
    """Ask for the archives whose names do not tell a version, the first fifty that are not large."""
    nameless = [path for path in _archives(index) if not _FILE_NAME.fullmatch(decode(base_name(path)))]
    yield from [path for path in nameless if index.file_bytes(path) <= _LARGEST_ARCHIVE_BYTES][:_MOST_OPENED]


def packages(index: Index, contents: Contents) -> Iterator[Found | Unreadable]:
    """Give the archives."""
    for path in _archives(index):
        file_name = decode(base_name(path))
        match = _FILE_NAME.fullmatch(file_name)
        name, version = (match["name"], match["version"]) if match else _opened(contents.get(path, b""))
        yield Found(Precedence.FILE, "java", name or file_name.rpartition(".")[0], version, (path,))


def _archives(index: Index) -> Iterator[bytes]:
    return (path for suffix in _SUFFIXES for path in index.ending(suffix) if index.file_bytes(path))


def _opened(content: bytes) -> tuple[str, str]:
    """Give name and version from inside an archive; empty where it does not tell."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _described(archive)
    except (zipfile.BadZipFile, zlib.error, ValueError, EOFError, OSError, NotImplementedError, RuntimeError):
        return "", ""


def _described(archive: zipfile.ZipFile) -> tuple[str, str]:
    """Read the one pom.properties; several are those of bundled libraries, then the manifest speaks for the whole."""
    names = archive.namelist()
    poms = [name for name in names if _POM.fullmatch(name)]
    if len(poms) == 1:
        properties = _properties(archive, poms[0], "=")
        return properties.get("artifactId", ""), properties.get("version", "")
    manifest = _properties(archive, _MANIFEST, ":") if _MANIFEST in names else {}
    title = manifest.get("Implementation-Title") or manifest.get("Bundle-SymbolicName", "")
    return title, manifest.get("Implementation-Version") or manifest.get("Bundle-Version", "")


def _properties(archive: zipfile.ZipFile, name: str, separator: str) -> Mapping[str, str]:
    with archive.open(name) as member:
        text = decode(member.read(_LARGEST_MEMBER_BYTES))
    pairs = (line.partition(separator) for line in text.splitlines())
    return {key.strip(): value.strip() for key, found, value in pairs if found}
