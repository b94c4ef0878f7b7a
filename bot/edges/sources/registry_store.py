"""Images of registries: manifests at once, each layer blob when it is first needed."""

from contextlib import ExitStack

from bot.edges.image_registry import Registry, RegistryAccess, parse_reference
from bot.errors import ImageError
from bot.formats.documents import Blobs
from bot.formats.image_manifest import ImageManifest, LayerBlob
from bot.formats.oci import MANIFESTS, WantedImage, read_image, verified
from bot.layers.digests import sha256
from bot.layers.window import ByteSection
from bot.model.limits import Limits


class RegistryBlobStore:
    """A ``BlobStore`` whose blobs are fetched, by digest, from the repositories whose images were read."""

    def __init__(self, access: RegistryAccess, open_files: ExitStack) -> None:
        self._access = access
        self._open_files = open_files
        self._sources: dict[str, tuple[Registry, int]] = {}
        self._fetched: dict[str, ByteSection] = {}

    def read(self, _blobs: Blobs, name: str, wanted: WantedImage, limits: Limits) -> ImageManifest:
        """Read the documents of an image by its reference."""
        repository = parse_reference(name)
        registry = Registry(repository, self._access, self._open_files)
        document = registry.document(repository.wanted, MANIFESTS)
        if repository.wanted.startswith("sha256:"):
            verified(document, repository.wanted)

        def fetch(digest: str, kind: str) -> bytes:
            return verified(registry.document(digest, kind), digest)

        manifest = read_image(document, sha256(document), fetch, wanted, limits)
        for layer in manifest.layers:
            self._remember_source(registry, layer)
        return manifest

    def _remember_source(self, registry: Registry, layer: LayerBlob) -> None:
        """Remember where a blob is had from, and how long it is."""
        size = layer.compressed_bytes or 0
        _, announced = self._sources.setdefault(layer.locator, (registry, size))
        if size != announced:
            why = f"{layer.locator} is announced with {announced} bytes and with {size}"
            raise ImageError("The image contradicts itself", why=why, fix="push it again")

    def section(self, name: str) -> ByteSection | None:
        """Fetch a layer, see ``BlobStore``."""
        if name not in self._fetched and name in self._sources:
            registry, size = self._sources[name]
            self._fetched[name] = registry.blob(name, size)
        return self._fetched.get(name)

    def digest(self, name: str) -> str | None:
        """Vouch for every blob, see ``BlobStore``: it is fetched by its digest, and checked."""
        return name if name in self._sources else None

    def names(self) -> tuple[str, ...]:
        """List the digests of layers, see ``BlobStore``."""
        return tuple(self._sources)
