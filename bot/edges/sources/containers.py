"""Files of an engine through containers that are made for it, never started, and always removed."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from threading import Thread
from typing import Final, NamedTuple
from urllib.parse import quote

from bot.contents.file_locations import locate, plan_requests
from bot.edges.engine import Engine, EngineRefusedError
from bot.errors import EngineError
from bot.formats.documents import text
from bot.layers.paths import clean
from bot.layers.tar import FILE, members
from bot.layers.window import CAPACITY, Progress, Window
from bot.model.image import Image
from bot.model.limits import Limits

LABEL: Final = "dev.deadweight.reader"
FOLDER: Final = "deadweight"
"""Where mounts appear in a container, and so the first part of every name in an archive of them."""


class Mount(NamedTuple):
    """A file or folder of the engine's machine, and the name that it gets below ``FOLDER``."""

    source: str
    name: str

    @property
    def target(self) -> str:
        """Its path in the container."""
        return f"/{FOLDER}/{self.name}"


class UnsupportedStoreError(EngineError):
    """The engine does not let us read in this way; there are others, so that it never gets to a user."""


class Container:
    """A container that is never started: we only read files through it."""

    def __init__(self, engine: Engine, identity: str) -> None:
        self._engine = engine
        self._identity = identity
        self._removal: Thread | None = None

    @contextmanager
    def archive(self, path: str | bytes, progress: Progress | None = None) -> Iterator[Window]:
        """Open the tar of a file or folder; raises ``EngineRefusedError`` if there is none."""
        with self._engine.stream("GET", f"/containers/{self._identity}/archive?path={quote(path)}") as response:
            yield Window(response, progress=progress)
            rest = memoryview(bytearray(CAPACITY))
            while response.readinto(rest):
                pass

    def remove_early(self, removals: ExitStack) -> None:
        """Start to remove the container while we go on; the stack waits for it."""
        self._removal = Thread(target=self._remove)
        self._removal.start()
        removals.callback(self._removal.join)

    def remove(self) -> None:
        """Remove the container, if that has not been asked before."""
        if self._removal is None:
            self._remove()

    def _remove(self) -> None:
        """Remove it with its anonymous volumes; one that is gone already is fine."""
        with suppress(EngineError):
            self._engine.delete(f"/containers/{self._identity}?force=1&v=1")


class ContainerSpec(NamedTuple):
    """The image that a container is made of, and which of its volumes are of no interest."""

    engine: Engine
    image: str
    volumes: Sequence[str]
    platform: str = ""
    """For an image with several; empty for the engine's own."""


def create_container(spec: ContainerSpec, mounts: Sequence[Mount], removals: ExitStack) -> Container:
    """Create a container that shows its image and ``mounts``, read-only.

    It is removed with the stack, or before by ``remove_early``. Raises ``UnsupportedStoreError`` where it is refused,
    such as for folders that are not on its machine or that it may not see.
    """
    binds = [{"Type": "bind", "Source": bind.source, "Target": bind.target, "ReadOnly": True} for bind in mounts]
    # An engine makes an anonymous volume for each volume of an image, and copies into it what the image has there; a
    # tmpfs over it costs nothing. A volume below which files are wanted is left: a tmpfs would hide them.
    covers = [{"Type": "tmpfs", "Target": volume} for volume in spec.volumes]
    body = {
        "Image": spec.image,
        "Cmd": ["-"],
        "Labels": {LABEL: "1"},
        "HostConfig": {"Mounts": [*binds, *covers], "NetworkMode": "none"},
    }
    query = f"?platform={quote(spec.platform)}" if spec.platform else ""
    try:
        identity = text(spec.engine.ask("POST", f"/containers/create{query}", body), "Id")
    except EngineRefusedError as refusal:
        raise UnsupportedStoreError(refusal.message) from refusal
    # It becomes part of paths; an engine of ours writes nothing that has to be quoted.
    container = Container(spec.engine, quote(identity, safe=""))
    removals.callback(container.remove)
    return container


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
