"""Images of registries: manifests at once, each layer blob when it is first needed."""

from contextlib import ExitStack

from bot.edges.registry import Registry, RegistryAccess, parse_reference
from bot.image.blobs import Blobs, sha256
from bot.image.blueprint import Blueprint
from bot.image.oci import MANIFESTS, Wanted, read_image, verified
from bot.image.window import Section
from bot.model.limits import Limits


class RegistryShelf:
    """A ``Shelf`` whose blobs are fetched, by digest, from the repositories whose images were read."""

    def __init__(self, access: RegistryAccess, open_files: ExitStack) -> None:
        self._access = access
        self._open_files = open_files
        self._sources: dict[str, Registry] = {}
        self._fetched: dict[str, Section] = {}

    def read(self, _blobs: Blobs, name: str, wanted: Wanted, limits: Limits) -> Blueprint:
        """Read the documents of an image by its reference."""
        repository = parse_reference(name)
        registry = Registry(repository, self._access, self._open_files)
        document = registry.document(repository.wanted, MANIFESTS)
        if repository.wanted.startswith("sha256:"):
            verified(document, repository.wanted)

        def fetch(digest: str, kind: str) -> bytes:
            return verified(registry.document(digest, kind), digest)

        blueprint = read_image(document, sha256(document), fetch, wanted, limits)
        self._sources.update(dict.fromkeys((layer.locator for layer in blueprint.layers), registry))
        return blueprint

    def section(self, name: str) -> Section | None:
        """Fetch a layer, see ``Shelf``."""
        if name not in self._fetched and name in self._sources:
            self._fetched[name] = self._sources[name].blob(name)
        return self._fetched.get(name)

    def names(self) -> tuple[str, ...]:
        """Give the digests of layers, see ``Shelf``."""
        return tuple(self._sources)
