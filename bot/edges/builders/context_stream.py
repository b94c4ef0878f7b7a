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
    """Write the context as a tar, rewound, and return what the Dockerfile is called in it.

    Links stay links, owners are root and times zero, as BuildKit has it. The Dockerfile's own .dockerignore goes
    before the context's. Raises ``UsageError`` for one that is malformed, and for paths that are too long to be read.
    """
    try:
        return _pack(request, stream)
    except OSError as error:
        raise UsageError("The build context cannot be read.", why=(error.strerror or str(error))[:200]) from None


def _pack(request: BuildRequest, stream: IO[bytes]) -> str:
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
    """List what is sent, parents first; folders that nothing can bring back are not walked.

    ``os.walk`` calls itself for each folder up to Python 3.11, and a thousand folders in each other are soon made.
    """
    returns = any(pattern.startswith("!") for pattern in ignored.patterns)
    waiting = [""]
    while waiting:
        prefix = waiting.pop()
        with os.scandir(context / prefix) as scan:
            found = sorted((one.name, one.is_dir(follow_symlinks=False)) for one in scan)
        sent = {name for name, _ in found if not ignored.matches(prefix + name)}
        yield from (prefix + name for name, _ in found if name in sent)
        folders = [f"{prefix}{name}/" for name, is_folder in found if is_folder and (returns or name in sent)]
        waiting += reversed(folders)


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
    """Read a text of the checkout, empty if there is none; links are not followed."""
    if path.is_symlink() or not path.is_file():
        return ""
    with path.open("rb") as file:
        return file.read(_TEXT_LIMIT_BYTES).decode("utf-8", "surrogateescape")
