"""Files of an engine through containers that are made for it, never started, and always removed."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from threading import Thread
from typing import Final, NamedTuple
from urllib.parse import quote

from bot.edges.engine import Engine, EngineRefusedError
from bot.errors import EngineError
from bot.formats.documents import text
from bot.layers.window import CAPACITY, Progress, Window

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
