"""Images whose blobs lie still: archives, layout folders, and registries once a blob has been fetched."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from bot.contents.file_locations import locate
from bot.edges.sources.image_source import Claim, LayerCache, Reading, SessionCache, distinct
from bot.errors import ImageError
from bot.formats.archive import BlobStore, StoredBlobs, digest_of, is_plain, open_layer, scan_verified
from bot.formats.blobs import Blobs
from bot.formats.image_manifest import ImageManifest, LayerBlob
from bot.formats.oci import Wanted
from bot.layers.diff_ids import same_bytes
from bot.layers.download import estimate_section
from bot.layers.layer import Allowance, ScannedLayer, counted, read_files
from bot.layers.scan import scan_layer
from bot.layers.window import Progress, Section, Window
from bot.model.image import Image
from bot.model.limits import Limits

SCHEME: Final = "xxh3"

Read = Callable[[Blobs, str, Wanted, Limits], ImageManifest]
"""Reads the documents of one format."""


class BlobSource:
    """A ``ImageSource`` on a shelf.

    The diff ID of a plain layer is what its archive claims: hashing it would take longer than reading it. So it is
    hashed only where another layer has the same diff ID and other bytes, and never remembered. Inflating takes longer
    still, so compressed layers are always checked, and known again by the digest of their blob.
    """

    def __init__(self, shelf: BlobStore, read: Read, limits: Limits, progress: Progress | None) -> None:
        self._shelf = shelf
        self._read = read
        self._limits = limits
        self._progress = progress
        self._blobs: dict[str, LayerBlob] = {}

    def read(self, names: Sequence[str], wanted: Wanted, known: SessionCache, allowance: Allowance) -> Reading:
        """Read images, see ``ImageSource``."""
        blobs = StoredBlobs(self._shelf, self._limits)
        blueprints = [self._read(blobs, name, wanted, self._limits) for name in names]
        self._blobs = {blob.diff_id: blob for blob in distinct(blueprints)}
        layers = {diff_id: self._layer(blob, known, allowance) for diff_id, blob in self._blobs.items()}
        others = {(blob.diff_id, blob.locator): blob for blueprint in blueprints for blob in blueprint.layers}
        for blob in others.values():
            if blob.locator != self._blobs[blob.diff_id].locator:
                self._layer(blob, known, Allowance(self._limits))
        return Reading(blueprints, layers, SCHEME)

    def _layer(self, blob: LayerBlob, known: SessionCache, allowance: Allowance) -> ScannedLayer:
        """Give a layer that is known beyond doubt, else scan it."""
        digest = self._shelf.digest(blob.locator)
        if found := _remembered(digest, blob.diff_id, known):
            return counted(found, allowance)
        section = self._section(blob)
        claim = known.claims.get(blob.diff_id)
        if claim and same_bytes(claim.section, section):
            claim.readers.add(self)
            return counted(claim.layer, allowance)
        if claim:
            claim.insist(blob.diff_id)
        if is_plain(section) and not claim and blob.diff_id not in known.sure:
            layer = scan_layer(open_layer(section, self._progress), allowance)
        else:
            layer = self._verified(section, blob.diff_id, digest, known, allowance)
        known.claims.setdefault(blob.diff_id, Claim(section, layer, blob.diff_id in known.sure, {self}))
        return layer

    def _verified(
        self, section: Section, diff_id: str, digest: str | None, known: SessionCache, allowance: Allowance
    ) -> ScannedLayer:
        """Give a layer whose bytes are hashed, or were before as those of its blob."""
        if digest is None and known.lasts:
            digest = digest_of(section)
            if found := _remembered(digest, diff_id, known):
                return counted(found, allowance)
        layer = scan_verified(section, diff_id, allowance, self._progress)
        known.put_layer(diff_id, SCHEME, layer, sure=True)
        if digest:
            known.put_blob(digest, diff_id)
        return layer

    def estimate(self, blobs: Sequence[LayerBlob], known: LayerCache) -> Mapping[str, int]:
        """Estimate compressed sizes, see ``ImageSource``."""
        return {blob.diff_id: self._estimate(blob, known) for blob in blobs}

    def _estimate(self, blob: LayerBlob, known: LayerCache) -> int:
        found = known.estimate(blob.diff_id, sure=False)
        if found is not None:
            return found
        size = estimate_section(self._section(blob))
        known.put_estimate(blob.diff_id, size, sure=False)
        return size

    def read_files(self, image: Image, paths: Collection[bytes], limit_bytes: int) -> Mapping[bytes, bytes]:
        """Give contents of files, see ``ImageSource``."""
        contents: dict[bytes, bytes] = {}
        for index, names in locate(image.layers, paths).items():
            window = self._open(self._blobs[image.layers[index].diff_id])
            found = read_files(window, frozenset(names.values()), self._limits, limit_bytes)
            contents.update({path: found[name] for path, name in names.items() if name in found})
        return contents

    def _open(self, blob: LayerBlob) -> Window:
        return open_layer(self._section(blob), self._progress)

    def _section(self, blob: LayerBlob) -> Section:
        section = self._shelf.section(blob.locator)
        if section is None:
            raise ImageError("The image is incomplete", why=f"its layer {blob.locator} is missing", fix="save it again")
        return section


def _remembered(digest: str | None, diff_id: str, known: SessionCache) -> ScannedLayer | None:
    """Give the layer of a blob that was once found to hold what has the diff ID."""
    if not digest or known.blob(digest) != diff_id:
        return None
    layer = known.layer(diff_id, SCHEME)
    if layer:
        known.sure.add(diff_id)
    return layer
