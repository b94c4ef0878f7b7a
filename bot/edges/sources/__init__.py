"""Images by reference, whatever they are read from: ``Images`` is the ``ImageReader`` of the real world.

``places`` finds the source of a reference, ``shelf`` reads what lies still (archives, layouts, registries), ``engine``
what a Docker engine keeps; ``place`` says what they have in common.
"""

import gc
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from os import uname
from typing import TYPE_CHECKING

from bot.edges.sources.image_source import ImageSource, LayerCache, Reading, SessionCache, distinct
from bot.edges.sources.image_sources import ImageSources, Options
from bot.formats.image_manifest import assemble
from bot.formats.oci import Wanted
from bot.layers.layer import Allowance
from bot.model.image import Image, ImageReference, Platform

if TYPE_CHECKING:
    from bot.ports import OpenImage

__all__ = ["Images", "Options"]

_ARCHITECTURES = {"x86_64": "amd64", "AMD64": "amd64", "aarch64": "arm64", "armv7l": "arm", "i686": "386"}


class Images:
    """An ``ImageReader`` over engines, archives, layouts and registries."""

    def __init__(self, options: Options | None = None) -> None:
        self._options = options or Options()

    @contextmanager
    def open(self, references: Sequence[ImageReference], platform: Platform | None) -> "Iterator[Sequence[OpenImage]]":
        """Read one or two images together, see ``ImageReader``."""
        with ExitStack() as open_files:
            with _no_collection():
                opened = _read(ImageSources(self._options, open_files), self._options, references, platform)
            yield opened


@contextmanager
def _no_collection() -> Iterator[None]:
    """Spare the garbage collector from looking for cycles among millions of entries, which have none."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@dataclass(frozen=True, slots=True)
class _Opened:
    """An ``OpenImage``: an image, and the place that its files are read from."""

    image: Image
    place: ImageSource

    def read_files(self, paths: Collection[bytes], *, limit_bytes: int) -> Mapping[bytes, bytes]:
        """Give contents of live files, see ``OpenImage``."""
        return self.place.read_files(self.image, paths, limit_bytes)


def _read(
    places: ImageSources, options: Options, references: Sequence[ImageReference], platform: Platform | None
) -> "Sequence[OpenImage]":
    wanted = Wanted(platform, host_platform())
    known = SessionCache(options.known)
    opened: dict[int, _Opened] = {}
    readings: list[Reading] = []
    for place, group in places.of(references).items():
        allowance = Allowance(options.limits, images=len(group))
        reading = place.read([name for _, name in group], wanted, known, allowance)
        readings.append(reading)
        estimates = _estimates(place, reading, known) if options.estimate_download else {}
        for (index, _), blueprint in zip(group, reading.blueprints, strict=True):
            image = assemble(references[index], blueprint, reading.layers, reading.scheme, estimates)
            opened[index] = _Opened(image, place)
    known.settle(readings)
    return [opened[index] for index in range(len(references))]


def _estimates(place: ImageSource, reading: Reading, known: LayerCache) -> Mapping[str, int]:
    unsaid = [blob for blob in distinct(reading.blueprints) if blob.compressed_bytes is None]
    return place.estimate(unsaid, known)


def host_platform() -> Platform:
    """Give the platform of this machine's containers."""
    name = uname().machine
    return Platform("linux", _ARCHITECTURES.get(name, name))
