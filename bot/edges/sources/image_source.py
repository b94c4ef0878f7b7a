"""What every source of images offers: documents at once, layers in one go, files on demand."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final, NamedTuple, Protocol

from bot.formats.archive import digest_of
from bot.formats.image_manifest import ImageManifest, LayerBlob
from bot.formats.oci import WantedImage
from bot.layers.digests import insist_on_digest
from bot.layers.layer import Allowance, ScannedLayer
from bot.layers.window import ByteSection
from bot.model.image import Image

SCHEME: Final = "xxh3"
"""How the contents of layers are told apart that are read from their bytes, see ``Entry``."""


class ImagesRead(NamedTuple):
    """What was read of some images: their documents, and their layers by diff ID with the scheme of their contents."""

    manifests: Sequence[ImageManifest]
    layers: Mapping[str, ScannedLayer]
    scheme: str


def distinct_layers(manifests: Sequence[ImageManifest]) -> Sequence[LayerBlob]:
    """List the layers of all images, each once."""
    return tuple({blob.diff_id: blob for manifest in manifests for blob in manifest.layers}.values())


class LayerCache(Protocol):
    """Layers read before, by diff ID, blobs by digest, and documents by digest.

    What is put is ``sure`` where its reader knows that the diff ID is that of the bytes, because an engine's store or
    we have hashed them; what is asked for is ``sure`` where the diff ID that asks is.
    """

    @property
    def lasts(self) -> bool:
        """Whether anything is remembered beyond this comparison, so that digests are worth their time."""

    def layer(self, diff_id: str, scheme: str) -> ScannedLayer | None:
        """Look a layer up, ``None`` if it is not known; the diff ID must be sure."""

    def put_layer(self, diff_id: str, scheme: str, layer: ScannedLayer, *, sure: bool) -> None:
        """Remember a layer that is complete."""

    def blob(self, digest: str) -> str | None:
        """Look up what a compressed layer holds, by its digest: a diff ID, ``None`` if it was never inflated."""

    def put_blob(self, digest: str, diff_id: str) -> None:
        """Remember what a blob was found to hold."""

    def estimate(self, diff_id: str, *, sure: bool) -> int | None:
        """Look up the estimated size of a layer's gzip blob."""

    def put_estimate(self, diff_id: str, size: int, *, sure: bool) -> None:
        """Remember an estimate."""

    def document(self, digest: str) -> bytes | None:
        """Look up the manifest, index or configuration with a digest, ``None`` if it is not known."""

    def put_document(self, digest: str, document: bytes) -> None:
        """Remember a document that is what its digest says."""


class ClaimedLayer:
    """A layer that an archive or layout holds under a diff ID, which is true as far as anybody has ``hashed`` it.

    Where all ``readers``, the sources that have such a layer, hold the very same bytes, nothing depends on it.
    """

    def __init__(self, section: ByteSection, layer: ScannedLayer, reader: object, *, hashed: bool) -> None:
        self.section = section
        self.layer = layer
        self.hashed = hashed
        self.readers = {reader}

    def insist(self, diff_id: str) -> None:
        """Hash it, once; raises ``ImageError`` where its diff ID is a lie."""
        if not self.hashed:
            insist_on_digest(digest_of(self.section), diff_id)
            self.hashed = True


class ImageSource(Protocol):
    """A source that may hold several images; open for one comparison."""

    def read(
        self, names: Sequence[str], wanted: WantedImage, cache: "SessionCache", allowance: Allowance
    ) -> ImagesRead:
        """Read images together, each layer once or not at all."""

    def estimate(self, blobs: Sequence[LayerBlob], cache: LayerCache) -> Mapping[str, int]:
        """Estimate the compressed sizes that the source does not tell; by diff ID."""

    def read_files(self, image: Image, paths: Collection[bytes], limit_bytes: int) -> Mapping[bytes, bytes]:
        """Read live regular files; those above the limit are left out."""


