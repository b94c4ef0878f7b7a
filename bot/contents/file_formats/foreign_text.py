"""Names, versions and paths out of foreign files."""

import re
from collections.abc import Iterator
from io import BytesIO
from itertools import chain, islice
from typing import Final

from bot.contents.work_budget import Work

_BLANK_LINES: Final = re.compile(rb"\n[ \t]*\n")
_MOST_STANZAS: Final = 50_000
_LONGEST_STANZA: Final = 4_000_000
# PATH_MAX of Linux, and more than any name has.
_LONGEST_NAME: Final = 4096


def decode(value: bytes) -> str:
    r"""Return foreign bytes as text; what is not UTF-8 becomes ``\xff``."""
    return value[:_LONGEST_NAME].decode("utf-8", "backslashreplace").strip()


def encode(text: str) -> bytes:
    """Return text of a document as bytes of a path; what no UTF-8 can say becomes ``?`` and so names nothing."""
    return text.encode("utf-8", "replace")


def lines(content: bytes, work: Work) -> Iterator[bytes]:
    """Return the lines of a file without their ends, one by one: a list of them may weigh twenty times the file."""
    work.spend(1 + content.count(b"\n"))
    for line in BytesIO(content):
        yield line.removesuffix(b"\n")


def stanzas(content: bytes, work: Work) -> Iterator[dict[bytes, bytes]]:
    """Return the stanzas of a deb822 file as fields by lower-case name; continuation lines stay in the value."""
    work.spend(1 + content.count(b"\n"))
    start = 0
    for blank in islice(chain(_BLANK_LINES.finditer(content), (None,)), _MOST_STANZAS):
        end, following = blank.span() if blank else (len(content), 0)
        fields = dict(_fields(content[start : min(end, start + _LONGEST_STANZA)]))
        start = following
        if fields:
            yield fields


def _fields(block: bytes) -> Iterator[tuple[bytes, bytes]]:
    for field in block.strip(b"\n").replace(b"\n ", b"\0").split(b"\n"):
        name, colon, value = field.partition(b":")
        if colon:
            yield name.strip().lower(), value.strip().replace(b"\0", b"\n")
