"""Names in a layer's tar to paths in the image, and the whiteouts among them (OCI image-spec, layer.md)."""

from collections.abc import Iterator
from typing import Final

from bot.model.image import EntryKind

_WHITEOUT: Final = b".wh."
_OPAQUE: Final = b".wh..wh..opq"
_NO_NAMES: Final = frozenset({b"", b".", b".."})


def clean(name: bytes) -> bytes:
    """Return the path that a name means: without outer or double slashes and ``.``, and ``..`` stops at the root."""
    path = name.strip(b"/")
    if path.startswith(b".") or b"//" in path or b"/." in path:
        return _resolved(path)
    return path


def _resolved(path: bytes) -> bytes:
    parts: list[bytes] = []
    for part in path.split(b"/"):
        if part == b"..":
            del parts[-1:]
        elif part not in {b"", b"."}:
            parts.append(part)
    return b"/".join(parts)


def parent(path: bytes) -> bytes:
    """Return the directory that a path lies in; the root's is the root."""
    return path.rpartition(b"/")[0]


def base_name(path: bytes) -> bytes:
    """Return the last component of a path."""
    return path.rpartition(b"/")[2]


def join(folder: bytes, path: bytes) -> bytes:
    """Return a path relative to a directory, ``..`` taken literally and stopping at the root."""
    return clean(path if path.startswith(b"/") else folder + b"/" + path)


def ancestors(path: bytes) -> Iterator[bytes]:
    """Return the directories above a path, from the nearest to the root."""
    while path:
        path = parent(path)
        yield path


def whiteout(path: bytes) -> tuple[bytes, EntryKind] | None:
    """Return what a whiteout marker deletes and how, ``None`` for any other path."""
    folder, slash, name = path.rpartition(b"/")
    if name == _OPAQUE:
        return folder, EntryKind.OPAQUE
    if name.startswith(_WHITEOUT) and name[len(_WHITEOUT) :] not in _NO_NAMES:
        return folder + slash + name[len(_WHITEOUT) :], EntryKind.WHITEOUT
    return None
