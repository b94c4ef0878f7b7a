"""The small pure parts: where files lie, what to ask an engine for, how much a push would send."""

import gzip
import random

import pytest

from bot.contents.file_locations import REQUEST_BYTES, locate, plan_requests
from bot.layers.digests import chain_ids
from bot.layers.download import FolderSample, Sampled, Sampler, as_built_with, estimate_section, sample_folders
from bot.layers.inflate import compression_of
from bot.layers.window import Bytes, Window
from bot.model.image import Entry, EntryKind
from bot.model.limits import Limits
from tests.layers.splitting import split
from tests.pictures import content, digest, image, layer


def test_chain_ids__of_the_specification() -> None:
    """The first chain ID is the diff ID, each next one hashes the chain below and its own diff ID."""
    second = digest(b"sha256:1 sha256:2")

    assert ["sha256:1", second, digest(f"{second} sha256:3".encode())] == list(
        chain_ids(["sha256:1", "sha256:2", "sha256:3"])
    )


LAYERS = image("d/a 1\nd/b == d/a\ne/f 2\ng/h 3\ni -> d/a\nj/k 4", "d/a 5\n-e\n-g/*\nj 6").layers


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (b"d/a", {1: {b"d/a": b"d/a"}}),
        (b"d/b", {0: {b"d/b": b"d/a"}}),
        (b"e/f", {}),
        (b"g/h", {}),
        (b"i", {}),
        (b"j/k", {}),
        (b"j", {1: {b"j": b"j"}}),
        (b"d", {}),
        (b"none", {}),
    ],
)
def test_locate__the_layer_with_the_bytes(path: bytes, expected: dict[int, dict[bytes, bytes]]) -> None:
    """A live file is found in its topmost layer under the name that has its bytes; all else is not found."""
    assert expected == {index: dict(names) for index, names in locate(LAYERS, [path]).items()}


def sized(path: bytes, size: int) -> Entry:
    """Return a file's entry."""
    return Entry(path, EntryKind.FILE, size, 0o644, (0, 0), b"", None)


@pytest.mark.parametrize(
    ("wanted", "others", "expected"),
    [
        ([b"var/lib/status"], [], {b"var/lib/status"}),
        ([b"i/%d" % n for n in range(50)], [], {b"i"}),
        ([b"bin/a", b"bin/b"], [sized(b"bin/huge", 50 * REQUEST_BYTES)], {b"bin/a", b"bin/b"}),
        ([b"m/%d/p" % n for n in range(9)], [sized(b"m/0/q", REQUEST_BYTES)], {b"m"}),
        ([b"a/x", b"a/y", b"b"], [sized(b"c", 10**12)], {b"a", b"b"}),
        ([], [], set()),
    ],
    ids=["one file", "a full folder", "few in a huge folder", "many small folders", "never the root", "nothing"],
)
def test_cover__fewest_requests_and_bytes(wanted: list[bytes], others: list[Entry], expected: set[bytes]) -> None:
    """Files are asked for one by one where their folder is large, else with their folder."""
    entries = [*(sized(path, 100) for path in wanted), *others]

    assert expected == set(plan_requests(wanted, entries))


@pytest.mark.parametrize(
    ("magic", "expected"),
    [
        (b"\x1f\x8b\x08\x00", "gzip"),
        (b"\x28\xb5\x2f\xfd", "zstd"),
        (b"\x50\x2a\x4d\x18", "zstd"),
        (b"usr/", "none"),
        (b"", "none"),
    ],
)
def test_compression_of__magic(magic: bytes, expected: str) -> None:
    """The first bytes tell the compression."""
    assert expected == compression_of(magic)


def mixed(size: int) -> bytes:
    """Return bytes of which some compress well and some not at all."""
    source = random.Random(1)
    pieces = [source.randbytes(3000) + b"some text that is all alike " * 200 for _ in range(size // 8600 + 1)]
    return b"".join(pieces)[:size]


@pytest.mark.parametrize("size", [0, 1, 70_000, 2_000_000, 30_000_000])
def test_estimate_section__near_the_whole(size: int) -> None:
    """Whether a layer is small or sampled, the estimate is within 3 % of compressing all of it."""
    data = mixed(size)

    assert estimate_section(Bytes(data)) == pytest.approx(len(gzip.compress(data, 6)), rel=0.03, abs=8)


@pytest.mark.parametrize("size", [0, 70_000, 18_000_000])
@pytest.mark.parametrize("step", [999, 100_003])
def test_sampler__same_as_of_a_section(size: int, step: int) -> None:
    """A stream gives the estimate that a section gives, in whatever pieces it comes."""
    data = mixed(size)
    sampler = Sampler()
    stream, buffer = Sampled(Bytes(data), sampler), memoryview(bytearray(step))
    while stream.readinto(buffer):
        pass

    assert estimate_section(Bytes(data)) == sampler.estimate()


PICTURE = "a/\na/b 3000\nc 20\n-d"


def as_lent(picture: str) -> bytes:
    """Return the archive that an engine lends of a folder that holds a layer."""
    return layer("\n".join(f"deadweight/layer0/{line}" for line in picture.splitlines()))


def test_sample_folders__a_small_layer_is_exact() -> None:
    """With the engine's record a small layer is compressed as the very tar that it was."""
    tar = layer("a/\na/b = hello\nc = world")
    sample = FolderSample(split(tar))

    sample_folders(Window(Bytes(as_lent("a/\na/b = hello\nc = world"))), {b"layer0": sample}, Limits())

    assert estimate_section(Bytes(tar)) == sample.estimate()


def test_sample_folders__a_large_layer_is_close() -> None:
    """Without a record the folder's archive comes close."""
    picture = "\n".join(f"f{number} 4000" for number in range(100))
    sample = FolderSample()

    sample_folders(Window(Bytes(as_lent(picture))), {b"layer0": sample, b"layer1": FolderSample()}, Limits())

    lent = b"".join(content(f"deadweight/layer0/f{number}", 4000) for number in range(100))
    assert sample.estimate() == pytest.approx(len(gzip.compress(lent, 6)), rel=0.05)


@pytest.mark.parametrize(
    ("version", "expected"), [("go1.19.8", 1000), ("go1.26.7", 1000), ("go1.27.1", 1020), ("go2.0", 1020), ("", 1000)]
)
def test_as_built_with__go_versions(version: str, expected: int) -> None:
    """Engines built with Go 1.27 and later compress 2 % less."""
    assert expected == as_built_with(version, 1000)