class NullCache:
    """A ``LayerCache`` that remembers nothing."""

    lasts = False

    def layer(self, diff_id: str, scheme: str) -> ScannedLayer | None:  # noqa: ARG002
        """Know no layer."""
        return None

    def put_layer(self, diff_id: str, scheme: str, layer: ScannedLayer, *, sure: bool) -> None:
        """Forget."""

    def blob(self, digest: str) -> str | None:  # noqa: ARG002
        """Know no blob."""
        return None

    def put_blob(self, digest: str, diff_id: str) -> None:
        """Forget."""

    def estimate(self, diff_id: str, *, sure: bool) -> int | None:  # noqa: ARG002
        """Know no estimate."""
        return None

    def put_estimate(self, diff_id: str, size: int, *, sure: bool) -> None:
        """Forget."""

    def document(self, digest: str) -> bytes | None:  # noqa: ARG002
        """Know no document."""
        return None

    def put_document(self, digest: str, document: bytes) -> None:
        """Forget."""


class SessionCache:
    """A ``LayerCache`` for one comparison on top of one for all: what one source has read, the other need not."""

    def __init__(self, lasting: LayerCache) -> None:
        self._lasting = lasting
        self._layers: dict[tuple[str, str], ScannedLayer] = {}
        self._blobs: dict[str, str] = {}
        self._estimates: dict[str, int] = {}
        self.claims: dict[str, ClaimedLayer] = {}
        """By diff ID, see ``settle``."""
        self.sure: set[str] = set()
        """Diff IDs of layers whose bytes are hashed."""

    @property
    def lasts(self) -> bool:
        """Tell whether anything outlives the comparison, see ``LayerCache``."""
        return self._lasting.lasts

    def settle(self, readings: Iterable[ImagesRead]) -> None:
        """Hash what one source claims to be a layer of another's; raises ``ImageError`` where that is a lie."""
        holders = Counter(diff_id for reading in readings for diff_id in reading.layers)
        for diff_id, claim in self.claims.items():
            if holders[diff_id] > len(claim.readers):
                claim.insist(diff_id)

    def layer(self, diff_id: str, scheme: str) -> ScannedLayer | None:
        """Look a layer up, see ``LayerCache``."""
        return self._layers.get((diff_id, scheme)) or self._lasting.layer(diff_id, scheme)

    def put_layer(self, diff_id: str, scheme: str, layer: ScannedLayer, *, sure: bool) -> None:
        """Remember a layer, see ``LayerCache``."""
        if sure:
            self.sure.add(diff_id)
            self._layers[diff_id, scheme] = layer
        if sure and layer.complete:
            self._lasting.put_layer(diff_id, scheme, layer, sure=sure)

    def blob(self, digest: str) -> str | None:
        """Look the diff ID of a blob up, see ``LayerCache``."""
        return self._blobs.get(digest) or self._lasting.blob(digest)

    def put_blob(self, digest: str, diff_id: str) -> None:
        """Remember a blob, see ``LayerCache``."""
        self._blobs[digest] = diff_id
        self._lasting.put_blob(digest, diff_id)

    def estimate(self, diff_id: str, *, sure: bool) -> int | None:
        """Look an estimate up, see ``LayerCache``; one of this comparison is good for what ``settle`` will look at."""
        return self._estimates.get(diff_id) or (self._lasting.estimate(diff_id, sure=sure) if sure else None)

    def put_estimate(self, diff_id: str, size: int, *, sure: bool) -> None:
        """Remember an estimate, see ``LayerCache``."""
        self._estimates[diff_id] = size
        if sure:
            self._lasting.put_estimate(diff_id, size, sure=sure)

    def document(self, digest: str) -> bytes | None:
        """Look a document up, see ``LayerCache``."""
        return self._lasting.document(digest)

    def put_document(self, digest: str, document: bytes) -> None:
        """Remember a document, see ``LayerCache``."""
        self._lasting.put_document(digest, document)
