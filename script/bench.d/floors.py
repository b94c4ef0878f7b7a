"""What cannot be avoided, in a clean process: fetching and inflating what an engine keeps, or reading with tarfile."""

import os
import sys
from contextlib import ExitStack
from functools import partial

from bot.edges.engine import Engine
from bot.edges.engine_address import EngineAddress
from bot.edges.sources.classic_store import _RECORD, ClassicStore
from bot.edges.sources.content_store import ContentStore, _Blobs
from bot.edges.sources.image_source import NullCache
from bot.edges.sources.inspect import inspect, store_of
from bot.formats.oci import WantedImage
from bot.layers.digests import chain_ids
from bot.layers.inflate import compression_of, inflated
from bot.layers.layer import Allowance
from bot.layers.window import CAPACITY, Part
from bot.model.image import Platform
from bot.model.limits import Limits

WANTED = WantedImage(None, Platform("linux", "amd64"))


def main() -> None:
    """Run a floor, ``records``, ``blobs`` or ``tarfile``, on what is given; no row pays for parsing its words."""
    floor, *names = sys.argv[1:]
    if floor == "tarfile":
        for name in names:
            _tarfile(name)
        return
    with ExitStack() as stack:
        engine = Engine(EngineAddress(os.environ["DOCKER_HOST"]))
        (_records if floor == "records" else _blobs)(engine, names, stack)


def _tarfile(path: str) -> None:
    """List every member of every layer of a save with the standard library."""
    import tarfile

    with tarfile.open(path) as archive:
        for member in archive:
            if member.name.endswith("layer.tar"):
                with tarfile.open(fileobj=archive.extractfile(member)) as layer:
                    sum(entry.size for entry in layer)


def _drain(source: object) -> None:
    buffer = memoryview(bytearray(CAPACITY))
    while source.readinto(buffer):
        pass


def _records(engine: Engine, names: list[str], stack: ExitStack) -> None:
    """Fetch the layer records of a classic-store engine and inflate them."""
    images = [inspect(engine, name) for name in names]
    store = ClassicStore(engine, store_of(engine).root, stack, None)
    chains = {chain for image in images for chain in chain_ids(image.diff_ids)}
    mounts = [store._layer_mount(f"layer{number}", chain) for number, chain in enumerate(chains)]
    for file in store._mounted_files(images[0], mounts, Limits()):
        if file.name == _RECORD:
            _drain(inflated(Part(file.window, file.size), "gzip"))


def _blobs(engine: Engine, names: list[str], stack: ExitStack) -> None:
    """Fetch the blobs of the layers of the second image that the first one lacks, and inflate them."""
    images = [inspect(engine, name) for name in names]
    content = ContentStore(engine, store_of(engine), stack, None)
    blobs = _Blobs(partial(content._container, images[0], WANTED), Allowance(Limits()), NullCache(), None)
    base, head = (blobs.manifest(image, WANTED) for image in images)
    known = {layer.diff_id for layer in base.layers}
    for layer in head.layers:
        if layer.diff_id not in known:
            with blobs._open(layer.locator, None) as (window, size):
                window.fill(4)
                magic = bytes(window.buffer[window.position : window.position + 4])
                _drain(inflated(Part(window, size), compression_of(magic)))


if __name__ == "__main__":
    main()
