"""One measurement of ours in a clean process: reads both images, merges both, prints what a comparison starts from."""

import gc
import os
import sys
from pathlib import Path

from bot.contents.merged_tree import merge_together
from bot.edges.disk_cache import DiskCache
from bot.edges.engine_address import EngineAddress
from bot.edges.process import leave
from bot.edges.sources import Images, SourceOptions
from bot.edges.sources.containers import UnsupportedStoreError
from bot.edges.sources.engine_source import EngineSource
from bot.model.image import ImageReference, Transport


def main() -> None:
    """Read what is given: ``save`` or nothing, a folder to remember layers in or nothing, and references.

    The collector is off and the end is abrupt as in the program itself.
    """
    gc.disable()
    stream, cache, *given = sys.argv[1:]
    pairs = [reference.split(":", 1) for reference in given]
    references = [ImageReference(Transport(transport), name.removeprefix("//")) for transport, name in pairs]
    address = EngineAddress(os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock"))
    known = {"cache": DiskCache(Path(cache))} if cache else {}
    if stream:
        _leave_only_saves()
    with Images(SourceOptions(engine=address, estimate_download=False, **known)).open(references, None) as opened:
        images = [one.image for one in opened]
        trees = merge_together([image.layers for image in images])
    print([(image.unpacked_bytes, tree.live_bytes, tree.dead_bytes) for image, tree in zip(images, trees, strict=True)])
    leave(0)


def _leave_only_saves() -> None:
    """Close every way into an engine but ``docker save``, as a remote or rootless one does."""

    def refuse(*_: object) -> None:
        raise UnsupportedStoreError("closed by the benchmark")

    EngineSource._read_store = refuse


if __name__ == "__main__":
    main()
