"""What is remembered between runs: exact, bounded, and never believed when it is damaged."""

import contextlib
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.edges.disk_cache import DiskCache
from bot.edges.sources import Images, SourceOptions
from bot.errors import LimitError
from bot.layers.codec import MAGIC, decode_layer, encode_layer
from bot.layers.digests import sha256
from bot.layers.layer import Allowance, ScannedLayer
from bot.layers.scan import scan_layer
from bot.layers.window import Bytes, Window
from bot.model.image import ImageReference, Transport
from bot.model.limits import Limits
from tests.pictures import archive, layer, layout, picture

LAYER = scan_layer(
    Window(Bytes(layer("d/\nd/a 700 owner=7:8\nd/b == d/a\nc -> d/a\n-gone\n-d/*\nempty 0\n\xff\xfe 1"))),
    Allowance(Limits()),
)
DIFF_ID = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    "found", [LAYER, ScannedLayer([], 0), scan_layer(Window(Bytes(layer("one 1"))), Allowance(Limits()))]
)
def test_thaw__what_was_frozen(found: ScannedLayer) -> None:
    """A layer comes back exactly as it was."""
    assert found == decode_layer(encode_layer(found))


@settings(deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 255))
def test_thaw__one_damaged_byte(position: int, change: int) -> None:
    """A damaged file never gives another layer."""
    frozen = bytearray(encode_layer(LAYER))
    frozen[position % len(frozen)] ^= change
    with contextlib.suppress(ValueError):
        assert LAYER == decode_layer(bytes(frozen))


@given(st.binary(max_size=200))
def test_thaw__any_bytes(data: bytes) -> None:
    """What was never a frozen layer is a miss."""
    for frozen in (data, MAGIC + data):
        with pytest.raises(ValueError, match="no frozen layer"):
            decode_layer(frozen)


def test_disk_cache__by_diff_id_and_scheme(tmp_path: Path) -> None:
    """A layer is found again under its diff ID and scheme, and under no other."""
    DiskCache(tmp_path).put_layer(DIFF_ID, "xxh3", LAYER, sure=True)

    cache = DiskCache(tmp_path)
    assert LAYER == cache.layer(DIFF_ID, "xxh3")
    assert cache.layer(DIFF_ID, "crc64") is None
    assert cache.layer("sha256:" + "b" * 64, "xxh3") is None


def test_disk_cache__estimates(tmp_path: Path) -> None:
    """An estimate is found again."""
    DiskCache(tmp_path).put_estimate(DIFF_ID, 1234, sure=True)

    assert 1234 == DiskCache(tmp_path).estimate(DIFF_ID)


def test_disk_cache__documents(tmp_path: Path) -> None:
    """A document is found again by its digest, unless what is there is another one."""
    DiskCache(tmp_path).put_document(sha256(b"{}"), b"{}")
    DiskCache(tmp_path).put_document(DIFF_ID, b"{}")

    assert b"{}" == DiskCache(tmp_path).document(sha256(b"{}"))
    assert DiskCache(tmp_path).document(DIFF_ID) is None


def test_disk_cache__incomplete_layers(tmp_path: Path) -> None:
    """A layer that a limit cut short is not remembered: the next run may have another limit."""
    DiskCache(tmp_path).put_layer(DIFF_ID, "xxh3", ScannedLayer(LAYER.entries, 700, complete=False), sure=True)

    assert DiskCache(tmp_path).layer(DIFF_ID, "xxh3") is None


def test_disk_cache__damaged_file(tmp_path: Path) -> None:
    """A damaged file is a miss, and is replaced."""
    cache = DiskCache(tmp_path)
    cache.put_layer(DIFF_ID, "xxh3", LAYER, sure=True)
    (file,) = (path for path in tmp_path.rglob("*") if path.is_file())
    file.write_bytes(file.read_bytes()[:-3])

    assert cache.layer(DIFF_ID, "xxh3") is None
    cache.put_layer(DIFF_ID, "xxh3", LAYER, sure=True)
    assert LAYER == cache.layer(DIFF_ID, "xxh3")


