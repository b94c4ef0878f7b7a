"""Images by reference, whatever they are read from: ``Images`` is the ``ImageReader`` of the real world.

``places`` finds the source of a reference, ``shelf`` reads what lies still (archives, layouts, registries), ``engine``
what a Docker engine keeps; ``place`` says what they have in common.
"""

import platform as machine
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from bot.edges.images.place import Place, Scan
from bot.edges.images.places import Options, Places
from bot.image.blueprint import Blueprint, LayerBlob, assemble
from bot.image.layer import Allowance
from bot.image.oci import Wanted
from bot.model.image import Image, ImageReference, Platform
from bot.ports import OpenImage

__all__ = ["Images", "Options"]

_ARCHITECTURES = {"x86_64": "amd64", "AMD64": "amd64", "aarch64": "arm64", "armv7l": "arm", "i686": "386"}


class Images:
    """An ``ImageReader`` over engines, archives, layouts and registries."""

    def __init__(self, options: Options | None = None) -> None:
        self._options = options or Options()

    @contextmanager
    def open(self, references: Sequence[ImageReference], platform: Platform | None) -> Iterator[Sequence[OpenImage]]:
        """Read one or two images together, see ``ImageReader``."""
        with ExitStack() as open_files:
            yield _read(Places(self._options, open_files), self._options, references, platform)


@dataclass(frozen=True, slots=True)
class _Draft:
    """An image whose documents have been read."""

    reference: ImageReference
    place: Place
    blueprint: Blueprint


@dataclass(frozen=True, slots=True)
class _Opened:
    """An ``OpenImage``: an image, and the place that its files are read from."""

    image: Image
    draft: _Draft

    def read_files(self, paths: Collection[bytes], *, limit_bytes: int) -> Mapping[bytes, bytes]:
        """Give contents of live files, see ``OpenImage``."""
        return self.draft.place.read_files(self.draft.blueprint, self.image, paths, limit_bytes)


def _read(
    places: Places, options: Options, references: Sequence[ImageReference], platform: Platform | None
) -> tuple[OpenImage, ...]:
    wanted = Wanted(platform, host_platform())
    drafts = [_draft(places, reference, wanted) for reference in references]
    allowance = Allowance(options.limits, images=len(drafts))
    scans: dict[int, Scan] = {}
    estimates: dict[str, int] = {}
    for place in {id(draft.place): draft.place for draft in drafts}.values():
        blobs = _distinct([blob for draft in drafts if draft.place is place for blob in draft.blueprint.layers])
        scans[id(place)] = place.scan(blobs, options.known, allowance)
        if options.estimate_download:
            unknown = [blob for blob in blobs if blob.compressed_bytes is None]
            estimates.update(place.estimate(unknown, options.known))
    return tuple(_opened(draft, scans[id(draft.place)], estimates) for draft in drafts)


def _draft(places: Places, reference: ImageReference, wanted: Wanted) -> _Draft:
    place, name = places.of(reference)
    return _Draft(reference, place, place.find(name, wanted))


def _distinct(blobs: Sequence[LayerBlob]) -> Sequence[LayerBlob]:
    """Leave one blob for each diff ID."""
    return tuple({blob.diff_id: blob for blob in blobs}.values())


def _opened(draft: _Draft, scan: Scan, estimates: Mapping[str, int]) -> _Opened:
    return _Opened(assemble(draft.reference, draft.blueprint, scan.layers, scan.scheme, estimates), draft)


def host_platform() -> Platform:
    """Give the platform of this machine's containers."""
    name = machine.machine()
    return Platform("linux", _ARCHITECTURES.get(name, name))
