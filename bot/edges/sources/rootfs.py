"""Files of an image's merged filesystem, from a container of it that is never started."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import Final

from bot.contents.file_locations import locate
from bot.contents.file_requests import plan_requests
from bot.edges.engine import Engine, EngineRefusedError
from bot.edges.sources.containers import Container, ContainerSpec, UnsupportedStoreError, create_container
from bot.errors import EngineError
from bot.layers.paths import clean
from bot.layers.tar import FILE, members
from bot.model.image import Image
from bot.model.limits import Limits

_MOST_REMEMBERED_BYTES: Final = 64_000_000


class RootFilesystems:
    """Reads files of images of one engine; what lies in a layer that two images share is read once."""

    def __init__(self, engine: Engine, removals: ExitStack, limits: Limits) -> None:
        self._engine = engine
        self._removals = removals
        self._limits = limits
        self._remembered: dict[tuple[str, bytes], bytes] = {}
        self._remembered_bytes = 0
        self.by_platform = False

    def read_files(self, name: str, image: Image, paths: Collection[bytes], limit_bytes: int) -> Mapping[bytes, bytes]:
        """Read live regular files of the image that the engine calls ``name``."""
        stored = {
            path: (image.layers[index].diff_id, stored_as)
            for index, names in locate(image.layers, paths).items()
            for path, stored_as in names.items()
        }
        contents = {path: self._remembered[key] for path, key in stored.items() if key in self._remembered}
        missing = stored.keys() - contents.keys()
        if missing:
            found = self._ask(name, image, missing, limit_bytes)
            self._remember({stored[path]: content for path, content in found.items()})
            contents.update(found)
        return contents

    def _remember(self, contents: Mapping[tuple[str, bytes], bytes]) -> None:
        for key, content in contents.items():
            self._remembered_bytes += len(content)
            if self._remembered_bytes <= _MOST_REMEMBERED_BYTES:
                self._remembered[key] = content

    def _ask(self, name: str, image: Image, paths: Collection[bytes], limit_bytes: int) -> dict[bytes, bytes]:
        wanted_folders = _folders_of(paths)
        volumes = [volume for volume in image.config.volumes if clean(volume.encode()) not in wanted_folders]
        try:
            container = create_container(self._spec(name, image, volumes), (), self._removals)
        except UnsupportedStoreError as refusal:
            raise EngineError("The engine does not let the files of an image be read", why=str(refusal)) from refusal
        entries = (entry for layer in image.layers for entry in layer.entries)
        contents: dict[bytes, bytes] = {}
        for root in plan_requests(paths, entries):
            contents.update(self._archived(container, root, paths, limit_bytes))
        # A name that an archive shows as a link to another one is the first of its own archive.
        for path in paths - contents.keys():
            contents.update(self._archived(container, path, {path}, limit_bytes))
        container.remove_early(self._removals)
        return contents

    def _spec(self, name: str, image: Image, volumes: Sequence[str]) -> ContainerSpec:
        """A containerd store may hold an image for several platforms; elsewhere there is nothing to choose."""
        platform = str(image.platform) if self.by_platform else ""
        return ContainerSpec(self._engine, name, volumes, platform)

    def _archived(
        self, container: Container, root: bytes, wanted: Collection[bytes], limit_bytes: int
    ) -> Iterator[tuple[bytes, bytes]]:
        """Yield the wanted files at or below a path; a name that is gone is no failure."""
        folder = root.rpartition(b"/")[0]
        try:
            with container.archive(root) as window:
                for member in members(window, self._limits):
                    path = clean(folder + b"/" + member.name)
                    if path in wanted and member.type == FILE and member.size <= limit_bytes:
                        yield path, window.take(member.size)
        except EngineRefusedError:
            return


def _folders_of(paths: Collection[bytes]) -> frozenset[bytes]:
    """Return every folder that any of the paths lies below.

    A set, since both the paths and the volumes of an image are as many as its author likes. Paths in a folder share
    their way up, which ends where it was gone before.
    """
    folders: set[bytes] = set()
    for path in paths:
        folder = path.rpartition(b"/")[0]
        while folder and folder not in folders:
            folders.add(folder)
            folder = folder.rpartition(b"/")[0]
    return frozenset(folders)
