"""The containerd image store: manifests and layer blobs from containerd's content store.

It lies below containerd's root directory as ``io.containerd.content.v1.content/blobs/sha256``. The engine tells neither
that directory nor what is in it, but mounts it into a container like any other. Diff IDs are those of the bytes: an
engine checks them when it unpacks a layer.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import PurePosixPath
from typing import Final

from bot.edges.concurrency import run_concurrently
from bot.edges.engine import Engine, EngineRefusedError
from bot.edges.sources.containers import Container, ContainerSpec, Mount, UnsupportedStoreError, create_container
from bot.edges.sources.image_source import SCHEME, ImagesRead, LayerCache, distinct_layers
from bot.edges.sources.inspect import Inspected, Store
from bot.errors import LimitError
from bot.formats.image_manifest import ImageManifest, LayerBlob
from bot.formats.oci import MANIFESTS, WantedImage, checked, read_image, verified
from bot.layers.inflate import compression_of, inflated
from bot.layers.layer import Allowance, ScannedLayer, counted
from bot.layers.scan import scan_layer
from bot.layers.tar import members
from bot.layers.window import Part, Progress, Window
from bot.model.limits import raised

_BLOBS: Final = "io.containerd.content.v1.content/blobs/sha256"
_MOUNT: Final = "blobs"


class ContentStore:
    """Reads images of one engine from containerd's blobs."""

    def __init__(self, engine: Engine, store: Store, removals: ExitStack, progress: Progress | None) -> None:
        self._engine = engine
        self._store = store
        self._removals = removals
        self._progress = progress

    def read(
        self, images: Sequence[Inspected], wanted: WantedImage, cache: LayerCache, allowance: Allowance
    ) -> ImagesRead:
        """Read images; raises ``UnsupportedStoreError`` where the engine does not let its blobs be read."""
        diff_ids = dict.fromkeys(diff_id for image in images for diff_id in image.diff_ids)
        blobs = _Blobs(partial(self._container, images[0], wanted), allowance, cache, self._progress)
        is_news = any(cache.document(image.digest) is None for image in images)
        _, (remembered,) = run_concurrently(
            blobs.container if is_news else _nothing, [partial(_remembered, cache, diff_ids, allowance)]
        )
        try:
            manifests = [blobs.manifest(image, wanted) for image in images]
            layers = {
                blob.diff_id: remembered.get(blob.diff_id) or blobs.layer(blob) for blob in distinct_layers(manifests)
            }
        except EngineRefusedError as refusal:
            raise UnsupportedStoreError(refusal.message) from refusal
        blobs.close_early(self._removals)
        return ImagesRead(manifests, layers, SCHEME)

    def _container(self, image: Inspected, wanted: WantedImage) -> Container:
        """Find the content store among the folders where it may be."""
        refusals = []
        platform = str(wanted.platform) if wanted.platform else ""
        spec = ContainerSpec(self._engine, image.identity, image.volumes, platform)
        for root in _roots(self._store):
            try:
                return create_container(spec, [Mount(f"{root}/{_BLOBS}", _MOUNT)], self._removals)
            except UnsupportedStoreError as refusal:
                refusals.append(str(refusal))
        raise UnsupportedStoreError("; ".join(refusals))


def _remembered(cache: LayerCache, diff_ids: Iterable[str], allowance: Allowance) -> Mapping[str, ScannedLayer]:
    return {diff_id: counted(layer, allowance) for diff_id in diff_ids if (layer := cache.layer(diff_id, SCHEME))}


def _roots(store: Store) -> Sequence[str]:
    """Where containerd keeps its data: as the engine's own child, as the system's, or beside a private engine."""
    own, system = f"{store.root}/containerd/daemon", "/var/lib/containerd"
    beside = str(PurePosixPath(store.root).parent / "containerd")
    is_system = store.containerd_address == "/run/containerd/containerd.sock"
    return (system, own, beside) if is_system else (own, beside, system)


def _nothing() -> None:
    """Do nothing: all documents are cache, so probably all layers are, and no container is needed."""


class _Blobs:
    """The blobs that a container shows, which is made when the first one is needed; documents are remembered."""

    def __init__(
        self,
        create: Callable[[], Container],
        allowance: Allowance,
        cache: LayerCache,
        progress: Progress | None,
    ) -> None:
        self._create = create
        self._created: Container | None = None
        self._allowance = allowance
        self._cache = cache
        self._progress = progress

    def container(self) -> Container:
        """Return the container."""
        self._created = self._created or self._create()
        return self._created

    def close_early(self, removals: ExitStack) -> None:
        """Start to remove the container, if there is one."""
        if self._created:
            self._created.remove_early(removals)

    def manifest(self, image: Inspected, wanted: WantedImage) -> ImageManifest:
        """Read the documents of an image."""
        document = self._document(image.digest, MANIFESTS)
        return read_image(document, image.digest, self._document, wanted, self._allowance.limits)

    def _document(self, digest: str, _kind: str) -> bytes:
        if (remembered := self._cache.document(digest)) is not None:
            self._insist_on_the_limit(digest, len(remembered))
            return remembered
        with self._open(digest, None) as (window, size):
            self._insist_on_the_limit(digest, size)
            document = verified(window.take(size), digest)
        self._cache.put_document(digest, document)
        return document

    def _insist_on_the_limit(self, digest: str, size: int) -> None:
        if size > self._allowance.limits.document_bytes:
            why = f"its document {digest} has {size} bytes"
            raise LimitError("The image is refused", why=why, fix=raised("document_bytes"))

    def layer(self, blob: LayerBlob) -> ScannedLayer:
        """Return a layer that the cache has, else scan and remember it."""
        if found := self._cache.layer(blob.diff_id, SCHEME):
            return counted(found, self._allowance)
        with self._open(blob.locator, self._progress) as (window, size):
            window.fill(min(4, size))
            magic = bytes(window.buffer[window.position : window.position + 4])
            plain = inflated(Part(window, size), compression_of(magic))
            layer = scan_layer(Window(plain), self._allowance)
        self._cache.put_layer(blob.diff_id, SCHEME, layer, sure=True)
        self._cache.put_blob(blob.locator, blob.diff_id)
        return layer

    @contextmanager
    def _open(self, digest: str, progress: Progress | None) -> Iterator[tuple[Window, int]]:
        path = f"{Mount('', _MOUNT).target}/{checked(digest)[7:]}"
        with self.container().archive(path, progress) as window:
            for member in members(window, self._allowance.limits):
                yield window, member.size
                return
        raise UnsupportedStoreError(f"the engine's content store lacks {digest}")
