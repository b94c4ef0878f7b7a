"""What every source of images offers: documents at once, layers in one go, files on demand."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, Protocol

from bot.image.blueprint import Blueprint, LayerBlob
from bot.image.layer import Allowance, ScannedLayer
from bot.image.oci import Wanted
from bot.model.image import Image


class Reading(NamedTuple):
    """What was read of some images: their documents, and their layers by diff ID with the scheme of their contents."""

    blueprints: Sequence[Blueprint]
    layers: Mapping[str, ScannedLayer]
    scheme: str


def distinct(blueprints: Sequence[Blueprint]) -> Sequence[LayerBlob]:
    """Give the layers of all images, each once."""
    return tuple({blob.diff_id: blob for blueprint in blueprints for blob in blueprint.layers}.values())


class Known(Protocol):
    """Layers read before, by diff ID, and documents by digest.

    What is put is ``sure`` where its reader knows that the diff ID is that of the bytes; what is not is good for the
    comparison at hand only.
    """

    def layer(self, diff_id: str, scheme: str) -> ScannedLayer | None:
        """Give a layer, ``None`` where it is not known."""

    def put_layer(self, diff_id: str, scheme: str, layer: ScannedLayer, *, sure: bool) -> None:
        """Remember a layer that is complete."""

    def estimate(self, diff_id: str) -> int | None:
        """Give the estimated size of a layer's gzip blob."""

    def put_estimate(self, diff_id: str, size: int, *, sure: bool) -> None:
        """Remember an estimate."""

    def document(self, digest: str) -> bytes | None:
        """Give the manifest, index or configuration with a digest, ``None`` where it is not known."""

    def put_document(self, digest: str, document: bytes) -> None:
        """Remember a document that is what its digest says."""


class Place(Protocol):
    """A source that may hold several images; open for one comparison."""

    def read(self, names: Sequence[str], wanted: Wanted, known: Known, allowance: Allowance) -> Reading:
        """Read images together, each layer once or not at all."""

    def estimate(self, blobs: Sequence[LayerBlob], known: Known) -> Mapping[str, int]:
        """Estimate the compressed sizes that the source does not tell; by diff ID."""

    def read_files(self, image: Image, paths: Collection[bytes], limit_bytes: int) -> Mapping[bytes, bytes]:
        """Give the contents of live regular files."""


class Nothing:
    """A ``Known`` that remembers nothing."""

    def layer(self, diff_id: str, scheme: str) -> ScannedLayer | None:  # noqa: ARG002
        """Know no layer."""
        return None

    def put_layer(self, diff_id: str, scheme: str, layer: ScannedLayer, *, sure: bool) -> None:
        """Forget."""

    def estimate(self, diff_id: str) -> int | None:  # noqa: ARG002
        """Know no estimate."""
        return None

    def put_estimate(self, diff_id: str, size: int, *, sure: bool) -> None:
        """Forget."""

    def document(self, digest: str) -> bytes | None:  # noqa: ARG002
        """Know no document."""
        return None

    def put_document(self, digest: str, document: bytes) -> None:
        """Forget."""


class Session:
    """A ``Known`` for one comparison on top of one for all: what one place has read, the other need not."""

    def __init__(self, lasting: Known) -> None:
        self._lasting = lasting
        self._layers: dict[tuple[str, str], ScannedLayer] = {}
        self._estimates: dict[str, int] = {}

    def layer(self, diff_id: str, scheme: str) -> ScannedLayer | None:
        """Give a layer, see ``Known``."""
        return self._layers.get((diff_id, scheme)) or self._lasting.layer(diff_id, scheme)

    def put_layer(self, diff_id: str, scheme: str, layer: ScannedLayer, *, sure: bool) -> None:
        """Remember a layer, see ``Known``."""
        self._layers[diff_id, scheme] = layer
        if sure and layer.complete:
            self._lasting.put_layer(diff_id, scheme, layer, sure=sure)

    def estimate(self, diff_id: str) -> int | None:
        """Give an estimate, see ``Known``."""
        return self._estimates.get(diff_id) or self._lasting.estimate(diff_id)

    def put_estimate(self, diff_id: str, size: int, *, sure: bool) -> None:
        """Remember an estimate, see ``Known``."""
        self._estimates[diff_id] = size
        if sure:
            self._lasting.put_estimate(diff_id, size, sure=sure)

    def document(self, digest: str) -> bytes | None:
        """Give a document, see ``Known``."""
        return self._lasting.document(digest)

    def put_document(self, digest: str, document: bytes) -> None:
        """Remember a document, see ``Known``."""
        self._lasting.put_document(digest, document)
