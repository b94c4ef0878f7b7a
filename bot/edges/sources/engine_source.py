"""Images of a Docker engine, by the fastest way that it allows.

The last resort is any engine at all: one ``docker save`` of all images, scanned as it streams by, nothing written to
disk.
"""

from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from urllib.parse import urlencode

from bot.edges.concurrency import run_concurrently
from bot.edges.engine import Engine, EngineRefusedError
from bot.edges.sources.classic_store import ClassicStore
from bot.edges.sources.containers import RootFilesystems, UnsupportedStoreError
from bot.edges.sources.content_store import ContentStore
from bot.edges.sources.image_source import SCHEME, ImagesRead, LayerCache, distinct_layers
from bot.edges.sources.inspect import Inspected, Store, inspect, refused, store_of
from bot.formats.docker_archive import Stream, read_docker_archive
from bot.formats.documents import text
from bot.formats.image_manifest import ImageManifest, LayerBlob
from bot.formats.oci import WantedImage, read_layout, suited
from bot.layers.download import as_built_with
from bot.layers.layer import Allowance
from bot.layers.window import Progress, Window
from bot.model.image import Image
from bot.model.limits import Limits


class EngineSource:
    """An ``ImageSource``: the image store of an engine."""

    def __init__(
        self, engine: Engine, open_files: ExitStack, limits: Limits, progress: Progress | None, *, estimate: bool
    ) -> None:
        self._engine = engine
        self._open_files = open_files
        self._limits = limits
        self._progress = progress
        self._save = SaveStream(engine, progress, estimate=estimate)
        self._classic: ClassicStore | None = None
        self._images: Sequence[Inspected] = ()
        open_files.callback(engine.close)
        self._filesystems = RootFilesystems(engine, open_files, limits)

    def read(self, names: Sequence[str], wanted: WantedImage, cache: LayerCache, allowance: Allowance) -> ImagesRead:
        """Read images, see ``ImageSource``; where the engine's own records are out of reach, from its save."""
        questions = [partial(inspect, self._engine, name) for name in names]
        store, self._images = run_concurrently(partial(store_of, self._engine), questions)
        try:
            reading = self._read_store(store, wanted, cache, allowance)
        except UnsupportedStoreError:
            self._classic = None
            reading = self._save.read(self._images, wanted, Allowance(self._limits, images=len(names)))
        for manifest in reading.manifests:
            suited(manifest.file, wanted)
        return reading

    def _read_store(self, store: Store, wanted: WantedImage, cache: LayerCache, allowance: Allowance) -> ImagesRead:
        self._filesystems.by_platform = store.containerd
        if store.containerd:
            content = ContentStore(self._engine, store, self._open_files, self._progress)
            return content.read(self._images, wanted, cache, allowance)
        if store.driver != "overlay2":
            raise UnsupportedStoreError(f"its images are kept by {store.driver}")
        self._classic = ClassicStore(self._engine, store.root, self._open_files, self._progress)
        return self._classic.read(self._images, cache, allowance)

    def estimate(self, blobs: Sequence[LayerBlob], cache: LayerCache) -> Mapping[str, int]:
        """Estimate compressed sizes, see ``ImageSource``."""
        sizes = {blob.diff_id: size for blob in blobs if (size := cache.estimate(blob.diff_id, sure=True)) is not None}
        missing = [blob.diff_id for blob in blobs if blob.diff_id not in sizes]
        fresh = self._estimate(missing) if missing else {}
        for diff_id, size in fresh.items():
            cache.put_estimate(diff_id, size, sure=True)
        go_version = text(self._engine.get("/version"), "GoVersion") if blobs else ""
        return {diff_id: as_built_with(go_version, size) for diff_id, size in {**sizes, **fresh}.items()}

    def _estimate(self, diff_ids: Sequence[str]) -> Mapping[str, int]:
        if self._classic is None:
            return self._save.estimates
        return self._classic.estimate(self._images[0], diff_ids, self._limits)

    def read_files(self, image: Image, paths: Collection[bytes], limit_bytes: int) -> Mapping[bytes, bytes]:
        """Read files, see ``ImageSource``."""
        return self._filesystems.read_files(image.reference.name, image, paths, limit_bytes)


class SaveStream:
    """Reads images of one engine from the archive that it saves."""

    def __init__(self, engine: Engine, progress: Progress | None, *, estimate: bool) -> None:
        self._engine = engine
        self._progress = progress
        self._estimate = estimate
        self.estimates: dict[str, int] = {}
        """Compressed sizes by diff ID, estimated on the way."""

    def read(self, images: Sequence[Inspected], wanted: WantedImage, allowance: Allowance) -> ImagesRead:
        """Read images; raises ``EngineError`` where the engine does not save them."""
        query = urlencode([("names", name) for name in dict.fromkeys(image.name for image in images)])
        try:
            with self._engine.stream("GET", f"/images/get?{query}") as response:
                window = Window(response, progress=self._progress)
                stream = Stream(window, allowance, estimate=self._estimate)
        except EngineRefusedError as refusal:
            raise refused("save the images", refusal) from refusal
        manifests = [_manifest(stream, image, wanted, allowance.limits) for image in images]
        blobs = distinct_layers(manifests)
        for blob in blobs:
            estimate = stream.estimate(blob.locator)
            if estimate is not None:
                self.estimates[blob.diff_id] = estimate
        return ImagesRead(manifests, {blob.diff_id: stream.layer(blob.locator) for blob in blobs}, SCHEME)


def _manifest(stream: Stream, image: Inspected, wanted: WantedImage, limits: Limits) -> ImageManifest:
    if image.descriptor:
        return read_layout(stream, image.descriptor, wanted, limits)
    return read_docker_archive(stream, image.identity, wanted, limits)
