"""A diff ID is a claim until bytes were hashed: no archive, layout or registry borrows another's numbers by naming it."""

import gzip
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.edges.disk_cache import DiskCache
from bot.edges.sources import Images, SourceOptions
from bot.edges.sources.image_source import LayerCache, NullCache
from bot.errors import ImageError
from bot.layers.digests import same_bytes
from bot.layers.window import Bytes
from bot.model.image import Image, ImageReference, Transport
from tests.edges.sources.conftest import TestEngine
from tests.pictures import Picture, archive, digest, docker_archive, layer, layout, picture, write_folder

HONEST = picture("a 10", "b 700")
LIE = Picture((HONEST.layers[0], layer("b 700\nhidden 50000")), HONEST.config)
"""The same diff IDs, other bytes."""
GARBAGE = Picture((HONEST.layers[0], b"not a tar at all" * 64), HONEST.config)


def saved(path: Path, drawn: Picture) -> ImageReference:
    """Save an image as an archive of plain layers."""
    path.write_bytes(docker_archive({"a:1": drawn}))
    return ImageReference(Transport.DOCKER_ARCHIVE, str(path))


def laid_out(path: Path, drawn: Picture, compression: str) -> ImageReference:
    """Write an image as a layout."""
    write_folder(path, layout({"a": drawn}, compression))
    return ImageReference(Transport.OCI, str(path))


def read(references: Sequence[ImageReference], known: LayerCache | None = None) -> list[Image]:
    """Read images together."""
    with Images(SourceOptions(cache=known or NullCache())).open(references, None) as opened:
        return [one.image for one in opened]


@pytest.mark.parametrize("lie", [LIE, GARBAGE])
@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("other", ["docker-archive", "plain layout", "gzip layout"])
def test_open__plain_layer_under_the_diff_id_of_another_image(
    other: str, turned: bool, lie: Picture, tmp_path: Path
) -> None:
    """A plain layer is not taken for the layer of the other image whose diff ID it claims, in either order."""
    honest = {
        "docker-archive": lambda: saved(tmp_path / "honest.tar", HONEST),
        "plain layout": lambda: laid_out(tmp_path / "honest", HONEST, "none"),
        "gzip layout": lambda: laid_out(tmp_path / "honest", HONEST, "gzip"),
    }[other]()
    pair = [honest, saved(tmp_path / "liar.tar", lie)]

    with pytest.raises(ImageError, match=r"not what the image says|broken|cut short"):
        read(pair[::-1] if turned else pair)


def test_open__plain_layers_that_two_archives_share(tmp_path: Path) -> None:
    """Layers whose bytes are the same in two archives are the same layer, also where one is compressed."""
    other = picture("a 10", "c 5")
    plain, compressed = saved(tmp_path / "a.tar", HONEST), laid_out(tmp_path / "b", other, "gzip")

    for references in ([plain, saved(tmp_path / "c.tar", other)], [plain, compressed], [compressed, plain]):
        first, second = read(references)
        assert first.layers[0].entries == second.layers[0].entries
        assert first.layers[0].diff_id == second.layers[0].diff_id


def test_open__two_files_under_one_diff_id(tmp_path: Path) -> None:
    """One archive cannot hold two different files under one diff ID; the same file twice is fine."""
    twice = json.loads(HONEST.config)
    first, second = HONEST.layers[0], layer("a 10\nhidden 50000")
    twice["rootfs"]["diff_ids"] = [digest(first)] * 2
    manifest = json.dumps([{"Config": "c", "RepoTags": ["a:1"], "Layers": ["1", "2"]}]).encode()
    files = {"manifest.json": manifest, "c": json.dumps(twice).encode(), "1": first}
    reference = ImageReference(Transport.DOCKER_ARCHIVE, str(tmp_path / "a.tar"))

    for lie in (second, gzip.compress(second)):
        (tmp_path / "a.tar").write_bytes(archive({**files, "2": lie}))
        with pytest.raises(ImageError, match="not what the image says"):
            read([reference])
        (tmp_path / "a.tar").write_bytes(archive({**files, "1": lie, "2": first}))
        with pytest.raises(ImageError, match="not what the image says"):
            read([reference])
    for same in (first, gzip.compress(first)):
        (tmp_path / "a.tar").write_bytes(archive({**files, "2": same}))
        assert [10, 10] == [found.unpacked_bytes for found in read([reference])[0].layers]


