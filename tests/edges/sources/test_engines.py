"""Real engines: the same image from every one and in every way, and layers that are what the engine made of them."""

import shutil
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from bot.contents.merged_tree import merge
from bot.edges.disk_cache import DiskCache
from bot.edges.engine import Engine, EngineRefusedError
from bot.edges.engine_address import EngineAddress
from bot.edges.sources import Images, SourceOptions
from bot.edges.sources.containers import LABEL
from bot.edges.sources.engine_source import EngineSource
from bot.edges.sources.image_source import NullCache
from bot.errors import EngineError, ImageError, LimitError
from bot.formats.documents import Json
from bot.formats.image_manifest import assemble
from bot.formats.oci import WantedImage
from bot.layers.layer import Allowance
from bot.model.image import Image, ImageReference, Platform, Transport
from bot.model.limits import Limits
from tests.edges.sources.conftest import TestEngine

pytestmark = pytest.mark.engine

FILE_BYTES = 200_000
DOCKERFILE = f"""
FROM scratch AS start
COPY busybox /bin/busybox
SHELL ["/bin/busybox", "sh", "-ec"]
ENV PATH=/bin
RUN busybox mkdir -p /data/sub /tmp && busybox head -c {FILE_BYTES} /bin/busybox >/data/f && echo hello >/data/sub/g

FROM start AS no-op-chown
RUN busybox chown -R 0:0 /data/f
FROM start AS no-op-chmod
RUN busybox chmod -R u+rw /data/f
FROM start AS real-chown
RUN busybox chown 1:1 /data/f
FROM start AS touch
RUN busybox touch /data/f
FROM start AS mv
RUN busybox mv /data/f /data/moved
FROM start AS ln
RUN busybox ln /data/f /data/again
FROM start AS rm
RUN busybox rm /data/f
FROM start AS rm-directory
RUN busybox rm -r /data
FROM start AS overwrite
RUN echo hello >/data/f
FROM start AS opaque
RUN busybox rm -r /data/sub && busybox mkdir /data/sub && echo hi >/data/sub/h
FROM start AS copy-chown
COPY --chown=1:1 --from=start /data/f /copied
FROM scratch AS copy-from
COPY --from=start /data /data

FROM start AS everything
LABEL a=b
VOLUME /var/data
RUN busybox --install -s /bin && busybox ln /data/f /data/again && busybox mkfifo /pipe && busybox mknod /null c 1 3
RUN busybox rm /data/f && busybox mkdir -p /{"long/" * 30}end && echo x >/{"long/" * 30}end/{"n" * 90}
CMD ["sh"]
"""
# What is dead, and what the layers above ``start`` weigh; for copy-from, which has no layers of start, all of them.
CASES = {
    "no-op-chown": (FILE_BYTES, FILE_BYTES),
    "no-op-chmod": (FILE_BYTES, FILE_BYTES),
    "real-chown": (FILE_BYTES, FILE_BYTES),
    "touch": (FILE_BYTES, FILE_BYTES),
    "mv": (FILE_BYTES, FILE_BYTES),
    "ln": (FILE_BYTES, FILE_BYTES),
    "rm": (FILE_BYTES, 0),
    "rm-directory": (FILE_BYTES + 6, 0),
    "overwrite": (FILE_BYTES, 6),
    "opaque": (6, 3),
    "copy-chown": (0, FILE_BYTES),
    "copy-from": (0, FILE_BYTES + 6),
}
# containerd leaves out what a command touched without changing it; a new name for an old file is a copy of its own.
CONTAINERD_CASES = {"no-op-chown": (0, 0), "no-op-chmod": (0, 0), "ln": (0, FILE_BYTES)}


class Built(NamedTuple):
    """An engine, and the name that images built on it begin with."""

    engine: TestEngine
    prefix: str
    context: Path

    def build(self, target: str) -> str:
        """Build a target, give its name."""
        name = f"{self.prefix}:{target}"
        self.engine.docker("build", "--quiet", "--target", target, "--tag", name, str(self.context))
        return name

    def read(self, reference: ImageReference) -> Image:
        """Read an image without an estimate."""
        options = SourceOptions(engine=self.engine.address, estimate_download=False)
        with Images(options).open([reference], None) as (opened,):
            return opened.image


def daemon(name: str) -> ImageReference:
    """Name an image of the engine."""
    return ImageReference(Transport.DOCKER_DAEMON, name)


