"""Compressed streams to plain ones: gzip (any number of members, as estargz has), zstd, or neither, told by magic."""

import sys
from collections.abc import Callable
from functools import partial
from typing import Final, NamedTuple, Protocol, cast

from bot.errors import ImageError, LimitError
from bot.layers.window import Readable

_CHUNK: Final = 1 << 18
_GZIP: Final = b"\x1f\x8b"
_ZSTD: Final = b"\x28\xb5\x2f\xfd"
# zstd skippable frames, such as estargz-like tables of contents of zstd:chunked
_ZSTD_SKIPPABLE: Final = bytes(range(0x50, 0x60))
_LARGEST_ZSTD_WINDOW: Final = 1 << 27
# What is cut finest, estargz and zstd:chunked, has two parts for each file: 512 bytes of header, and the content.
_LEAST_IN_A_PART: Final = 128
_FREE_PARTS: Final = 1000
# By their beginnings; none of them is read.
_FOREIGN: Final = {
    b"\xfd7zX": "xz",
    b"BZh": "bzip2",
    b"LZIP": "lzip",
    b"\x04\x22\x4d\x18": "lz4",
    b"\x1f\x9d": "compress",
}


def compression_of(magic: bytes) -> str:
    """Name the compression of a blob by its first four bytes: ``gzip``, ``zstd`` or ``none``."""
    if magic.startswith(_GZIP):
        return "gzip"
    # By magic and not by media type, which tools that convert images get wrong.
    if magic.startswith(_ZSTD) or (magic[1:4] == b"\x2a\x4d\x18" and magic[:1] in _ZSTD_SKIPPABLE):
        return "zstd"
    return "none"


def foreign_compression(magic: bytes) -> str:
    """Name the compression of a blob that is not read here; empty for any other blob."""
    return next((name for start, name in _FOREIGN.items() if magic.startswith(start)), "")


def inflated(source: Readable, compression: str) -> Readable:
    """Return the plain bytes of a source that is compressed as said; broken data raises ``ImageError`` on reading."""
    if compression == "none":
        return source
    return _Inflated(source, _gzip() if compression == "gzip" else _zstd())


def _broken(why: str) -> ImageError:
    return ImageError("A layer cannot be decompressed", why=why, fix="save, build or push the image again")


class _Decompressor(Protocol):
    """One gzip member or zstd frame, as the libraries for both have it."""

    @property
    def eof(self) -> bool: ...

    @property
    def needs_input(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes | memoryview, max_length: int) -> bytes: ...


class _Format(NamedTuple):
    """A compression whose streams are any number of parts one after another, each decompressed on its own."""

    name: str
    new_part: Callable[[], _Decompressor]
    error: type[Exception]
    padding: bytes
    """What may stand behind a part without being the next one."""


def _gzip() -> _Format:
    from isal import igzip_lib  # noqa: PLC0415 - needed by few

    new_member = partial(igzip_lib.IgzipDecompressor, flag=igzip_lib.DECOMP_GZIP)
    return _Format("gzip", new_member, cast("type[Exception]", igzip_lib.IsalError), b"\x00")


def _zstd() -> _Format:
    """zstd; frames that need more than 128 MiB of window are refused by the library."""
    if sys.version_info >= (3, 14):  # needed by few, so imported late
        from compression import zstd  # noqa: PLC0415
    else:
        from backports import zstd  # noqa: PLC0415

    options = {int(zstd.DecompressionParameter.window_log_max): _LARGEST_ZSTD_WINDOW.bit_length() - 1}
    return _Format("zstd", partial(zstd.ZstdDecompressor, options=options), zstd.ZstdError, b"")


class _Inflated:
    """A compressed stream, part after part."""

    def __init__(self, source: Readable, compression: _Format) -> None:
        self._format = compression
        self._part = compression.new_part()
        self._input = memoryview(bytearray(_CHUNK))
        self._source = source
        self._plain_bytes = 0
        self._parts = 1

    def readinto(self, buffer: memoryview, /) -> int:
        """Read on, see ``Readable``."""
        while True:
            data = self._data()
            if data is None:
                return 0
            try:
                plain = self._part.decompress(data, len(buffer))
            except self._format.error as error:
                raise _broken(f"its {self._format.name} stream is corrupt") from error
            # Nothing may come out although something went in: headers of a part, or a block that is not complete.
            if plain:
                buffer[: len(plain)] = plain
                self._plain_bytes += len(plain)
                return len(plain)

    def _data(self) -> bytes | memoryview | None:
        """Return the next input; ``None`` after the last part."""
        part = self._part
        if part.eof:
            return self._next_part(part.unused_data)
        if not part.needs_input:
            return b""
        data = self._read()
        if not data:
            raise _broken(f"its {self._format.name} stream is cut short")
        return data

    def _next_part(self, rest: bytes) -> bytes | None:
        padding = self._format.padding
        # gzip(1) passes over zeros behind a member, with which tapes were padded.
        while not (rest := rest.lstrip(padding) if padding else rest):
            rest = bytes(self._read())
            if not rest:
                return None
        self._parts += 1
        # A new part costs more than the bytes of an empty one: millions of them in a small blob would take hours.
        if self._parts > _FREE_PARTS + self._plain_bytes // _LEAST_IN_A_PART:
            raise LimitError(
                "A layer is refused",
                why=f"its {self._format.name} stream has {self._parts} parts for {self._plain_bytes} bytes",
                fix="no tool writes such streams; save, build or push the image again",
            )
        self._part = self._format.new_part()
        return rest

    def _read(self) -> memoryview:
        return self._input[: self._source.readinto(self._input) or 0]
