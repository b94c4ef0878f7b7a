"""JSON documents of an image, read without trusting a single type in them, and ``Blobs``, which they come from."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, Protocol, cast

from bot.errors import ImageError, LimitError

Json = Mapping[str, object]

MOST_VALUES: Final = 200_000
"""Objects and arrays in one document; each takes some 200 bytes of memory, and may take two bytes of the document."""

_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")
"""The escape of a half of a character; json joins two halves, and leaves one alone as it is."""


def parse_object(blob: bytes, what: str) -> Json:
    """Read a JSON object; ``what`` names it in the ``ImageError`` that anything else raises."""
    value = _parse(blob, what)
    if not isinstance(value, dict):
        raise _garbled(what, "it is not a JSON object")
    return value


def parse_list(blob: bytes, what: str) -> Sequence[Json]:
    """Read a JSON array of objects, passing over what is none."""
    value = _parse(blob, what)
    if not isinstance(value, list):
        raise _garbled(what, "it is not a JSON array")
    return [item for item in value if isinstance(item, dict)]


def _parse(blob: bytes, what: str) -> object:
    """Read JSON of any kind; what would take far more memory than it has bytes is refused unread."""
    if blob.count(b"[") + blob.count(b"{") > MOST_VALUES:
        raise LimitError(
            f"The image's {what} is refused",
            why=f"it may hold more than {MOST_VALUES} objects and arrays",
            fix="no tool writes such documents; save, build or push the image again",
        )
    try:
        content = blob.decode(json.detect_encoding(blob), "replace")
        value = cast("object", json.loads(content))
        return _without_lone_surrogates(value) if _SURROGATE.search(content) else value
    except (ValueError, RecursionError) as error:
        raise _garbled(what, "it is not JSON") from error


def _without_lone_surrogates(value: object) -> object:
    """Put U+FFFD for what is no character, as Go does: no path, log or report could be written with it."""
    match value:
        case str():
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case list():
            return [_without_lone_surrogates(item) for item in value]
        case dict():
            return {_without_lone_surrogates(key): _without_lone_surrogates(item) for key, item in value.items()}
        case _:
            return value


def _garbled(what: str, why: str) -> ImageError:
    return ImageError(f"The image's {what} cannot be read", why=why, fix="save, build or push the image again")


def text(document: Json, key: str) -> str:
    """Return a string, empty if there is none."""
    value = document.get(key)
    return value if isinstance(value, str) else ""


def count(document: Json, key: str) -> int:
    """Return a number that is not negative; 0 if there is none."""
    value = document.get(key)
    return value if isinstance(value, int) and value >= 0 else 0


def texts(document: Json, key: str) -> tuple[str, ...] | None:
    """Return a list of strings, ``None`` if there is none; a single string counts as a list of one."""
    value = document.get(key)
    if isinstance(value, str):
        return (value,)
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else None


def inner(document: Json, key: str) -> Json:
    """Return an object, empty if there is none."""
    value = document.get(key)
    return value if isinstance(value, dict) else {}


def objects(document: Json, key: str) -> Sequence[Json]:
    """Return a list of objects, empty if there is none."""
    value = document.get(key)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


class BlobInfo(NamedTuple):
    """Length of a blob as stored, and its compression: ``gzip``, ``zstd`` or ``none``."""

    size: int
    compression: str


class Blobs(Protocol):
    """A source of documents and layers by name. Names come from foreign documents: a missing one is ``None``."""

    def document(self, name: str) -> bytes | None:
        """Return a JSON document; one above ``Limits.document_bytes`` raises ``LimitError``."""

    def info(self, name: str) -> BlobInfo | None:
        """Tell what a layer blob is like, without reading it."""

    def names(self) -> tuple[str, ...]:
        """Return some of the names, for messages."""
