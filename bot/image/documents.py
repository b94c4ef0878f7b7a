"""JSON documents of an image, read without trusting a single type in them."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Final, cast

from bot.errors import ImageError, LimitError

Json = Mapping[str, object]

MOST_VALUES: Final = 200_000
"""Objects and arrays in one document; each takes some 200 bytes of memory, and may take two bytes of the document."""

# As an escape, or as its three bytes of what would be UTF-8.
_SURROGATE: Final = re.compile(rb"\\u[dD][89a-fA-F]|\xed[\xa0-\xbf]")


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
        value = json.loads(blob)
        return _without_surrogates(value) if _SURROGATE.search(blob) else cast("object", value)
    except (ValueError, RecursionError) as error:
        raise _garbled(what, "it is not JSON") from error


def _without_surrogates(value: object) -> object:
    """Replace halves of UTF-16 pairs that stand alone, which no encoding can write, as Go does."""
    plain = json.dumps(value, ensure_ascii=False)
    return cast("object", json.loads(plain.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")))


def _garbled(what: str, why: str) -> ImageError:
    return ImageError(f"The image's {what} cannot be read", why=why, fix="save, build or push the image again")


def text(document: Json, key: str) -> str:
    """Give a string, empty where there is none."""
    value = document.get(key)
    return value if isinstance(value, str) else ""


def count(document: Json, key: str) -> int:
    """Give a number that is not negative; 0 where there is none."""
    value = document.get(key)
    return value if isinstance(value, int) and value >= 0 else 0


def texts(document: Json, key: str) -> tuple[str, ...] | None:
    """Give a list of strings, ``None`` where there is none; a single string counts as a list of one."""
    value = document.get(key)
    if isinstance(value, str):
        return (value,)
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else None


def inner(document: Json, key: str) -> Json:
    """Give an object, empty where there is none."""
    value = document.get(key)
    return value if isinstance(value, dict) else {}


def objects(document: Json, key: str) -> Sequence[Json]:
    """Give a list of objects, empty where there is none."""
    value = document.get(key)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
