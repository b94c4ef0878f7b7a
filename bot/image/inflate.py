"""Compressed streams to plain ones: gzip (any number of members, as estargz has), zstd, or neither, told by magic."""

import sys
from functools import partial
from typing import IO, Final, cast

from bot.errors import ImageError
from bot.image.window import Readable

_CHUNK: Final = 1 << 18
_GZIP: Final = b"\x1f\x8b"
_ZSTD: Final = b"\x28\xb5\x2f\xfd"
# zstd skippable frames, such as estargz-like tables of contents of zstd:chunked
_ZSTD_SKIPPABLE: Final = bytes(range(0x50, 0x60))
_LARGEST_ZSTD_WINDOW: Final = 1 << 27


def compression_of(magic: bytes) -> str:
    """Name the compression of a blob by its first four bytes: ``gzip``, ``zstd`` or ``none``."""
    if magic.startswith(_GZIP):
        return "gzip"
    if magic.startswith(_ZSTD) or (magic[1:4] == b"\x2a\x4d\x18" and magic[:1] in _ZSTD_SKIPPABLE):
        return "zstd"
    return "none"


def inflated(source: Readable, compression: str) -> Readable:
    """Give the plain bytes of a source that is compressed as said; broken data raises ``ImageError`` on reading."""
    if compression == "gzip":
        return _Gzip(source)
    if compression == "zstd":
        return _Zstd(source)
    return source


def _broken(why: str) -> ImageError:
    return ImageError("A layer cannot be decompressed", why=why, fix="save, build or push the image again")


class _Gzip:
    """gzip by ISA-L, member after member; zero padding after the last one is no member."""

    def __init__(self, source: Readable) -> None:
        from isal import igzip_lib  # noqa: PLC0415 - needed by few

        self._error = cast("type[Exception]", igzip_lib.IsalError)
        self._new_member = partial(igzip_lib.IgzipDecompressor, flag=igzip_lib.DECOMP_GZIP)
        self._member = self._new_member()
        self._input = memoryview(bytearray(_CHUNK))
        self._source = source

    def readinto(self, buffer: memoryview, /) -> int:
        """Read on, see ``Readable``."""
        while True:
            data = self._data()
            if data is None:
                return 0
            try:
                plain: bytes = self._member.decompress(data, len(buffer))
            except self._error as error:
                raise _broken("its gzip stream is corrupt") from error
            if plain:
                buffer[: len(plain)] = plain
                return len(plain)

    def _data(self) -> bytes | memoryview | None:
        """Give the next input; ``None`` after the last member."""
        member = self._member
        if member.eof:
            return self._next_member(member.unused_data)
        if not member.needs_input:
            return b""
        data = self._read()
        if not data:
            raise _broken("its gzip stream is cut short")
        return data

    def _next_member(self, rest: bytes) -> bytes | None:
        while not (rest := rest.lstrip(b"\x00")):
            rest = bytes(self._read())
            if not rest:
                return None
        self._member = self._new_member()
        return rest

    def _read(self) -> memoryview:
        return self._input[: self._source.readinto(self._input) or 0]


class _Zstd:
    """zstd, frame after frame; frames that need more than 128 MiB of window are refused by the library."""

    def __init__(self, source: Readable) -> None:
        if sys.version_info >= (3, 14):  # needed by few, so imported late
            from compression import zstd  # noqa: PLC0415
        else:
            from backports import zstd  # noqa: PLC0415

        self._errors = (zstd.ZstdError, EOFError)
        options = {int(zstd.DecompressionParameter.window_log_max): _LARGEST_ZSTD_WINDOW.bit_length() - 1}
        self._reader = zstd.ZstdFile(cast("IO[bytes]", _Reading(source)), options=options)

    def readinto(self, buffer: memoryview, /) -> int:
        """Read on, see ``Readable``."""
        try:
            return self._reader.readinto(buffer)
        except self._errors as error:
            raise _broken("its zstd stream is corrupt") from error


class _Reading:
    """A ``Readable`` as a library wants it."""

    def __init__(self, source: Readable) -> None:
        self._source = source

    def read(self, size: int) -> bytes:
        buffer = memoryview(bytearray(size))
        return bytes(buffer[: self._source.readinto(buffer) or 0])
