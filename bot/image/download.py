"""Bytes of a layer's blob as ``docker push`` would send it (gzip, Go's default level), estimated from a sample.

zlib-ng at level 6 comes close to Go's ``compress/gzip``. A large layer is judged by every tenth window of 64 KiB, each
compressed as if the 32 KiB before it had just been; a small one is compressed whole. How exact that is was measured
against real pushes, see ``docs/measuring.md``.
"""

from collections.abc import Mapping
from typing import Final

from bot.image.headers import BLOCK
from bot.image.tar import HeaderReader
from bot.image.window import Readable, Section, Window
from bot.model.limits import Limits

WHOLE_BYTES: Final = 4 << 20
_WINDOW: Final = 1 << 16
_STRIDE: Final = 10 * _WINDOW
_FIRST: Final = 4 * _WINDOW
_HISTORY: Final = 1 << 15
_LEVEL: Final = 6
_RAW: Final = -15
_GZIP_FRAME: Final = 18


class _Sample:
    """How well the windows compressed so far."""

    def __init__(self) -> None:
        self._plain = 0
        self._compressed = 0

    def add(self, data: bytes, before: bytes = b"") -> None:
        """Compress a window."""
        from zlib_ng import zlib_ng  # noqa: PLC0415 - only estimates need it

        deflate = zlib_ng.compressobj(_LEVEL, zlib_ng.DEFLATED, _RAW, zdict=before)
        self._compressed += len(deflate.compress(data)) + len(deflate.flush())
        self._plain += len(data)

    def estimate(self, size: int) -> int:
        """Extrapolate to the whole layer."""
        return _GZIP_FRAME + (round(self._compressed * size / self._plain) if self._plain else 0)


def estimate_section(section: Section) -> int:
    """Estimate the gzip size of an uncompressed layer tar that lies still; only the sample is read."""
    sample = _Sample()
    if section.size <= WHOLE_BYTES:
        sample.add(_bytes(section, 0, section.size))
    else:
        for start in range(_FIRST, section.size, _STRIDE):
            before = _bytes(section, start - _HISTORY, _HISTORY)
            sample.add(_bytes(section, start, min(_WINDOW, section.size - start)), before)
    return sample.estimate(section.size)


def _bytes(section: Section, offset: int, size: int) -> bytes:
    return Window(section.part(offset, size), capacity=max(size, 1)).take(size)


class Sampler:
    """Estimates the gzip size of a layer tar from its bytes as they come; the same sample as of a section."""

    def __init__(self) -> None:
        self._sample = _Sample()
        self._size = 0
        self._next = _FIRST
        self._recent = bytearray()

    def feed(self, data: memoryview | bytes) -> None:
        """Take in the next bytes."""
        self._size += len(data)
        self._recent += data
        if self._size > WHOLE_BYTES:
            self._take_windows()

    def _take_windows(self) -> None:
        """Compress each window that is in memory, and forget what no window needs."""
        while self._next + _WINDOW <= self._size:
            start = self._next - (self._size - len(self._recent))
            before = bytes(self._recent[start - _HISTORY : start])
            self._sample.add(bytes(self._recent[start : start + _WINDOW]), before)
            self._next += _STRIDE
        needed = max(0, self._size - (self._next - _HISTORY))
        if needed < len(self._recent):
            del self._recent[: len(self._recent) - needed]

    def estimate(self) -> int:
        """Give the estimate for what has been read."""
        if self._size <= WHOLE_BYTES:
            self._sample.add(bytes(self._recent))
        elif self._next < self._size:
            start = self._next - (self._size - len(self._recent))
            self._sample.add(bytes(self._recent[start:]), bytes(self._recent[start - _HISTORY : start]))
        return self._sample.estimate(self._size)


class Sampled:
    """A stream that shows what is read of it to a sampler."""

    def __init__(self, source: Readable, sampler: Sampler) -> None:
        self._source = source
        self._sampler = sampler

    def readinto(self, buffer: memoryview, /) -> int:
        """Read on, see ``Readable``."""
        count = self._source.readinto(buffer) or 0
        self._sampler.feed(buffer[:count])
        return count


def sample_folders(window: Window, samplers: Mapping[bytes, Sampler], limits: Limits) -> None:
    """Estimate the layers whose contents an archive holds, each below a folder of its own.

    Such a folder's archive differs from the layer's tar by the folder in its names, which is taken off, by its order,
    and by how deletions are marked: too little to matter.
    """
    reader = HeaderReader(limits)
    while window.fill(BLOCK):
        block = window.take(BLOCK)
        if not any(block):
            return
        member = reader.read(block, window)
        if member is None:
            continue
        folder, _, name = member.name.partition(b"/")[2].partition(b"/")
        sampler = samplers.get(folder)
        if sampler is None or not name:
            window.skip(member.size + -member.size % BLOCK)
            continue
        sampler.feed(_renamed(block, name))
        for chunk in window.chunks(member.size + -member.size % BLOCK):
            sampler.feed(chunk)


def _renamed(block: bytes, name: bytes) -> bytes:
    """Put another name into a header; the end of a long one goes where ustar has its beginning."""
    return name[:100].ljust(100, b"\0") + block[100:345] + name[100:255].ljust(155, b"\0") + block[500:]
