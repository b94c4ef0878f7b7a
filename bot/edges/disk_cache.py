"""Layers and documents read before, on disk: a small file for each; what is wrong with one makes it a miss."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from bot.layers.codec import MAGIC, decode_layer, encode_layer
from bot.layers.digests import sha256
from bot.layers.layer import ScannedLayer

MOST_BYTES: Final = 512_000_000
_LARGEST_FILE: Final = 256_000_000
_MOST_DIGITS: Final = 18
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL


class DiskCache:
    """Remembers layers by diff ID, and documents by digest, in a folder that may be deleted at any time.

    A blob is remembered with the diff ID of what it holds, so that it need not be inflated to know it again.

    A folder that cannot be used is as good as an empty one. Past ``most_bytes`` the files used longest ago go.
    """

    lasts = True

    def __init__(self, folder: Path, *, most_bytes: int = MOST_BYTES) -> None:
        self._folder = folder / MAGIC.decode()
        self._most_bytes = most_bytes
        self._bytes: int | None = None

    def layer(self, diff_id: str, scheme: str) -> ScannedLayer | None:
        """Look a layer up, ``None`` if it is not known."""
        content = self._read(diff_id, scheme)
        with suppress(ValueError):
            return None if content is None else decode_layer(content)
        return None

    def put_layer(self, diff_id: str, scheme: str, layer: ScannedLayer, *, sure: bool) -> None:
        """Remember a layer that is complete, if its diff ID is sure."""
        if sure and layer.complete:
            self._write(diff_id, scheme, encode_layer(layer))

    def blob(self, digest: str) -> str | None:
        """Look up the diff ID of a compressed layer by its digest."""
        content = self._read(digest, "blob")
        return None if content is None else content.decode("ascii", "replace")

    def put_blob(self, digest: str, diff_id: str) -> None:
        """Remember what a blob was found to hold."""
        self._write(digest, "blob", diff_id.encode())

    def estimate(self, diff_id: str, *, sure: bool = True) -> int | None:
        """Look up the estimated size of a layer's gzip blob, if its diff ID is sure."""
        content = self._read(diff_id, "download") if sure else None
        return int(content) if content and content.isdigit() and len(content) <= _MOST_DIGITS else None

    def put_estimate(self, diff_id: str, size: int, *, sure: bool) -> None:
        """Remember an estimate, if its diff ID is sure."""
        if sure:
            self._write(diff_id, "download", str(size).encode())

    def document(self, digest: str) -> bytes | None:
        """Look a document up that is what its digest says."""
        document = self._read(digest, "document")
        return document if document is not None and sha256(document) == digest else None

    def put_document(self, digest: str, document: bytes) -> None:
        """Remember a document."""
        self._write(digest, "document", document)

    def recall(self, key: str) -> bytes | None:
        """Look up a result of an earlier run."""
        return self._read(key, "result")

    def keep(self, key: str, content: bytes) -> None:
        """Remember a result."""
        self._write(key, "result", content)

    def _path(self, digest: str, kind: str) -> Path | None:
        """Make the path of a file; digests come from foreign documents, so only digits of theirs get into it."""
        algorithm, _, digits = digest.partition(":")
        if algorithm != "sha256" or len(digits) != 64 or set(digits) - set("0123456789abcdef"):
            return None
        return self._folder / kind / digits

    def _read(self, digest: str, kind: str) -> bytes | None:
        path = self._path(digest, kind)
        with suppress(OSError):
            if path is None or path.stat().st_size > _LARGEST_FILE:
                return None
            content = path.read_bytes()
            # What was used last is kept longest.
            os.utime(path)
            return content
        return None

    def _write(self, digest: str, kind: str, content: bytes) -> None:
        path = self._path(digest, kind)
        if path is None:
            return
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            draft = path.with_name(f".{os.urandom(8).hex()}")
            # What tempfile does, whose import takes longer than all of this.
            with os.fdopen(os.open(draft, _NEW, mode=0o600), "wb") as file:
                file.write(content)
            draft.replace(path)
            self._make_room(len(content))

    def _make_room(self, added: int) -> None:
        if self._bytes is None:
            self._bytes = sum(status.st_size for _, status in self._files())
        else:
            self._bytes += added
        if self._bytes > self._most_bytes:
            for path, status in sorted(self._files(), key=lambda file: file[1].st_mtime):
                if self._bytes <= self._most_bytes // 2:
                    break
                path.unlink(missing_ok=True)
                self._bytes -= status.st_size

    def _files(self) -> Iterator[tuple[Path, os.stat_result]]:
        for path in self._folder.glob("*/*"):
            with suppress(OSError):
                yield path, path.stat()
