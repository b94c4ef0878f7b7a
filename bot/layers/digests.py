"""Whether bytes are those that somebody says they are."""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Final

from bot.errors import ImageError
from bot.layers.window import ByteSection, TruncatedError, Window


def sha256(blob: bytes) -> str:
    """Return the digest of a blob, ``sha256:…``."""
    return f"sha256:{hashlib.sha256(blob).hexdigest()}"


PIECE: Final = 1 << 18
"""So many bytes are looked at together: they stay in a core's own cache."""


def insist_on_digest(found: str, diff_id: str) -> None:
    """Insist that the digest of a layer's bytes is its diff ID."""
    if found != diff_id:
        raise ImageError(
            "A layer is not what the image says it is",
            why=f"its bytes are {found}, its configuration says {diff_id}",
            fix="save, build or push the image again",
        )


def same_bytes(one: ByteSection, other: ByteSection) -> bool:
    """Tell whether two blobs are the same, byte for byte; this takes a fraction of the time that hashing them takes."""
    if one.size != other.size:
        return False
    windows = [Window(section.part(0, section.size), capacity=PIECE) for section in (one, other)]
    for start in range(0, one.size, PIECE):
        first, second = (_piece(window, min(PIECE, one.size - start)) for window in windows)
        # Two memory views are compared element by element, an array and a view at once.
        if bytearray(first) != second:
            return False
    return True


def _piece(window: Window, count: int) -> memoryview:
    if not window.fill(count):
        raise TruncatedError
    window.position = window.end
    return window.buffer[window.end - count : window.end]


def chain_ids(diff_ids: Sequence[str]) -> Iterator[str]:
    """Yield the chain ID of each layer, lowest first."""
    chain = ""
    for diff_id in diff_ids:
        chain = sha256(f"{chain} {diff_id}".encode()) if chain else diff_id
        yield chain
