"""Bytes of a layer's blob as ``docker push`` would send it (gzip, Go's default level), estimated from a sample.

zlib-ng at level 6 comes within half a percent of Go's ``compress/gzip`` up to Go 1.26. Go 1.27 compresses faster and
2 % less (golang/go#75624), so what an engine is built with counts. Of a layer the first 16 MiB are compressed, of the
rest windows of 64 KiB, a third up to 64 MiB and a tenth beyond, each as if it followed the 32 KiB before it. How exact
that is was measured against real pushes, see ``docs/measuring.md``.
"""

import json
import re
import zlib
from binascii import Error as Base64Error
from binascii import a2b_base64
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from bot.layers.headers import BLOCK
from bot.layers.paths import clean
from bot.layers.tar import HeaderReader
from bot.layers.window import ByteSection, Readable, Window
from bot.model.limits import Limits


class _Stratum(NamedTuple):
    """A part of a layer, from one byte to another, and of how many windows of what length in it one is compressed."""

    begin: int
    end: int
    window_bytes: int
    stride: int


_MIB: Final = 1 << 20
_STRATA: Final = (
    _Stratum(0, 16 * _MIB, _MIB, 1),
    _Stratum(16 * _MIB, 64 * _MIB, _MIB >> 4, 3),
    _Stratum(64 * _MIB, 1 << 62, _MIB >> 4, 10),
)
_HISTORY: Final = 1 << 15
_LEVEL: Final = 6
_RAW: Final = -15
# gzip's header and trailer, and the empty block that Go ends every stream with
_FRAME: Final = 18 + 5
_HARDLY_ANYTHING: Final = 10
_GO_1_27: Final = 1.02


def as_built_with(go_version: str, size: int) -> int:
    """Return an estimate for an engine that was built with ``go1.27.1`` or such; as it is where that is unknown."""
    numbers = re.match(r"go(\d+)\.(\d+)", go_version)
    if numbers and (int(numbers[1]), int(numbers[2])) >= (1, 27):
        return round(size * _GO_1_27)
    return size


