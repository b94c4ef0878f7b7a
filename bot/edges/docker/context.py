"""A build context as the tar stream that the Engine's classic builder takes."""

import io
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from e2b_dockerfile_utils import PatternMatcher

from bot.errors import UsageError
from bot.model.build import BuildRequest

_IGNORE = ".dockerignore"
_TEXT_LIMIT_BYTES = 1 << 20
# A Dockerfile outside its context is sent under this name, which .dockerignore then hides from every COPY.
_OUTSIDE = ".deadweight.Dockerfile"


def pack_context(request: BuildRequest, stream: IO[bytes]) -> str:
    """Write the context as a tar, rewound, and give what the Dockerfile is called in it.

    Links stay links, owners are root and times zero, as BuildKit has it. The Dockerfile's own .dockerignore goes
    before the context's. Raises ``UsageError`` for one that is malformed.
    """
    context = Path(request.root, request.spec.context)
    dockerfile = Path(request.root, request.spec.dockerfile)
    inside = dockerfile.is_relative_to(context)
    name = dockerfile.relative_to(context).as_posix() if inside else _OUTSIDE
    with tarfile.open(fileobj=stream, mode="w|", format=tarfile.PAX_FORMAT) as archive:
        for path in _paths(context, _ignored(context, dockerfile)):
            if path not in {name, _IGNORE}:
                _add(archive, context / path, path)
        # The engine needs these two even where .dockerignore hides them, and hides them itself from every COPY.
        _add(archive, dockerfile, name)
        ignore = _read(context / _IGNORE) + ("" if inside else f"\n{_IGNORE}\n{_OUTSIDE}\n")
        if ignore:
            _add_text(archive, _IGNORE, ignore)
    stream.seek(0)
    return name


def _ignored(context: Path, dockerfile: Path) -> PatternMatcher:
    text = _read(dockerfile.with_name(dockerfile.name + _IGNORE)) or _read(context / _IGNORE)
    try:
        return PatternMatcher(text.removeprefix("\ufeff").split("\n"))
    except ValueError as error:
        raise UsageError("The .dockerignore cannot be read.", why=str(error)[:200]) from None


def _paths(context: Path, ignored: PatternMatcher) -> Iterator[str]:
    """Give what is sent, parents first; folders that nothing can bring back are not walked."""
    returns = any(pattern.startswith("!") for pattern in ignored.patterns)
    for folder, folders, files in os.walk(context):
        here = Path(folder).relative_to(context).as_posix()
        prefix = "" if here == "." else f"{here}/"
        folders.sort()
        links = [name for name in folders if Path(folder, name).is_symlink()]
        for name in sorted((*folders, *files)):
            if not ignored.matches(prefix + name):
                yield prefix + name
        folders[:] = [name for name in folders if name not in links and (returns or not ignored.matches(prefix + name))]


def _add(archive: tarfile.TarFile, file: Path, name: str) -> None:
    member = archive.gettarinfo(str(file), name)
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mtime = 0
    if member.isreg():
        with file.open("rb") as content:
            archive.addfile(member, content)
    else:
        archive.addfile(member)


def _add_text(archive: tarfile.TarFile, name: str, text: str) -> None:
    content = text.encode("utf-8", "surrogateescape")
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), 0o644
    archive.addfile(member, io.BytesIO(content))


def _read(path: Path) -> str:
    """Give a text of the checkout, empty where there is none; links are not followed."""
    if path.is_symlink() or not path.is_file():
        return ""
    with path.open("rb") as file:
        return file.read(_TEXT_LIMIT_BYTES).decode("utf-8", "surrogateescape")
