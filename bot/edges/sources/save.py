"""Any engine at all: one ``docker save`` of all images, scanned as it streams by, nothing written to disk."""

from collections.abc import Sequence
from urllib.parse import urlencode

from bot.edges.engine import Engine, EngineRefusedError
from bot.edges.sources.image_source import Reading, distinct
from bot.edges.sources.inspect import Inspected, refused
from bot.formats.docker_archive import read_docker_archive
from bot.formats.image_manifest import ImageManifest
from bot.formats.oci import Wanted, read_layout
from bot.formats.save_stream import Stream
from bot.layers.layer import Allowance
from bot.layers.window import Progress, Window
from bot.model.limits import Limits

SCHEME = "xxh3"


class SaveStream:
    """Reads images of one engine from the archive that it saves."""

    def __init__(self, engine: Engine, progress: Progress | None, *, estimate: bool) -> None:
        self._engine = engine
        self._progress = progress
        self._estimate = estimate
        self.estimates: dict[str, int] = {}
        """Compressed sizes by diff ID, estimated on the way."""

    def read(self, images: Sequence[Inspected], wanted: Wanted, allowance: Allowance) -> Reading:
        """Read images; raises ``EngineError`` where the engine does not save them."""
        query = urlencode([("names", name) for name in dict.fromkeys(image.name for image in images)])
        try:
            with self._engine.stream("GET", f"/images/get?{query}") as response:
                window = Window(response, progress=self._progress)
                stream = Stream(window, allowance, estimate=self._estimate)
        except EngineRefusedError as refusal:
            raise refused("save the images", refusal) from refusal
        blueprints = [_blueprint(stream, image, wanted, allowance.limits) for image in images]
        blobs = distinct(blueprints)
        for blob in blobs:
            estimate = stream.estimate(blob.locator)
            if estimate is not None:
                self.estimates[blob.diff_id] = estimate
        return Reading(blueprints, {blob.diff_id: stream.layer(blob.locator) for blob in blobs}, SCHEME)


def _blueprint(stream: Stream, image: Inspected, wanted: Wanted, limits: Limits) -> ImageManifest:
    if image.descriptor:
        return read_layout(stream, image.descriptor, wanted, limits)
    return read_docker_archive(stream, image.identity, wanted, limits)
