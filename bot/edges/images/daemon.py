"""Images of a Docker engine, by the fastest way that it allows."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import ExitStack

from bot.edges.engine import Engine
from bot.edges.images.classic import ClassicStore
from bot.edges.images.containers import ClosedWayError
from bot.edges.images.inspect import Inspected, inspect, store_of
from bot.edges.images.place import Known, Reading
from bot.image.blueprint import Blueprint, LayerBlob
from bot.image.layer import Allowance
from bot.image.oci import Wanted, suited
from bot.image.window import Progress
from bot.model.image import Image


class DaemonPlace:
    """A ``Place``: the image store of an engine."""

    def __init__(self, engine: Engine, open_files: ExitStack, progress: Progress | None) -> None:
        self._engine = engine
        self._open_files = open_files
        self._progress = progress
        open_files.callback(engine.close)

    def read(self, names: Sequence[str], wanted: Wanted, known: Known, allowance: Allowance) -> Reading:
        """Read images, see ``Place``."""
        images = [inspect(self._engine, name) for name in names]
        store = store_of(self._engine)
        reading = ClassicStore(self._engine, store.root, self._open_files, self._progress).read(
            images, known, allowance
        )
        for blueprint in reading.blueprints:
            suited(blueprint.file, wanted)
        return reading

    def estimate(self, blobs: Sequence[LayerBlob], known: Known) -> Mapping[str, int]:
        """Estimate compressed sizes, see ``Place``."""
        return {}

    def read_files(
        self, blueprint: Blueprint, image: Image, paths: Collection[bytes], limit_bytes: int
    ) -> Mapping[bytes, bytes]:
        """Give contents of files, see ``Place``."""
        return {}