@pytest.mark.parametrize("compression", ["gzip", "zstd", "none"])
@pytest.mark.parametrize("lie", [LIE, GARBAGE])
def test_open__warm_cache_accepts_nothing_that_is_refused_cold(lie: Picture, compression: str, tmp_path: Path) -> None:
    """A layout that claims the diff IDs of layers in the cache gives what it gives without the cache."""
    known = DiskCache(tmp_path / "cache")
    read([laid_out(tmp_path / "honest", HONEST, "gzip")], known)
    liar = laid_out(tmp_path / "liar", lie, compression)

    outcomes = []
    for remembered in (NullCache(), known):
        try:
            outcomes.append([found.unpacked_bytes for found in read([liar], remembered)[0].layers])
        except ImageError as error:
            outcomes.append([error.what])

    assert outcomes[0] == outcomes[1]
    assert [10, 700] != outcomes[1]


def test_open__blob_with_other_bytes_than_its_name(tmp_path: Path) -> None:
    """The digest that a layout names a blob by is no reason either to believe what the cache knows of it."""
    known = DiskCache(tmp_path / "cache")
    honest = laid_out(tmp_path / "honest", HONEST, "gzip")
    read([honest], known)
    blobs = [path for path in (tmp_path / "honest/blobs/sha256").iterdir() if path.read_bytes()[:2] == b"\x1f\x8b"]
    blob = max(blobs, key=lambda path: path.stat().st_size)
    blob.write_bytes(gzip.compress(layer("x 1")).ljust(blob.stat().st_size, b"\0"))

    with pytest.raises(ImageError, match="not what the image says"):
        read([honest], known)


def test_open__estimate_of_a_layer_that_is_only_claimed(tmp_path: Path) -> None:
    """The download of a plain layer is estimated from its bytes, whatever the cache says of its diff ID."""
    known = DiskCache(tmp_path / "cache")
    reference = saved(tmp_path / "a.tar", LIE)
    (expected,) = read([reference])
    known.put_estimate(HONEST.diff_ids[1], 7, sure=True)

    (found,) = read([reference], known)

    assert [one.download for one in expected.layers] == [one.download for one in found.layers]


def test_open__archive_under_the_diff_ids_of_an_engine(engine: TestEngine, tmp_path: Path) -> None:
    """An archive that claims the layers of an engine's image is hashed, and found out; the honest one is not."""
    name = f"deadweight-claims-{tmp_path.name}:1"
    honest, liar = (tmp_path / file for file in ("honest.tar", "liar.tar"))
    honest.write_bytes(docker_archive({name: HONEST}))
    liar.write_bytes(docker_archive({name: LIE}))
    engine.docker("load", "--input", str(honest))
    try:
        here = ImageReference(Transport.DOCKER_DAEMON, name)
        options = SourceOptions(engine=engine.address)
        for path, outcome in ((honest, ""), (liar, "not what the image says")):
            reference = ImageReference(Transport.DOCKER_ARCHIVE, str(path))
            for pair in ([here, reference], [reference, here]):
                found = ""
                try:
                    with Images(options).open(pair, None):
                        pass
                except ImageError as error:
                    found = error.what
                assert outcome in found
                assert bool(outcome) == bool(found)
    finally:
        engine.docker("image", "rm", name)


@pytest.mark.parametrize("size", [0, 1, (1 << 18) - 1, 1 << 18, (1 << 19) + 3])
def test_same_bytes__any_length(size: int) -> None:
    """Blobs are the same if every byte is, wherever the one that differs lies."""
    data = bytes(range(256)) * (size // 256 + 1)
    data = data[:size]

    assert same_bytes(Bytes(data), Bytes(bytes(data)))
    assert not same_bytes(Bytes(data), Bytes(data + b"x"))
    for position in {0, size // 2, size - 1} if size else ():
        other = bytearray(data)
        other[position] ^= 1
        assert not same_bytes(Bytes(data), Bytes(bytes(other)))
