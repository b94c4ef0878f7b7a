"""The classic image store: the headers and checksums of every layer from the engine's own tar-split records.

Below its root directory an engine with the overlay2 driver keeps a folder ``image/overlay2/layerdb/sha256/ID`` for each
layer, named by its chain ID, with ``tar-split.json.gz``, ``cache-id``, ``diff`` and ``size``; and for each image its
configuration, ``image/overlay2/imagedb/content/sha256/ID``. One container that binds what is needed, and one archive of
these binds, give it all in a single answer.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import Final, NamedTuple

from bot.edges.engine import Engine, EngineRefusedError
from bot.edges.sources.containers import FOLDER, ContainerSpec, Mount, UnsupportedStoreError, create_container
from bot.edges.sources.image_source import ImagesRead, LayerCache
from bot.edges.sources.inspect import Inspected
from bot.formats.archive import name_of
from bot.formats.image_manifest import ImageManifest, LayerBlob, matched, parse_config
from bot.formats.oci import verified
from bot.layers.digests import chain_ids
from bot.layers.download import FolderSample, sample_folders
from bot.layers.inflate import inflated
from bot.layers.layer import Allowance, ScannedLayer, counted
from bot.layers.tar import members
from bot.layers.tar_split import SCHEME, scan_tar_split
from bot.layers.window import Part, Progress, Readable, Window
from bot.model.limits import Limits

_RECORD: Final = "tar-split.json.gz"
_CACHE_ID: Final = "cache-id"
_SMALL_BYTES: Final = 1 << 20
_LARGEST_RECORD: Final = 4 << 20


class _File(NamedTuple):
    """A file below a mount: the name of its mount, its name there, and its bytes, to be read before the next one."""

    mount: str
    name: str
    size: int
    window: Window


class ClassicStore:
    """Reads images of one engine from its records."""

    def __init__(self, engine: Engine, root: str, removals: ExitStack, progress: Progress | None) -> None:
        self._engine = engine
        self._root = root
        self._removals = removals
        self._progress = progress
        self._chains: dict[str, str] = {}
        self._unpacked_bytes: dict[str, int] = {}

    def read(self, images: Sequence[Inspected], cache: LayerCache, allowance: Allowance) -> ImagesRead:
        """Read images; raises ``UnsupportedStoreError`` where the engine does not let its records be read."""
        chains = self._chains = dict(
            pair for image in images for pair in zip(image.diff_ids, chain_ids(image.diff_ids), strict=True)
        )
        layers = {diff_id: counted(layer, allowance) for diff_id in chains if (layer := cache.layer(diff_id, SCHEME))}
        missing = {f"layer{number}": diff_id for number, diff_id in enumerate(chains) if diff_id not in layers}
        named = {f"image{number}": image for number, image in enumerate(images)}
        mounts = [self._layer_mount(name, chains[diff_id]) for name, diff_id in missing.items()]
        mounts += [self._image_mount(name, image) for name, image in named.items()]
        configs: dict[str, bytes] = {}
        for file in self._mounted_files(images[0], mounts, allowance.limits):
            if file.mount in named:
                configs[file.mount] = file.window.take(file.size)
            elif file.name == _RECORD:
                record = inflated(Part(file.window, file.size), "gzip")
                layers[missing[file.mount]] = scan_tar_split(record, allowance)
        _remember(layers, missing.values(), cache)
        self._unpacked_bytes = {diff_id: layer.unpacked_bytes for diff_id, layer in layers.items()}
        manifests = [_manifest(image, configs.get(name), allowance.limits) for name, image in named.items()]
        return ImagesRead(manifests, layers, SCHEME)

    def estimate(self, image: Inspected, diff_ids: Sequence[str], limits: Limits) -> Mapping[str, int]:
        """Estimate the compressed sizes of layers that have been read; only their own folders are looked at."""
        mounts = {f"layer{number}": diff_id for number, diff_id in enumerate(diff_ids)}
        folders, samples = self._diff_folders(image, mounts, limits)
        container = create_container(
            ContainerSpec(self._engine, image.identity, image.volumes), folders, self._removals
        )
        try:
            with container.archive(f"/{FOLDER}", self._progress) as window:
                sample_folders(window, samples, limits)
        except EngineRefusedError as refusal:
            raise UnsupportedStoreError(refusal.message) from refusal
        container.remove_early(self._removals)
        return {diff_id: samples[name.encode()].estimate() for name, diff_id in mounts.items()}

    def _diff_folders(
        self, image: Inspected, mounts: Mapping[str, str], limits: Limits
    ) -> tuple[Sequence[Mount], Mapping[bytes, FolderSample]]:
        """Find where the engine unpacked layers, and what is needed to judge them from there."""
        records = [self._layer_mount(name, self._chains[diff_id]) for name, diff_id in mounts.items()]
        folders: list[Mount] = []
        samples = {name.encode(): FolderSample() for name in mounts}
        for file in self._mounted_files(image, records, limits):
            if file.name == _CACHE_ID:
                folder = file.window.take(file.size).decode()
                folders.append(Mount(f"{self._root}/overlay2/{folder}/diff", file.mount))
            elif file.name == _RECORD and self._unpacked_bytes[mounts[file.mount]] <= _SMALL_BYTES:
                samples[file.mount.encode()] = FolderSample(_inflated(Part(file.window, file.size)))
        return folders, samples

    def _layer_mount(self, name: str, chain: str) -> Mount:
        return Mount(f"{self._root}/image/overlay2/layerdb/sha256/{chain[7:]}", name)

    def _image_mount(self, name: str, image: Inspected) -> Mount:
        return Mount(f"{self._root}/image/overlay2/imagedb/content/sha256/{image.identity[7:]}", name)

    def _mounted_files(self, image: Inspected, mounts: Sequence[Mount], limits: Limits) -> Iterator[_File]:
        """Read the files below mounts; the container that shows them is gone soon after the last one."""
        container = create_container(ContainerSpec(self._engine, image.identity, image.volumes), mounts, self._removals)
        try:
            with container.archive(f"/{FOLDER}", self._progress) as window:
                for member in members(window, limits):
                    mount, _, name = name_of(member).removeprefix(f"{FOLDER}/").partition("/")
                    yield _File(mount, name, member.size, window)
        except EngineRefusedError as refusal:
            raise UnsupportedStoreError(refusal.message) from refusal
        container.remove_early(self._removals)


def _remember(layers: Mapping[str, ScannedLayer], diff_ids: Iterable[str], cache: LayerCache) -> None:
    for diff_id in diff_ids:
        if diff_id not in layers:
            raise UnsupportedStoreError(f"the engine keeps no record of {diff_id}")
        cache.put_layer(diff_id, SCHEME, layers[diff_id], sure=True)


def _inflated(record: Readable) -> bytes:
    """Inflate the record of a small layer; a record too large for one is as good as none."""
    window = Window(inflated(record, "gzip"), capacity=_LARGEST_RECORD)
    whole = not window.fill(_LARGEST_RECORD)
    return bytes(window.buffer[: window.end]) if whole else b""


def _manifest(image: Inspected, config: bytes | None, limits: Limits) -> ImageManifest:
    if config is None:
        raise UnsupportedStoreError(f"the engine keeps no configuration of {image.name}")
    file = matched(parse_config(verified(config, image.identity), limits), len(image.diff_ids))
    return ImageManifest(image.identity, file, tuple(LayerBlob(diff_id, diff_id) for diff_id in file.diff_ids))