@pytest.mark.parametrize("diff_id", ["sha256:../../../x", "sha512:" + "a" * 64, "", "sha256:" + "A" * 64])
def test_disk_cache__diff_ids_that_are_none(diff_id: str, tmp_path: Path) -> None:
    """A diff ID is part of a path, so one that is none is neither written nor found."""
    cache = DiskCache(tmp_path / "cache")
    cache.put_layer(diff_id, "xxh3", LAYER, sure=True)

    assert cache.layer(diff_id, "xxh3") is None
    assert [] == list(tmp_path.rglob("*"))


def test_disk_cache__folder_that_cannot_be(tmp_path: Path) -> None:
    """Where no folder can be made, nothing is remembered and nothing fails."""
    (tmp_path / "file").write_bytes(b"")
    cache = DiskCache(tmp_path / "file")
    cache.put_layer(DIFF_ID, "xxh3", LAYER, sure=True)

    assert cache.layer(DIFF_ID, "xxh3") is None


def test_disk_cache__bounded(tmp_path: Path) -> None:
    """Past its size the cache forgets what was used longest ago."""
    size = len(encode_layer(LAYER))
    cache = DiskCache(tmp_path, most_bytes=size * 4)
    names = [f"sha256:{number:064x}" for number in range(5)]
    for age, name in enumerate(names):
        cache.put_layer(name, "xxh3", LAYER, sure=True)
        file = next(tmp_path.rglob(name[7:]), None)
        if file:
            os.utime(file, (age, age))

    left = [name for name in names if cache.layer(name, "xxh3")]

    assert names[-2:] == left


def test_open__layers_that_are_known(tmp_path: Path) -> None:
    """A layer in the cache is not inflated again once its blob is known to be the one that was read before."""
    path = tmp_path / "layout.tar"
    path.write_bytes(archive(layout({"a": picture("a 10", "b 5")})))
    reference = ImageReference(Transport.OCI_ARCHIVE, str(path))
    cache = tmp_path / "cache"
    with Images(SourceOptions(cache=DiskCache(cache))).open([reference], None):
        pass
    diff_ids = picture("a 10", "b 5").diff_ids
    DiskCache(cache).put_layer(diff_ids[0], "xxh3", LAYER, sure=True)

    with Images(SourceOptions(cache=DiskCache(cache))).open([reference], None) as (second,):
        assert [LAYER.unpacked_bytes, 5] == [found.unpacked_bytes for found in second.image.layers]


def test_open__plain_layers_are_not_remembered(tmp_path: Path) -> None:
    """A plain layer's diff ID is only claimed by its archive, so nothing of it reaches later runs."""
    path = tmp_path / "layout.tar"
    path.write_bytes(archive(layout({"a": picture("a 10")}, "none")))

    with Images(SourceOptions(cache=DiskCache(tmp_path / "cache"))).open(
        [ImageReference(Transport.OCI_ARCHIVE, str(path))], None
    ):
        pass

    assert [] == [found for found in (tmp_path / "cache").rglob("*") if found.is_file()]


@pytest.mark.parametrize("limits", [Limits(entries=50), Limits(path_bytes=90)])
def test_open__known_layers_are_held_against_the_limits(limits: Limits, tmp_path: Path) -> None:
    """A layer from the cache is cut where one that is read would be, and its bytes are known all the same."""
    path = tmp_path / "layout.tar"
    path.write_bytes(archive(layout({"a": picture("\n".join(f"f{number} 10" for number in range(60)))})))
    reference = ImageReference(Transport.OCI_ARCHIVE, str(path))
    known = DiskCache(tmp_path / "cache")

    found = []
    for options in (
        SourceOptions(limits=limits),
        SourceOptions(cache=known),
        SourceOptions(cache=known, limits=limits),
    ):
        with Images(options).open([reference], None) as (one,):
            found += [(layer.unpacked_bytes, layer.complete) for layer in one.image.layers]

    assert [(600, False), (600, True), (600, False)] == found


def test_open__known_layers_that_claim_too_much(tmp_path: Path) -> None:
    """A layer from the cache is refused where one that is read would be."""
    path = tmp_path / "layout.tar"
    path.write_bytes(archive(layout({"a": picture("a 1000")})))
    reference = ImageReference(Transport.OCI_ARCHIVE, str(path))
    known = DiskCache(tmp_path / "cache")
    with Images(SourceOptions(cache=known)).open([reference], None):
        pass

    with (
        pytest.raises(LimitError, match="limit"),
        Images(SourceOptions(cache=known, limits=Limits(unpacked_bytes=900))).open([reference], None),
    ):
        pass
