"""Names, versions and paths out of foreign files."""

from collections.abc import Iterator
from io import BytesIO
from typing import Final

from bot.contents.work_budget import Work

_MOST_STANZAS: Final = 50_000
_LONGEST_STANZA: Final = 4_000_000
# PATH_MAX of Linux, and more than any name has.
_LONGEST_NAME: Final = 4096


def decode(value: bytes) -> str:
    r"""Give foreign bytes as text; what is not UTF-8 becomes ``\xff``."""
    return value[:_LONGEST_NAME].decode("utf-8", "backslashreplace").strip()


def encode(text: str) -> bytes:
    """Give text of a document as bytes of a path; what no UTF-8 can say becomes ``?`` and so names nothing."""
    return text.encode("utf-8", "replace")


def lines(content: bytes, work: Work) -> Iterator[bytes]:
    """Give the lines of a file without their ends, one by one: a list of them may weigh twenty times the file."""
    work.spend(1 + content.count(b"\n"))
    for line in BytesIO(content):
        yield line.removesuffix(b"\n")


def stanzas(content: bytes, work: Work) -> Iterator[dict[bytes, bytes]]:
    """Give the stanzas of a deb822 file as fields by lower-case name; continuation lines stay in the value."""
    work.spend(1 + content.count(b"\n"))
    for block in content.split(b"\n\n", _MOST_STANZAS)[:_MOST_STANZAS]:
        fields = dict(_fields(block[:_LONGEST_STANZA]))
        if fields:
            yield fields


def _fields(block: bytes) -> Iterator[tuple[bytes, bytes]]:
    for field in block.strip(b"\n").replace(b"\n ", b"\0").split(b"\n"):
        name, colon, value = field.partition(b":")
        if colon:
            yield name.strip().lower(), value.strip().replace(b"\0", b"\n")


def join(folder: bytes, path: bytes) -> bytes:
    """Give a path relative to a directory, ``..`` taken literally and stopping at the root."""
    if path.startswith(b"/"):
        folder = b""
    parts = list[bytes]()
    for part in (folder + b"/" + path).split(b"/"):
        if part == b"..":
            del parts[-1:]
        elif part not in {b"", b"."}:
            parts.append(part)
    return b"/".join(parts)


def parent(path: bytes) -> bytes:
    """Give the directory that a path lies in, ``b""`` for the root."""
    return path.rpartition(b"/")[0]


def base_name(path: bytes) -> bytes:
    """Give the last component of a path."""
    return path.rpartition(b"/")[2]
