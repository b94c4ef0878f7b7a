"""Images whose blobs lie still: archives, layout folders, and registries once a blob has been fetched."""

from collections.abc import Callable, Collection, Mapping, Sequence

from bot.contents.file_locations import locate
from bot.edges.sources.image_source import SCHEME, ClaimedLayer, ImagesRead, LayerCache, SessionCache, distinct_layers
from bot.errors import ImageError
from bot.formats.archive import BlobStore, StoredBlobs, digest_of, is_plain, open_layer, scan_verified
from bot.formats.documents import Blobs
from bot.formats.image_manifest import ImageManifest, LayerBlob
from bot.formats.oci import WantedImage
from bot.layers.digests import same_bytes
from bot.layers.download import estimate_section
from bot.layers.layer import Allowance, ScannedLayer, counted, read_files
from bot.layers.scan import scan_layer
from bot.layers.window import ByteSection, Progress
from bot.model.image import Image
from bot.model.limits import Limits

Read = Callable[[Blobs, str, WantedImage, Limits], ImageManifest]
"""Reads the documents of one format."""


class BlobSource:
    """An ``ImageSource`` over a ``BlobStore``.

    The diff ID of a plain layer is what its archive claims: hashing it would take longer than reading it. So it is
    hashed only where another layer has the same diff ID and other bytes, and never remembered. Inflating takes longer
    still, so compressed layers are always checked, and known again by the digest of their blob.
    """

    def __init__(self, store: BlobStore, read: Read, limits: Limits, progress: Progress | None) -> None:
        self._store = store
        self._read = read
        self._limits = limits
        self._progress = progress
        self._blobs: dict[str, LayerBlob] = {}

    def read(self, names: Sequence[str], wanted: WantedImage, cache: SessionCache, allowance: Allowance) -> ImagesRead:
        """Read images, see ``ImageSource``."""
        blobs = StoredBlobs(self._store, self._limits)
        manifests = [self._read(blobs, name, wanted, self._limits) for name in names]
        self._blobs = {blob.diff_id: blob for blob in distinct_layers(manifests)}
        layers = {diff_id: self._layer(blob, cache, allowance) for diff_id, blob in self._blobs.items()}
        others = {(blob.diff_id, blob.locator): blob for manifest in manifests for blob in manifest.layers}
        for blob in others.values():
            if blob.locator != self._blobs[blob.diff_id].locator:
                self._layer(blob, cache, Allowance(self._limits))
        return ImagesRead(manifests, layers, SCHEME)

    def _layer(self, blob: LayerBlob, cache: SessionCache, allowance: Allowance) -> ScannedLayer:
        """Return a layer that is known beyond doubt, else scan it."""
        digest = self._store.digest(blob.locator)
        if found := _remembered(digest, blob.diff_id, cache):
            return counted(found, allowance)
        section = self._section(blob)
        claim = cache.claims.get(blob.diff_id)
        if claim and same_bytes(claim.section, section):
            claim.readers.add(self)
            return counted(claim.layer, allowance)
        if claim:
            claim.insist(blob.diff_id)
        if is_plain(section) and not claim and blob.diff_id not in cache.sure:
            layer = scan_layer(open_layer(section, self._progress), allowance)
        else:
            layer = self._verified(section, blob.diff_id, digest, cache, allowance)
        cache.claims.setdefault(blob.diff_id, ClaimedLayer(section, layer, self, hashed=blob.diff_id in cache.sure))
        return layer

    def _verified(
        self, section: ByteSection, diff_id: str, digest: str | None, cache: SessionCache, allowance: Allowance
    ) -> ScannedLayer:
        """Scan a layer and hash its bytes, unless they were hashed before as those of its blob."""
        if digest is None and cache.lasts:
            digest = digest_of(section)
            if found := _remembered(digest, diff_id, cache):
                return counted(found, allowance)
        layer = scan_verified(section, diff_id, allowance, self._progress)
        cache.put_layer(diff_id, SCHEME, layer, sure=True)
        if digest:
            cache.put_blob(digest, diff_id)
        return layer

    def estimate(self, blobs: Sequence[LayerBlob], cache: LayerCache) -> Mapping[str, int]:
        """Estimate compressed sizes, see ``ImageSource``."""
        return {blob.diff_id: self._estimate(blob, cache) for blob in blobs}

    def _estimate(self, blob: LayerBlob, cache: LayerCache) -> int:
        found = cache.estimate(blob.diff_id, sure=False)
        if found is not None:
            return found
        size = estimate_section(self._section(blob))
        cache.put_estimate(blob.diff_id, size, sure=False)
        return size

    def read_files(self, image: Image, paths: Collection[bytes], limit_bytes: int) -> Mapping[bytes, bytes]:
        """Read files, see ``ImageSource``."""
        contents: dict[bytes, bytes] = {}
        for index, names in locate(image.layers, paths).items():
            window = open_layer(self._section(self._blobs[image.layers[index].diff_id]), self._progress)
            found = read_files(window, frozenset(names.values()), self._limits, limit_bytes)
            contents.update({path: found[name] for path, name in names.items() if name in found})
        return contents

    def _section(self, blob: LayerBlob) -> ByteSection:
        section = self._store.section(blob.locator)
        if section is None:
            raise ImageError("The image is incomplete", why=f"its layer {blob.locator} is missing", fix="save it again")
        return section


def _remembered(digest: str | None, diff_id: str, cache: SessionCache) -> ScannedLayer | None:
    """Look up the layer of a blob that was once found to hold what has the diff ID."""
    if not digest or cache.blob(digest) != diff_id:
        return None
    layer = cache.layer(diff_id, SCHEME)
    if layer:
        cache.sure.add(diff_id)
    return layer
