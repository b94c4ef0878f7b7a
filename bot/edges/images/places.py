"""From a reference to the place that its image is read from, and the name it has there."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from os.path import exists
from typing import TYPE_CHECKING, Final

from bot.edges.engine import Engine, EngineAddress
from bot.edges.images.daemon import DaemonPlace
from bot.edges.images.place import Known, Nothing, Place
from bot.image.window import Progress
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
    known: Known = field(default_factory=Nothing)
    limits: Limits = field(default_factory=Limits)
    estimate_download: bool = True
    progress: Progress | None = None


class Places:
    """The places of one comparison."""

    def __init__(self, options: Options, open_files: ExitStack) -> None:
        self._options = options
        self._open_files = open_files

    def of(self, references: Sequence[ImageReference]) -> Mapping[Place, Sequence[tuple[int, str]]]:
        """Give, for every place, which of the references are read from it, and the names they have there."""
        places: dict[tuple[Transport, str], Place] = {}
        groups: defaultdict[Place, list[tuple[int, str]]] = defaultdict(list)
        for index, reference in enumerate(references):
            transport = reference.transport
            where, name = ("", reference.name) if transport in _WITHOUT_PATHS else _split(reference.name)
            place = places.get((transport, where)) or self._open(transport, where)
            places[transport, where] = place
            groups[place].append((index, name))
        return groups

    def _open(self, transport: Transport, where: str) -> Place:
        if transport is Transport.DOCKER:
            return self._registry()
        if transport is not Transport.DOCKER_DAEMON:
            return self._shelf(transport, where)
        engine, options = Engine(self._options.engine), self._options
        return DaemonPlace(
            engine, self._open_files, options.limits, options.progress, estimate=options.estimate_download
        )

    def _shelf(self, transport: Transport, where: str) -> Place:
        from bot.edges.images.files import Folder, open_archive  # noqa: PLC0415 - no engine's business
        from bot.edges.images.shelf import ShelfPlace  # noqa: PLC0415
        from bot.image.archive import Archive  # noqa: PLC0415
        from bot.image.docker_archive import read_docker_archive  # noqa: PLC0415
        from bot.image.layer import Allowance  # noqa: PLC0415
        from bot.image.oci import read_layout  # noqa: PLC0415

        limits, progress = self._options.limits, self._options.progress
        if transport is Transport.OCI:
            return ShelfPlace(Folder(where, self._open_files), read_layout, limits, progress)
        archive = Archive(open_archive(where, self._open_files, Allowance(limits)), limits)
        read = read_docker_archive if transport is Transport.DOCKER_ARCHIVE else read_layout
        return ShelfPlace(archive, read, limits, progress)

    def _registry(self) -> Place:
        from bot.edges.images.remote import RegistryShelf  # noqa: PLC0415 - registries only
        from bot.edges.images.shelf import ShelfPlace  # noqa: PLC0415
        from bot.edges.registry import RegistryAccess  # noqa: PLC0415

        shelf = RegistryShelf(RegistryAccess(self._options.credentials, self._options.limits), self._open_files)
        return ShelfPlace(shelf, shelf.read, self._options.limits, self._options.progress)


def _split(name: str) -> tuple[str, str]:
    """Split ``PATH:NAME`` where ``PATH`` exists; a path may hold colons itself."""
    path = name
    while not (is_there := exists(path)) and ":" in path:  # noqa: PTH110 - Path raises for a name that is too long
        path = path.rpartition(":")[0]
    return (path, name[len(path) + 1 :]) if is_there else (name.partition(":")[0], "")