@pytest.fixture(scope="session")
def built(engine: TestEngine, busybox: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    """Yield an engine to build on, and remove what was built."""
    context = tmp_path_factory.mktemp("context")
    shutil.copy(busybox, context / "busybox")
    (context / "Dockerfile").write_text(DOCKERFILE)
    if engine.kind == "CLASSIC":
        engine.environment["DOCKER_BUILDKIT"] = "0"
    prefix = f"deadweight-reading-{uuid.uuid4().hex[:8]}"
    yield Built(engine, prefix, context)
    names = engine.docker("images", "--quiet", "--filter", f"reference={prefix}").split()
    if names:
        engine.docker("rmi", "--force", *set(names))


@pytest.mark.parametrize("case", CASES)
def test_open__twelve_ways_to_waste(case: str, built: Built) -> None:
    """Dead bytes are exactly the copies that no one can see any more, whatever command left them behind."""
    image = built.read(daemon(built.build(case)))

    tree = merge(image.layers)
    above = image.layers[2:] if case != "copy-from" else image.layers
    expected = {**CASES, **(CONTAINERD_CASES if built.engine.kind == "CONTAINERD" else {})}[case]
    assert expected == (tree.dead_bytes, sum(layer.unpacked_bytes for layer in above))
    assert image.unpacked_bytes == tree.live_bytes + tree.dead_bytes


def same(one: Image, other: Image) -> bool:
    """Tell whether two readings give one image, but for digests, downloads and the scheme of contents."""
    for ours, theirs in zip(one.layers, other.layers, strict=True):
        if (ours.diff_id, ours.unpacked_bytes) != (theirs.diff_id, theirs.unpacked_bytes):
            return False
        if [entry[:6] for entry in ours.entries] != [entry[:6] for entry in theirs.entries]:
            return False
    return (one.platform, one.config, one.history) == (other.platform, other.config, other.history)


class Forbidding(Engine):
    """An engine that lets nobody create containers, as one behind an authorization plugin."""

    def ask(self, method: str, path: str, body: Json | None = None) -> Json:
        """Refuse what creates a container."""
        if path.startswith("/containers/create"):
            raise EngineRefusedError(403, "authorization denied by plugin")
        return super().ask(method, path, body)


def streamed(address: EngineAddress, name: str) -> tuple[Image, dict[str, int]]:
    """Read an image of an engine that only saves."""
    limits = Limits()
    with ExitStack() as stack:
        source = EngineSource(Forbidding(address), stack, limits, None, estimate=True)
        reading = source.read([name], WantedImage(None, Platform("linux", "amd64")), NullCache(), Allowance(limits))
        (manifest,) = reading.manifests
        estimates = dict(source.estimate([b for b in manifest.layers if b.compressed_bytes is None], NullCache()))
    return assemble(daemon(name), manifest, reading.layers, reading.scheme, estimates), estimates


def test_open__same_image_in_every_way(built: Built, registry: str, tmp_path: Path) -> None:
    """From the engine's store, its save stream, a saved archive and a registry comes the very same image."""
    name = built.build("everything")
    pushed = f"{registry}/{name}"
    built.engine.docker("tag", name, pushed)
    built.engine.docker("push", "--quiet", pushed)
    built.engine.docker("rmi", pushed)
    archive = tmp_path / "saved.tar"
    built.engine.docker("save", "--output", str(archive), name)

    from_store = built.read(daemon(name))

    assert same(from_store, streamed(built.engine.address, name)[0])
    assert same(from_store, built.read(ImageReference(Transport.DOCKER_ARCHIVE, str(archive))))
    assert same(from_store, built.read(ImageReference(Transport.DOCKER, pushed)))


def test_open__nothing_is_left_behind(built: Built) -> None:
    """The containers that lend us files are gone when the images are closed."""
    name = built.build("everything")

    with Images(SourceOptions(engine=built.engine.address)).open([daemon(name)], None) as (opened,):
        opened.read_files([b"data/again"], limit_bytes=FILE_BYTES)

    ours = ("--filter", f"label={LABEL}", "--filter", f"ancestor={name}")
    assert built.engine.docker("ps", "--all", "--quiet", *ours) == ""


def test_read_files__same_in_every_way(built: Built, tmp_path: Path) -> None:
    """Files read from a container of the image are those read from its layers."""
    name = built.build("everything")
    archive = tmp_path / "saved.tar"
    built.engine.docker("save", "--output", str(archive), name)
    image = built.read(daemon(name))
    wanted = [path for path in merge(image.layers).live if not path.startswith(b"bin/")]

    found = []
    for reference in (daemon(name), ImageReference(Transport.DOCKER_ARCHIVE, str(archive))):
        with Images(SourceOptions(engine=built.engine.address, estimate_download=False)).open([reference], None) as (
            opened,
        ):
            found.append(opened.read_files(wanted, limit_bytes=FILE_BYTES))

    assert found[0] == found[1]
    assert FILE_BYTES == len(found[0][b"data/again"])
    assert b"data/f" not in found[0]


def test_open__download_is_what_a_push_sends(built: Built, registry: str) -> None:
    """Estimates are within 3 % (or 12 bytes) of each layer that docker push sends, and within 1 % in total."""
    name = built.build("everything")
    pushed = f"{registry}/estimates-{name}"
    built.engine.docker("tag", name, pushed)
    built.engine.docker("push", "--quiet", pushed)
    built.engine.docker("rmi", pushed)
    exact = [layer.download for layer in built.read(ImageReference(Transport.DOCKER, pushed)).layers]

    with Images(SourceOptions(engine=built.engine.address)).open([daemon(name)], None) as (opened,):
        from_store = [layer.download for layer in opened.image.layers]
    from_stream = [layer.download for layer in streamed(built.engine.address, name)[0].layers]

    for estimated in (from_store, from_stream):
        pairs = [(one.bytes, other.bytes) for one, other in zip(exact, estimated, strict=True) if one and other]
        assert len(exact) == len(pairs)
        for sent, expected in pairs:
            assert expected == pytest.approx(sent, rel=0.03, abs=12)
        sent, expected = (sum(column) for column in zip(*pairs, strict=True))
        assert expected == pytest.approx(sent, rel=0.01)


def test_open__sizes_of_docker_history(classic_store: TestEngine, built: Built) -> None:
    """A classic-store engine shows the same bytes for each layer."""
    if built.engine.kind != classic_store.kind:
        pytest.skip("the containerd store shows snapshot usage instead")
    name = built.build("no-op-chown")

    shown = classic_store.docker("history", "--human=false", "--format", "{{.Size}}", name).split()

    layers = built.read(daemon(name)).layers
    assert [layer.unpacked_bytes for layer in layers if layer.unpacked_bytes] == [
        int(size) for size in reversed(shown) if size != "0"
    ]


def test_open__image_that_is_not_there(engine: TestEngine) -> None:
    """An unknown name is an error that says how to get the image."""
    with (
        pytest.raises(ImageError, match="no image deadweight-none:1"),
        Images(SourceOptions(engine=engine.address)).open([daemon("deadweight-none:1")], None),
    ):
        pass


def test_open__other_platform(built: Built) -> None:
    """An engine's image of another platform than the asked one is refused."""
    name = built.build("rm")
    images = Images(SourceOptions(engine=built.engine.address))

    with pytest.raises(ImageError, match="linux/s390x"), images.open([daemon(name)], Platform("linux", "s390x")):
        pass


def test_open__known_image(built: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was read once from a containerd store is given again without making a container; new layers still are read."""
    if built.engine.kind != "CONTAINERD":
        pytest.skip("a classic store has no manifests to know an image by")
    options = SourceOptions(engine=built.engine.address, cache=DiskCache(tmp_path), estimate_download=False)
    names = [daemon(built.build(target)) for target in ("start", "rm")]
    with Images(options).open(names[:1], None) as (first,):
        expected = first.image
    with Images(options).open(names, None) as opened:
        assert [expected.layers, 2] == [opened[0].image.layers, len(opened)]
        fresh = opened[1].image

    def refuse(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr("bot.edges.sources.content_store.create_container", refuse)
    with (
        pytest.raises(LimitError, match="document"),
        Images(replace(options, limits=Limits(document_bytes=100))).open(names, None),
    ):
        pass
    with Images(options).open(names, None) as opened:
        assert [expected, fresh] == [one.image for one in opened]


def test_open__nobody_answers(tmp_path: Path) -> None:
    """Without an engine the error says what to set, and what can be read without one."""
    images = Images(SourceOptions(engine=EngineAddress(f"unix://{tmp_path}/no.sock")))

    with pytest.raises(EngineError, match="DOCKER_HOST"), images.open([daemon("a")], None):
        pass
