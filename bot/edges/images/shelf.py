"""Images whose blobs lie still: archives, layout folders, and registries once a blob has been fetched."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from bot.edges.images.place import Known, Reading, distinct
from bot.errors import ImageError
from bot.image.archive import Shelf, ShelfBlobs, is_plain, open_layer, scan_verified
from bot.image.blobs import Blobs
from bot.image.blueprint import Blueprint, LayerBlob
from bot.image.download import estimate_section
from bot.image.layer import Allowance, ScannedLayer, counted, read_files
from bot.image.locate import locate
from bot.image.oci import Wanted
from bot.image.scan import scan_layer
from bot.image.window import Progress, Section, Window
from bot.model.image import Image
from bot.model.limits import Limits

SCHEME: Final = "xxh3"

Read = Callable[[Blobs, str, Wanted, Limits], Blueprint]
"""Reads the documents of one format."""


class ShelfPlace:
    """A ``Place`` on a shelf.

    The diff ID of a plain layer is what its archive claims: hashing it would take longer than reading it, so it is
    believed for this archive, and never remembered. Inflating takes longer still, so compressed layers are checked.
    """

    def __init__(self, shelf: Shelf, read: Read, limits: Limits, progress: Progress | None) -> None:
        self._shelf = shelf
        self._read = read
        self._limits = limits
        self._progress = progress
        self._blobs: dict[str, LayerBlob] = {}

    def read(self, names: Sequence[str], wanted: Wanted, known: Known, allowance: Allowance) -> Reading:
        """Read images, see ``Place``."""
        blobs = ShelfBlobs(self._shelf, self._limits)
        blueprints = [self._read(blobs, name, wanted, self._limits) for name in names]
        self._blobs = {blob.diff_id: blob for blob in distinct(blueprints)}
        layers = {diff_id: self._layer(blob, known, allowance) for diff_id, blob in self._blobs.items()}
        return Reading(blueprints, layers, SCHEME)

    def _layer(self, blob: LayerBlob, known: Known, allowance: Allowance) -> ScannedLayer:
        """Give a layer that is known, else scan it; a compressed one is checked against its diff ID and remembered."""
        if found := known.layer(blob.diff_id, SCHEME):
            return counted(found, allowance)
        section = self._section(blob)
        if is_plain(section):
            layer = scan_layer(open_layer(section, self._progress), allowance)
        else:
            layer = scan_verified(section, blob.diff_id, allowance, self._progress)
        known.put_layer(blob.diff_id, SCHEME, layer, sure=not is_plain(section))
        return layer

    def estimate(self, blobs: Sequence[LayerBlob], known: Known) -> Mapping[str, int]:
        """Estimate compressed sizes, see ``Place``."""
        return {blob.diff_id: self._estimate(blob, known) for blob in blobs}

    def _estimate(self, blob: LayerBlob, known: Known) -> int:
        found = known.estimate(blob.diff_id)
        if found is not None:
            return found
        size = estimate_section(self._section(blob))
        known.put_estimate(blob.diff_id, size, sure=False)
        return size

    def read_files(self, image: Image, paths: Collection[bytes], limit_bytes: int) -> Mapping[bytes, bytes]:
        """Give contents of files, see ``Place``."""
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
