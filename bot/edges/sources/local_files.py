"""Files and folders on disk, opened so that nothing in them can make us wait or surprise us."""

import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from bot.errors import ImageError
from bot.formats.archive import insist_on_tar, magic_of
from bot.layers.inflate import compression_of, inflated
from bot.layers.layer import Allowance
from bot.layers.window import CAPACITY, ByteSection, Readable, TruncatedError


class FileSection:
    """A ``ByteSection`` of an open file, read by position, so that any number of them share the file."""

    def __init__(self, descriptor: int, start: int, size: int) -> None:
        self._descriptor = descriptor
        self._start = start
        self._position = 0
        self.size = size

    def readinto(self, buffer: memoryview, /) -> int:
        """Read on, see ``Readable``."""
        left = max(0, self.size - self._position)
        try:
            count = os.preadv(self._descriptor, [buffer[:left]], self._start + self._position)
        except OSError as error:
            raise ImageError("The image cannot be read", why=str(error.strerror), fix="look at its disk") from error
        if not count and left and len(buffer):
            raise TruncatedError
        self._position += count
        return count

    def advance(self, count: int) -> None:
        """Move on, see ``ByteSection``."""
        self._position += count

    def part(self, offset: int, size: int) -> "FileSection":
        """Open a part, see ``ByteSection``."""
        return FileSection(self._descriptor, self._start + offset, size)


class Folder:
    """A ``BlobStore``: the files of a folder, each opened once."""

    def __init__(self, path: str, open_files: ExitStack) -> None:
        self._path = Path(path)
        self._open_files = open_files
        self._opened: dict[str, FileSection] = {}

    def section(self, name: str) -> ByteSection | None:
        """Open a file, see ``BlobStore``."""
        if name not in self._opened:
            try:
                descriptor = open_regular(self._path / name, self._open_files)
            except FileNotFoundError:
                return None
            self._opened[name] = FileSection(descriptor, 0, os.fstat(descriptor).st_size)
        opened = self._opened[name]
        return opened.part(0, opened.size)

    def digest(self, name: str) -> str | None:  # noqa: ARG002
        """Vouch for nothing, see ``BlobStore``: names are only claims."""
        return None

    def names(self) -> tuple[str, ...]:
        """List the folder, see ``BlobStore``."""
        with suppress(OSError):
            return tuple(sorted(entry.name for entry in self._path.iterdir()))
        return ()


def open_archive(path: str, open_files: ExitStack, allowance: Allowance) -> ByteSection:
    """Open an archive; a compressed one is first inflated into a temporary file that has no name."""
    try:
        descriptor = open_regular(Path(path), open_files)
    except FileNotFoundError as error:
        raise ImageError(f"There is no file {path}", fix="docker save --output PATH NAME writes one") from error
    section = FileSection(descriptor, 0, os.fstat(descriptor).st_size)
    compression = compression_of(magic_of(section))
    if compression == "none":
        insist_on_tar(section, path)
        return section
    return spooled(inflated(section, compression), open_files, allowance)


def open_regular(path: Path, open_files: ExitStack) -> int:
    """Open a regular file, never waiting for a pipe; returns its descriptor, raises ``ImageError`` for all else."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ImageError(f"{path} cannot be read", why=str(error.strerror), fix="look at its mode and owner") from error
    open_files.callback(os.close, descriptor)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        raise ImageError(
            f"{path} is no file", why="an archive or a blob must be one", fix="a layout folder is oci:PATH"
        )
    return descriptor


def spooled(source: Readable, open_files: ExitStack, allowance: Allowance) -> ByteSection:
    """Keep a stream in a temporary file."""
    spool = Spool(open_files)
    buffer = memoryview(bytearray(CAPACITY))
    while count := source.readinto(buffer):
        allowance.spend(count)
        spool.write(buffer[:count])
    return spool.section()


class Spool:
    """A temporary file that has no name and vanishes when it is closed."""

    def __init__(self, open_files: ExitStack) -> None:
        import tempfile  # noqa: PLC0415 - few streams need it

        with _room():
            self._file = open_files.enter_context(tempfile.TemporaryFile(buffering=0))  # noqa: SIM115 - a stack is one
        self._size = 0

    def write(self, data: bytes | memoryview) -> None:
        """Write all of it; raises ``ImageError`` if there is no room."""
        left = memoryview(data)
        with _room():
            while left:
                left = left[self._file.write(left) :]
        self._size += len(data)

    def section(self) -> ByteSection:
        """Open what has been written."""
        return FileSection(self._file.fileno(), 0, self._size)


@contextmanager
def _room() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ImageError(
            "There is no room to unpack the image",
            why=f"a temporary file cannot be written: {error.strerror}",
            fix="make room, or set TMPDIR to a folder that has some",
        ) from error
