"""Images by reference, whatever they are read from: ``Images`` is the ``ImageReader`` of the real world.

``image_source`` says what all sources have in common; ``blob_source`` reads archives, layout folders and registries,
``engine_source`` what a Docker engine keeps.
"""

import gc
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from os import uname
from os.path import exists
from typing import TYPE_CHECKING, Final

from bot.edges.engine import Engine
from bot.edges.engine_address import EngineAddress
from bot.edges.sources.engine_source import EngineSource
from bot.edges.sources.image_source import ImageSource, ImagesRead, LayerCache, NullCache, SessionCache, distinct_layers
from bot.formats.image_manifest import assemble
from bot.formats.oci import WantedImage
from bot.layers.layer import Allowance
from bot.layers.window import Progress
from bot.model.image import Image, ImageReference, Platform, Transport
from bot.model.limits import Limits

if TYPE_CHECKING:
    from bot.edges.credentials import Credentials
    from bot.ports import OpenImage

__all__ = ["Images", "SourceOptions"]

_ARCHITECTURES: Final = {"x86_64": "amd64", "AMD64": "amd64", "aarch64": "arm64", "armv7l": "arm", "i686": "386"}
_WITHOUT_PATHS: Final = frozenset({Transport.DOCKER, Transport.DOCKER_DAEMON})


def anonymous(_host: str) -> None:
    """Know no credentials for a registry."""


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """How images are read; ``cache`` remembers layers between runs."""

    engine: EngineAddress = field(default_factory=EngineAddress)
    credentials: Callable[[str], "Credentials | None"] = anonymous
    cache: LayerCache = field(default_factory=NullCache)
    limits: Limits = field(default_factory=Limits)
    estimate_download: bool = True
    progress: Progress | None = None


class Images:
    """An ``ImageReader`` over engines, archives, layouts and registries."""

    def __init__(self, options: SourceOptions | None = None) -> None:
        self._options = options or SourceOptions()

    @contextmanager
    def open(self, references: Sequence[ImageReference], platform: Platform | None) -> "Iterator[Sequence[OpenImage]]":
        """Read one or two images together, see ``ImageReader``."""
        with ExitStack() as open_files:
            with _no_collection():
                opened = _read(_Sources(self._options, open_files), self._options, references, platform)
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
    """An ``OpenImage``: an image, and the source that its files are read from."""

    image: Image
    source: ImageSource

    def read_files(self, paths: Collection[bytes], *, limit_bytes: int) -> Mapping[bytes, bytes]:
        """Read live files, see ``OpenImage``."""
        return self.source.read_files(self.image, paths, limit_bytes)


def _read(
    sources: "_Sources", options: SourceOptions, references: Sequence[ImageReference], platform: Platform | None
) -> "Sequence[OpenImage]":
    wanted = WantedImage(platform, host_platform())
    cache = SessionCache(options.cache)
    opened: dict[int, _Opened] = {}
    readings: list[ImagesRead] = []
    for source, group in sources.of(references).items():
        allowance = Allowance(options.limits, images=len(group))
        reading = source.read([name for _, name in group], wanted, cache, allowance)
        readings.append(reading)
        estimates = _estimates(source, reading, cache) if options.estimate_download else {}
        for (index, _), manifest in zip(group, reading.manifests, strict=True):
            image = assemble(references[index], manifest, reading.layers, reading.scheme, estimates)
            opened[index] = _Opened(image, source)
    cache.settle(readings)
    return [opened[index] for index in range(len(references))]


def _estimates(source: ImageSource, reading: ImagesRead, cache: LayerCache) -> Mapping[str, int]:
    unsaid = [blob for blob in distinct_layers(reading.manifests) if blob.compressed_bytes is None]
    return source.estimate(unsaid, cache)


def host_platform() -> Platform:
    """Return the platform of this machine's containers."""
    name = uname().machine
    return Platform("linux", _ARCHITECTURES.get(name, name))


class _Sources:
    """The sources of one comparison: each engine, folder, archive and registry is opened once."""

    def __init__(self, options: SourceOptions, open_files: ExitStack) -> None:
        self._options = options
        self._open_files = open_files

    def of(self, references: Sequence[ImageReference]) -> Mapping[ImageSource, Sequence[tuple[int, str]]]:
        """Find for every source which of the references are read from it, and the names they have there."""
        sources: dict[tuple[Transport, str], ImageSource] = {}
        groups: defaultdict[ImageSource, list[tuple[int, str]]] = defaultdict(list)
        for index, reference in enumerate(references):
            transport = reference.transport
            where, name = ("", reference.name) if transport in _WITHOUT_PATHS else _split(reference.name)
            source = sources.get((transport, where)) or self._open(transport, where)
            sources[transport, where] = source
            groups[source].append((index, name))
        return groups

    def _open(self, transport: Transport, where: str) -> ImageSource:
        if transport is Transport.DOCKER:
            return self._registry()
        if transport is not Transport.DOCKER_DAEMON:
            return self._local(transport, where)
        engine, options = Engine(self._options.engine), self._options
        return EngineSource(
            engine, self._open_files, options.limits, options.progress, estimate=options.estimate_download
        )

    def _local(self, transport: Transport, where: str) -> ImageSource:
        from bot.edges.sources.blob_source import BlobSource  # noqa: PLC0415
        from bot.edges.sources.local_files import Folder, open_archive  # noqa: PLC0415 - no engine's business
        from bot.formats.archive import Archive  # noqa: PLC0415
        from bot.formats.docker_archive import read_docker_archive  # noqa: PLC0415
        from bot.formats.oci import read_layout  # noqa: PLC0415

        limits, progress = self._options.limits, self._options.progress
        if transport is Transport.OCI:
            return BlobSource(Folder(where, self._open_files), read_layout, limits, progress)
        archive = Archive(open_archive(where, self._open_files, Allowance(limits)), limits)
        read = read_docker_archive if transport is Transport.DOCKER_ARCHIVE else read_layout
        return BlobSource(archive, read, limits, progress)

    def _registry(self) -> ImageSource:
        from bot.edges.image_registry import RegistryAccess  # noqa: PLC0415
        from bot.edges.sources.blob_source import BlobSource  # noqa: PLC0415
        from bot.edges.sources.registry_store import RegistryBlobStore  # noqa: PLC0415 - registries only

        store = RegistryBlobStore(RegistryAccess(self._options.credentials, self._options.limits), self._open_files)
        return BlobSource(store, store.read, self._options.limits, self._options.progress)


def _split(name: str) -> tuple[str, str]:
    """Split ``PATH:NAME`` where ``PATH`` exists; a path may hold colons itself."""
    path = name
    while not (is_there := exists(path)) and ":" in path:  # noqa: PTH110 - Path raises for a name that is too long
        path = path.rpartition(":")[0]
    return (path, name[len(path) + 1 :]) if is_there else (name.partition(":")[0], "")
