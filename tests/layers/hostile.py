"""Tar bytes that no honest tool writes."""

import struct
from collections.abc import Callable

from bot.errors import DeadweightError

BLOCK = 512


def header(name: bytes = b"f", size: int | bytes = 0, kind: bytes = b"0", **fields: bytes) -> bytes:
    """Return a header block with a right checksum; ``size`` may be the raw field, ``fields`` mode, link, magic, prefix."""
    digits = size if isinstance(size, bytes) else b"%011o\0" % size
    block = struct.pack(
        "100s8s8s8s12s12s8sc100s8s80x155s12x",
        name,
        fields.get("mode", b"0000644\0"),
        fields.get("uid", b"0000000\0"),
        b"0000000\0",
        digits,
        b"00000000000\0",
        b" " * 8,
        kind,
        fields.get("link", b""),
        fields.get("magic", b"ustar\x0000"),
        fields.get("prefix", b""),
    )
    return signed(block)


def signed(block: bytes) -> bytes:
    """Put the right checksum into a block."""
    plain = block[:148] + b" " * 8 + block[156:]
    return block[:148] + b"%06o\0 " % sum(plain) + block[156:]


def base256(value: int) -> bytes:
    """Return a binary size field as GNU tar writes it; negative numbers in two's complement."""
    if value < 0:
        return b"\xff" + (value + (1 << 88)).to_bytes(11, "big")
    return b"\x80" + value.to_bytes(11, "big")


def padded(payload: bytes) -> bytes:
    """Fill a payload up to the next block."""
    return payload + bytes(-len(payload) % BLOCK)


def pax(**records: bytes | str) -> bytes:
    """Return a PAX header with records; ``__`` in a keyword stands for a dot."""
    return pax_blob(
        b"".join(
            record(key.replace("__", ".").encode(), value if isinstance(value, bytes) else value.encode())
            for key, value in records.items()
        )
    )


def pax_blob(blob: bytes) -> bytes:
    """Return a PAX header with any content."""
    return header(b"pax", len(blob), b"x") + padded(blob)


def record(key: bytes, value: bytes) -> bytes:
    """Return one PAX record, whose length counts itself."""
    rest = b" " + key + b"=" + value + b"\n"
    length = len(rest)
    while len(b"%d" % length) + len(rest) != length:
        length = len(b"%d" % length) + len(rest)
    return b"%d" % length + rest


END = bytes(2 * BLOCK)


def explained(read: Callable[[], object]) -> bool:
    """Tell whether reading something ends well, or with an error that says why."""
    try:
        read()
    except DeadweightError as error:
        return bool(error.why)
    return True
