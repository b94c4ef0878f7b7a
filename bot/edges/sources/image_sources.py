"""From a reference to the place that its image is read from, and the name it has there."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from os.path import exists
from typing import TYPE_CHECKING, Final

from bot.edges.engine import Engine
from bot.edges.engine_address import EngineAddress
from bot.edges.sources.daemon import EngineSource
from bot.edges.sources.image_source import ImageSource, LayerCache, NullCache
from bot.layers.window import Progress
from bot.model.image import ImageReference, Transport
from bot.model.limits import Limits

if TYPE_CHECKING:
    from bot.edges.credentials import Credentials

_WITHOUT_PATHS: Final = frozenset({Transport.DOCKER, Transport.DOCKER_DAEMON})


def anonymous(_host: str) -> None:
    """Give no credentials for a registry."""


@dataclass(frozen=True, slots=True)
class Options:
    """How images are read; ``known`` remembers layers between runs."""

    engine: EngineAddress = field(default_factory=EngineAddress)
    credentials: Callable[[str], "Credentials | None"] = anonymous
    known: LayerCache = field(default_factory=NullCache)
    limits: Limits = field(default_factory=Limits)
    estimate_download: bool = True
    progress: Progress | None = None


class ImageSources:
    """The places of one comparison."""

    def __init__(self, options: Options, open_files: ExitStack) -> None:
        self._options = options
        self._open_files = open_files

    def of(self, references: Sequence[ImageReference]) -> Mapping[ImageSource, Sequence[tuple[int, str]]]:
        """Give, for every place, which of the references are read from it, and the names they have there."""
        places: dict[tuple[Transport, str], ImageSource] = {}
        groups: defaultdict[ImageSource, list[tuple[int, str]]] = defaultdict(list)
        for index, reference in enumerate(references):
            transport = reference.transport
            where, name = ("", reference.name) if transport in _WITHOUT_PATHS else _split(reference.name)
            place = places.get((transport, where)) or self._open(transport, where)
            places[transport, where] = place
            groups[place].append((index, name))
        return groups

    def _open(self, transport: Transport, where: str) -> ImageSource:
        if transport is Transport.DOCKER:
            return self._registry()
        if transport is not Transport.DOCKER_DAEMON:
            return self._shelf(transport, where)
        engine, options = Engine(self._options.engine), self._options
        return EngineSource(
            engine, self._open_files, options.limits, options.progress, estimate=options.estimate_download
        )

    def _shelf(self, transport: Transport, where: str) -> ImageSource:
        from bot.edges.sources.blob_source import BlobSource  # noqa: PLC0415
        from bot.edges.sources.local_files import Folder, open_archive  # noqa: PLC0415 - no engine's business
        from bot.formats.archive import Archive  # noqa: PLC0415
        from bot.formats.docker_archive import read_docker_archive  # noqa: PLC0415
        from bot.formats.oci import read_layout  # noqa: PLC0415
        from bot.layers.layer import Allowance  # noqa: PLC0415

        limits, progress = self._options.limits, self._options.progress
        if transport is Transport.OCI:
            return BlobSource(Folder(where, self._open_files), read_layout, limits, progress)
        archive = Archive(open_archive(where, self._open_files, Allowance(limits)), limits)
        read = read_docker_archive if transport is Transport.DOCKER_ARCHIVE else read_layout
        return BlobSource(archive, read, limits, progress)

    def _registry(self) -> ImageSource:
        from bot.edges.registry import RegistryAccess  # noqa: PLC0415
        from bot.edges.sources.blob_source import BlobSource  # noqa: PLC0415
        from bot.edges.sources.remote import RegistryBlobStore  # noqa: PLC0415 - registries only

        shelf = RegistryBlobStore(RegistryAccess(self._options.credentials, self._options.limits), self._open_files)
        return BlobSource(shelf, shelf.read, self._options.limits, self._options.progress)


def _split(name: str) -> tuple[str, str]:
    """Split ``PATH:NAME`` where ``PATH`` exists; a path may hold colons itself."""
    path = name
    while not (is_there := exists(path)) and ":" in path:  # noqa: PTH110 - Path raises for a name that is too long
        path = path.rpartition(":")[0]
    return (path, name[len(path) + 1 :]) if is_there else (name.partition(":")[0], "")