def _windows() -> Iterator[tuple[int, int]]:
    """Yield the windows of an endless layer: the number of their stratum, and where they start."""
    for number, (begin, end, length, stride) in enumerate(_STRATA):
        # From the middle of the first stride: the beginning of a stratum is no likelier than its end to be typical.
        for start in range(begin + stride // 2 * length, end, stride * length):
            yield number, start


class _Sample:
    """How well the windows of each stratum compressed."""

    def __init__(self) -> None:
        self._plain = [0] * len(_STRATA)
        self._compressed = [0] * len(_STRATA)

    def add(self, stratum: int, data: bytes, before: bytes) -> None:
        """Compress a window as what follows the bytes before it."""
        self._compressed[stratum] += _deflated(data, before)
        self._plain[stratum] += len(data)

    def estimate(self, size: int) -> int:
        """Extrapolate each stratum to what the layer has of it; what has no window of its own is like all others."""
        plain, compressed = sum(self._plain), sum(self._compressed)
        total = 0.0
        for stratum, own_plain, own_compressed in zip(_STRATA, self._plain, self._compressed, strict=True):
            part = max(0, min(size, stratum.end) - stratum.begin)
            total += part * (own_compressed / own_plain if own_plain else compressed / max(1, plain))
        return _FRAME + round(total)


def _deflated(data: bytes, before: bytes) -> int:
    """Compress as Go would: zlib-ng is near it for files, zlib for what is almost nothing but headers or zeros."""
    from zlib_ng import zlib_ng  # noqa: PLC0415 - only estimates need it

    deflate = zlib_ng.compressobj(_LEVEL, zlib_ng.DEFLATED, _RAW, zdict=before)
    size = len(deflate.compress(data)) + len(deflate.flush())
    if size * _HARDLY_ANYTHING > len(data):
        return size
    thorough = zlib.compressobj(_LEVEL, zlib.DEFLATED, _RAW, zdict=before)
    return len(thorough.compress(data)) + len(thorough.flush())


def estimate_section(section: ByteSection) -> int:
    """Estimate the gzip size of an uncompressed layer tar that lies still; only the sample is read."""
    sample = _Sample()
    for stratum, start in _windows():
        if start >= section.size:
            break
        history = min(start, _HISTORY)
        length = min(_STRATA[stratum].window_bytes, section.size - start)
        data = _bytes(section, start - history, history + length)
        sample.add(stratum, data[history:], data[:history])
    return sample.estimate(section.size)


def _bytes(section: ByteSection, offset: int, size: int) -> bytes:
    return Window(section.part(offset, size), capacity=size).take(size)


class Sampler:
    """Estimates the gzip size of a layer tar from its bytes as they come; the same sample as of a section."""

    def __init__(self) -> None:
        self._sample = _Sample()
        self._windows = _windows()
        self._stratum, self._next = next(self._windows)
        self._recent = bytearray()
        self._size = 0

    def feed(self, data: memoryview | bytes) -> None:
        """Take in the next bytes; forgets what no window needs."""
        self._recent += data
        self._size += len(data)
        while self._next + (length := _STRATA[self._stratum].window_bytes) <= self._size:
            self._take(length)
        # What lies before the history of the next window is never asked for again; the layer itself may be gigabytes.
        unneeded = len(self._recent) - (self._size - max(0, self._next - _HISTORY))
        if unneeded > 0:
            del self._recent[: min(unneeded, len(self._recent))]

    def _take(self, length: int) -> None:
        start = self._next - (self._size - len(self._recent))
        history = min(start, _HISTORY)
        data = bytes(self._recent[start - history : start + length])
        self._sample.add(self._stratum, data[history:], data[:history])
        self._stratum, self._next = next(self._windows)

    def estimate(self) -> int:
        """Return the estimate, once, for all that has been read."""
        if self._next < self._size:
            self._take(self._size - self._next)
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


class FolderSample:
    """Estimates the gzip size of a layer from an archive of the folder that it was unpacked to.

    Such an archive differs from the layer's tar in owners' names, in its order and in how it marks deletions, too
    little to matter for a large layer. A small one is put together again from the engine's ``record`` of it.
    """

    def __init__(self, record: bytes = b"") -> None:
        self._record = record
        self._payloads: dict[bytes, bytes] = {}
        self._sampler = Sampler()

    def add(self, block: bytes, name: bytes, size: int, window: Window) -> None:
        """Take in one member of the archive, whose header and name are given."""
        if self._record:
            self._payloads[clean(name)] = window.take(size)
            return
        self._sampler.feed(_renamed(block, name))
        for chunk in window.chunks(size + -size % BLOCK):
            self._sampler.feed(chunk)

    def estimate(self) -> int:
        """Return the estimate, once."""
        if self._record:
            self._sampler.feed(self._rebuilt())
        return self._sampler.estimate()

    def _rebuilt(self) -> bytes:
        """Return the layer's tar; where record and files do not fit, the files alone."""
        try:
            return b"".join(rebuild(self._record, self._payloads))
        except ValueError:
            return b"".join(self._payloads.values())


def sample_folders(window: Window, samples: Mapping[bytes, FolderSample], limits: Limits) -> None:
    """Show the members of an archive to the samples, by the second part of their names."""
    reader = HeaderReader(limits)
    while window.fill(BLOCK):
        block = window.take(BLOCK)
        if not any(block):
            return
        member = reader.read(block, window)
        if member is None:
            continue
        end = window.tell() + member.size + -member.size % BLOCK
        _, _, path = member.name.partition(b"/")
        folder, _, name = path.partition(b"/")
        if folder in samples and name:
            samples[folder].add(block, name, member.size, window)
        window.skip(end - window.tell())


def _renamed(block: bytes, name: bytes) -> bytes:
    """Put another name into a header; the end of a long one goes where ustar has its beginning."""
    return name[:100].ljust(100, b"\0") + block[100:345] + name[100:255].ljust(155, b"\0") + block[500:]


def rebuild(record: bytes, payloads: Mapping[bytes, bytes]) -> Iterator[bytes]:
    """Yield the pieces of a layer's tar: the lines of its inflated tar-split record, with payloads by path.

    Raises ``ValueError`` where the two do not fit together.
    """
    for line in record.splitlines():
        piece = json.loads(line)
        try:
            if piece["type"] == 2:
                yield a2b_base64(piece.get("payload") or "")
            elif size := piece.get("size", 0):
                yield _payload(payloads, _name(piece), size)
        except (KeyError, TypeError, AttributeError, Base64Error) as error:
            raise ValueError("the record and the files do not fit") from error


def _name(piece: Mapping[str, str]) -> bytes:
    raw = piece.get("name_raw")
    return clean(a2b_base64(raw) if raw else piece["name"].encode())


def _payload(payloads: Mapping[bytes, bytes], path: bytes, size: int) -> bytes:
    payload = payloads[path]
    if len(payload) != size:
        raise ValueError("the record and the files do not fit")
    return payload
