"""A buffer that is moved over a stream of bytes, so that a scanner sees headers and never copies payload."""

from collections.abc import Callable, Iterator
from typing import Final, Protocol, Self

import xxhash

from bot.errors import ImageError

CAPACITY: Final = 1 << 20
_BLOCK: Final = 512

Progress = Callable[[int], None]
"""Called with the number of bytes that were just read; may raise to stop the reading."""


class Readable(Protocol):
    """A stream of bytes as ``io.RawIOBase`` has it."""

    def readinto(self, buffer: memoryview, /) -> int | None:
        """Read up to ``len(buffer)`` bytes into the buffer; give how many, 0 at the end and only there."""


class ByteSection(Readable, Protocol):
    """Part of something that lies still, such as a member of an archive on disk; reading starts at its beginning."""

    @property
    def size(self) -> int:
        """Its length in bytes."""

    def advance(self, count: int) -> None:
        """Move on without reading."""

    def part(self, offset: int, size: int) -> "ByteSection":
        """Open a part of it, which must lie within."""


class Bytes:
    """A ``ByteSection`` that lies in memory."""

    def __init__(self, data: bytes | memoryview) -> None:
        self._view = memoryview(data)
        self._position = 0

    @property
    def size(self) -> int:
        """Its length in bytes."""
        return len(self._view)

    def readinto(self, buffer: memoryview, /) -> int:
        """Read on, see ``Readable``."""
        piece = self._view[self._position : self._position + len(buffer)]
        buffer[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)

    def advance(self, count: int) -> None:
        """Move on, see ``ByteSection``."""
        self._position += count

    def part(self, offset: int, size: int) -> "Bytes":
        """Open a part, see ``ByteSection``."""
        return Bytes(self._view[offset : offset + size])


class TruncatedError(ImageError):
    """The bytes end before what was announced."""

    def __init__(self) -> None:
        super().__init__("The archive is cut short", why="it ends in the middle of an entry", fix="save it again")


class Window:
    """The bytes ``buffer[position:end]`` of a stream; ``buffer[0]`` is byte ``start`` of it, ``fill`` moves it on."""

    __slots__ = ("_jump", "_progress", "_reader", "buffer", "end", "position", "start")

    def __init__(self, reader: Readable, *, capacity: int = CAPACITY, progress: Progress | None = None) -> None:
        self.buffer = memoryview(bytearray(capacity))
        self.position = 0
        self.end = 0
        self.start = 0
        self._reader = reader
        self._progress = progress
        self._jump: Callable[[int], None] | None = None

    @classmethod
    def jumping(cls, section: ByteSection, *, capacity: int) -> Self:
        """Make a window that never reads what is skipped."""
        window = cls(section, capacity=capacity)
        window._jump = section.advance
        return window

    def tell(self) -> int:
        """Return the offset in the stream of the next byte."""
        return self.start + self.position

    def fill(self, wanted: int) -> bool:
        """Have at least ``wanted`` bytes (at most the capacity) in view; False where the stream ends before."""
        while self.end - self.position < wanted:
            if not self._read_more():
                return False
        return True

    def _read_more(self) -> int:
        # Only what is left moves to the front, mostly half a header; payload that was in view is never copied.
        if self.position:
            left = self.end - self.position
            self.buffer[:left] = self.buffer[self.position : self.end]
            self.start += self.position
            self.position, self.end = 0, left
        count = self._reader.readinto(self.buffer[self.end :]) or 0
        self.end += count
        if self._progress:
            self._progress(count)
        return count

    def take(self, count: int) -> bytes:
        """Return the next ``count`` bytes, which the caller has found to be few."""
        # fill cannot have more in view than the buffer holds; the caller has bounded the count.
        if count > len(self.buffer):
            return b"".join(bytes(chunk) for chunk in self.chunks(count))
        if not self.fill(count):
            raise TruncatedError
        start = self.position
        self.position = start + count
        return bytes(self.buffer[start : self.position])

    def chunks(self, count: int) -> Iterator[memoryview]:
        """Yield the next ``count`` bytes in pieces, each valid until the next one is asked for."""
        while count > 0:
            if not self.fill(1):
                raise TruncatedError
            start = self.position
            self.position = min(self.end, start + count)
            count -= self.position - start
            yield self.buffer[start : self.position]

    def skip(self, count: int) -> None:
        """Move on by ``count`` bytes."""
        beyond = count - (self.end - self.position)
        if beyond <= 0:
            self.position += count
        # On a file a payload need not be read to be passed: that is how an archive is indexed without reading all of
        # it.
        elif self._jump:
            self._jump(beyond)
            self.start += self.end + beyond
            self.position = self.end = 0
        else:
            for _ in self.chunks(count):
                pass

    def skip_padding(self, size: int) -> None:
        """Move on to the end of a payload's last block; the very last one of a tar may lack its padding."""
        count = -size % _BLOCK
        if count <= self.end - self.position or self._jump:
            self.skip(count)
        else:
            self.position = self.position + count if self.fill(count) else self.end

    def fingerprint(self, count: int) -> int:
        """Move on by ``count`` bytes and give their 64-bit xxh3."""
        start = self.position
        if count <= self.end - start:
            self.position = start + count
            return int(xxhash.xxh3_64_intdigest(self.buffer[start : self.position]))
        digest = xxhash.xxh3_64()
        for chunk in self.chunks(count):
            digest.update(chunk)
        return int(digest.intdigest())


class Part:
    """The next ``size`` bytes of a window as a stream of their own; raises ``TruncatedError`` where they end early."""

    def __init__(self, window: Window, size: int) -> None:
        self._window = window
        self._left = size

    def readinto(self, buffer: memoryview, /) -> int:
        """Read on, see ``Readable``."""
        for chunk in self._window.chunks(min(self._left, len(buffer))):
            buffer[: len(chunk)] = chunk
            self._left -= len(chunk)
            return len(chunk)
        return 0
