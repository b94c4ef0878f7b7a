"""From a reference to the place that its image is read from, and the name it has there."""

from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from bot.edges.images.files import Folder, open_archive
from bot.edges.images.place import Known, Nothing, Place
from bot.edges.images.shelf import ShelfPlace
from bot.errors import EngineError
from bot.image.archive import Archive
from bot.image.docker_archive import read_docker_archive
from bot.image.layer import Allowance
from bot.image.oci import read_layout
from bot.image.window import Progress
from bot.model.image import ImageReference, Transport
from bot.model.limits import Limits


@dataclass(frozen=True, slots=True)
class Options:
    """How images are read; ``known`` remembers layers between runs."""

    known: Known = field(default_factory=Nothing)
    limits: Limits = field(default_factory=Limits)
    estimate_download: bool = True
    progress: Progress | None = None


class Places:
    """The places of one comparison: two references into one archive or engine share it."""

    def __init__(self, options: Options, open_files: ExitStack) -> None:
        self._options = options
        self._open_files = open_files
        self._places: dict[tuple[Transport, str], Place] = {}

    def of(self, reference: ImageReference) -> tuple[Place, str]:
        """Give the place of an image and its name there."""
        transport = reference.transport
        if transport in {Transport.DOCKER, Transport.DOCKER_DAEMON}:
            where, name = "", reference.name
        else:
            where, name = _split(reference.name)
        if (transport, where) not in self._places:
            self._places[transport, where] = self._open(transport, where)
        return self._places[transport, where], name

    def _open(self, transport: Transport, where: str) -> Place:
        limits, progress = self._options.limits, self._options.progress
        if transport is Transport.OCI:
            return ShelfPlace(Folder(where, self._open_files), read_layout, limits, progress)
        if transport in {Transport.DOCKER_ARCHIVE, Transport.OCI_ARCHIVE}:
            archive = Archive(open_archive(where, self._open_files, Allowance(limits)), limits)
            read = read_docker_archive if transport is Transport.DOCKER_ARCHIVE else read_layout
            return ShelfPlace(archive, read, limits, progress)
        raise EngineError(f"{transport} is not read yet")


def _split(name: str) -> tuple[str, str]:
    """Split ``PATH:NAME`` where ``PATH`` exists; a path may hold colons itself."""
    path = name
    while not Path(path).exists() and ":" in path:
        path = path.rpartition(":")[0]
    return (path, name[len(path) + 1 :]) if Path(path).exists() else (name.partition(":")[0], "")
