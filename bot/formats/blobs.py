"""Named blobs of an image source: what readers of manifests need to see of an archive, a folder or a registry."""

from typing import NamedTuple, Protocol


class BlobInfo(NamedTuple):
    """Length of a blob as stored, and its compression: ``gzip``, ``zstd`` or ``none``."""

    size: int
    compression: str


class Blobs(Protocol):
    """A source of documents and layers by name. Names come from foreign documents: a missing one is ``None``."""

    def document(self, name: str) -> bytes | None:
        """Give a JSON document; one above ``Limits.document_bytes`` raises ``LimitError``."""

    def info(self, name: str) -> BlobInfo | None:
        """Tell what a layer blob is like, without reading it."""

    def names(self) -> tuple[str, ...]:
        """Give some of the names, for messages."""
