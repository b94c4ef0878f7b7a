"""Archives and layouts on disk: whatever holds an image, the same image comes out."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.edges.sources import Images, SourceOptions
from bot.errors import DeadweightError, ImageError, LimitError
from bot.formats.docker_archive import Stream
from bot.layers.layer import Allowance
from bot.layers.window import Bytes, Window
from bot.model.image import DownloadSize, Image, ImageReference, Platform, Transport
from bot.model.limits import Limits
from tests.conftest import FIXTURES
from tests.pictures import Picture, archive, docker_archive, image_of, layer, layout, picture, write_folder

PICTURE = picture(
    "etc/\netc/passwd 1200\nusr/bin/vi 90000\nusr/bin/vim == usr/bin/vi",
    "-etc/passwd\nusr/lib/x 5 mode=0600",
    "etc/motd = hello",
    created_by=("ADD rootfs", "#ENV A=B", "RUN rm", "COPY motd"),
    config={"Env": ["A=B"], "Cmd": ["sh"], "ExposedPorts": {"80/tcp": {}}, "Healthcheck": {"Test": ["CMD", "x"]}},
)
OTHER = picture("a 1", platform="linux/arm64/v8")


def read(reference: ImageReference, platform: Platform | None = None, limits: Limits | None = None) -> Image:
    """Read one image."""
    with Images(SourceOptions(limits=limits or Limits())).open([reference], platform) as (opened,):
        return opened.image


def write(path: Path, data: bytes) -> str:
    """Write a file; give its path."""
    path.write_bytes(data)
    return str(path)


def in_docker_archive(folder: Path, drawn: Picture) -> ImageReference:
    """Save as engines before 25.0 do."""
    return ImageReference(Transport.DOCKER_ARCHIVE, write(folder / "a.tar", docker_archive({"a:1": drawn})))


def in_oci_shaped_docker_archive(folder: Path, drawn: Picture) -> ImageReference:
    """Save as engines from 25.0 on do: an OCI layout of plain layers with a manifest.json."""
    files = layout({"a:1": drawn}, "none")
    manifest = json.loads(files[f"blobs/sha256/{json.loads(files['index.json'])['manifests'][0]['digest'][7:]}"])
    names = [f"blobs/sha256/{blob['digest'][7:]}" for blob in (manifest["config"], *manifest["layers"])]
    files["manifest.json"] = json.dumps([{"Config": names[0], "RepoTags": ["a:1"], "Layers": names[1:]}]).encode()
    return ImageReference(Transport.DOCKER_ARCHIVE, write(folder / "b.tar", archive(files)))


def in_compressed_docker_archive(folder: Path, drawn: Picture) -> ImageReference:
    """Save, and compress the archive as a whole."""
    data = gzip.compress(docker_archive({"a:1": drawn}))
    return ImageReference(Transport.DOCKER_ARCHIVE, write(folder / "c.tar.gz", data))


def in_layout(compression: str) -> Callable[[Path, Picture], ImageReference]:
    """Write a layout as a folder."""

    def reference(folder: Path, drawn: Picture) -> ImageReference:
        write_folder(folder / compression, layout({"a": drawn}, compression))
        return ImageReference(Transport.OCI, str(folder / compression))

    return reference


def in_layout_archive(compression: str) -> Callable[[Path, Picture], ImageReference]:
    """Write a layout as an archive."""

    def reference(folder: Path, drawn: Picture) -> ImageReference:
        path = write(folder / "layout.tar", archive(layout({"a": drawn}, compression, attested=True)))
        return ImageReference(Transport.OCI_ARCHIVE, path)

    return reference


EVERYWHERE = {
    "docker-archive": in_docker_archive,
    "oci-shaped docker-archive": in_oci_shaped_docker_archive,
    "compressed docker-archive": in_compressed_docker_archive,
    "oci gzip": in_layout("gzip"),
    "oci zstd": in_layout("zstd"),
    "oci plain": in_layout("none"),
    "oci-archive gzip": in_layout_archive("gzip"),
    "oci-archive zstd": in_layout_archive("zstd"),
}


@pytest.mark.parametrize("form", EVERYWHERE)
def test_open__same_image_from_every_form(form: str, tmp_path: Path) -> None:
    """Configuration, history, diff IDs, entries and contents are the same whatever the image is read from."""
    found = read(EVERYWHERE[form](tmp_path, PICTURE))

    expected = image_of(PICTURE)
    assert (expected.platform, expected.config, expected.history) == (found.platform, found.config, found.history)
    assert expected.content_scheme == found.content_scheme
    for one, other in zip(expected.layers, found.layers, strict=True):
        assert (one.diff_id, one.unpacked_bytes, one.entries) == (other.diff_id, other.unpacked_bytes, other.entries)


@pytest.mark.parametrize("form", EVERYWHERE)
def test_read_files__live_files_only(form: str, tmp_path: Path) -> None:
    """Contents come from the layer that has the live file; dead, linked, missing and too large ones come right."""
    wanted = [b"etc/passwd", b"etc/motd", b"usr/bin/vim", b"usr/bin", b"nowhere", b"usr/lib/x"]
    with Images().open([EVERYWHERE[form](tmp_path, PICTURE)], None) as (opened,):
        files = opened.read_files(wanted, limit_bytes=100_000)
        small = opened.read_files(wanted, limit_bytes=4)

    assert {b"etc/motd": 5, b"usr/bin/vim": 90000, b"usr/lib/x": 5} == {
        path: len(found) for path, found in files.items()
    }
    assert {} == small


@pytest.mark.parametrize("compression", ["gzip", "zstd", "none"])
def test_open__download_of_a_layout_is_exact(compression: str, tmp_path: Path) -> None:
    """A layout's blobs are what a registry would serve, compressed or not."""
    found = read(in_layout(compression)(tmp_path, PICTURE))

    sizes = [len(data) for name, data in layout({"a": PICTURE}, compression).items() if name.startswith("blobs/")]
    assert found.download
    assert found.download.exact
    assert {compression} == {part.compression for part in found.layers}
    assert all(part.download and part.download.bytes in sizes for part in found.layers)


def test_open__download_of_a_save_is_estimated(tmp_path: Path) -> None:
    """A plain layer of a save is compressed on its way to a registry, so its size there is an estimate."""
    found = read(in_docker_archive(tmp_path, PICTURE))

    expected = len(gzip.compress(PICTURE.layers[0]))
    assert found.layers[0].download
    assert not found.layers[0].download.exact
    assert found.layers[0].download.bytes == pytest.approx(expected, rel=0.03)


def test_open__no_estimate_unless_asked(tmp_path: Path) -> None:
    """Without estimates the size is unknown, not zero."""
    with Images(SourceOptions(estimate_download=False)).open([in_docker_archive(tmp_path, PICTURE)], None) as (opened,):
        assert opened.image.download is None


def test_open__attestations(tmp_path: Path) -> None:
    """Attestations in an index are passed over, and a note says so."""
    assert ("1 attestation manifest skipped",) == read(in_layout_archive("gzip")(tmp_path, PICTURE)).notes


def test_open__several_images_of_a_save(tmp_path: Path) -> None:
    """An image of several is named by tag or place; without a name the message lists them."""
    path = write(
        tmp_path / "two.tar", docker_archive({"a:1": PICTURE, "b:latest": picture("etc/\netc/passwd 1200", "b 1")})
    )

    assert 3 == len(read(ImageReference(Transport.DOCKER_ARCHIVE, f"{path}:a:1")).layers)
    assert 2 == len(read(ImageReference(Transport.DOCKER_ARCHIVE, f"{path}:b")).layers)
    assert 2 == len(read(ImageReference(Transport.DOCKER_ARCHIVE, f"{path}:@1")).layers)
    with pytest.raises(ImageError, match=r"2 images\n.*a:1, b:latest"):
        read(ImageReference(Transport.DOCKER_ARCHIVE, path))
    with pytest.raises(ImageError, match="no single image 'c'"):
        read(ImageReference(Transport.DOCKER_ARCHIVE, f"{path}:c"))


def test_open__shared_layers_of_a_save(tmp_path: Path) -> None:
    """A layer that a save holds once, and links to, is found from both images."""
    head = picture("a 10\nb 20", "c 3")
    path = write(tmp_path / "two.tar", docker_archive({"base": picture("a 10\nb 20"), "head": head}))
    references = [ImageReference(Transport.DOCKER_ARCHIVE, f"{path}:{name}") for name in ("base", "head")]

    with Images().open(references, None) as (base, head_):
        assert [30, 33] == [base.image.unpacked_bytes, head_.image.unpacked_bytes]
        assert base.image.layers[0].entries is head_.image.layers[0].entries


def test_open__platforms_of_an_index(tmp_path: Path) -> None:
    """Of an index with several platforms the asked one is read, and the message for another lists them."""
    folder = str(write_folder(tmp_path / "o", layout({"a": PICTURE, "b": OTHER}, tagged=False)))
    reference = ImageReference(Transport.OCI, folder)

    assert Platform("linux", "arm64") == read(reference, Platform("linux", "arm64")).platform
    assert Platform("linux", "amd64") == read(reference, Platform("linux", "amd64")).platform
    with pytest.raises(ImageError, match=r"(?s)no image for linux/s390x.*linux/amd64, linux/arm64"):
        read(reference, Platform("linux", "s390x"))


def test_open__names_of_a_layout(tmp_path: Path) -> None:
    """An image of a layout is found by the name that the index gives it."""
    folder = str(write_folder(tmp_path / "o", layout({"a": PICTURE, "b": OTHER})))

    assert 1 == len(read(ImageReference(Transport.OCI, f"{folder}:b")).layers)
    with pytest.raises(ImageError, match="'c'\nit names a, b"):
        read(ImageReference(Transport.OCI, f"{folder}:c"))


def test_open__other_platform_of_a_save(tmp_path: Path) -> None:
    """A save of another platform than the asked one is refused, never taken for it."""
    with pytest.raises(ImageError, match="for linux/riscv64"):
        read(in_docker_archive(tmp_path, PICTURE), Platform("linux", "riscv64"))


BROKEN = {
    "no archive": (b"hello", "broken|cut short|not an image"),
    "no bytes": (b"", "not an image"),
    "a README": (archive({"README.md": b"# hello"}), "not an image\n.*README.md"),
    "a layout": (archive(layout({"a": PICTURE})), "oci-archive"),
    "no JSON": (archive({"manifest.json": b"{"}), "not JSON"),
    "nested too deeply": (archive({"manifest.json": b"[" * 100_000}), "not JSON"),
    "no list": (archive({"manifest.json": b"{}"}), "not a JSON array"),
    "an empty list": (archive({"manifest.json": b"[]"}), "0 images"),
    "no configuration": (archive({"manifest.json": b'[{"Config":"c.json","Layers":[]}]'}), "configuration\n.*c.json"),
    "contradiction": (archive({"manifest.json": b'[{"Config":"c","Layers":["l"]}]', "c": b"{}"}), "contradicts"),
    "missing layer": (
        archive({"manifest.json": b'[{"Config":"c","Layers":["l"]}]', "c": b'{"rootfs":{"diff_ids":["sha256:0"]}}'}),
        "lacks the image's layer\n.*'l'",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_open__broken_saves(case: str, tmp_path: Path) -> None:
    """Whatever is wrong with a save, the message says what and what to do."""
    data, message = BROKEN[case]

    with pytest.raises(DeadweightError, match=message) as caught:
        read(ImageReference(Transport.DOCKER_ARCHIVE, write(tmp_path / "x.tar", data)))

    assert caught.value.why


def test_open__cut_save(tmp_path: Path) -> None:
    """A save that ends in the middle of a layer is refused."""
    data = docker_archive({"a:1": PICTURE})

    with pytest.raises(ImageError, match="cut short"):
        read(ImageReference(Transport.DOCKER_ARCHIVE, write(tmp_path / "x.tar", data[:60_000])))


@pytest.mark.parametrize("transport", [Transport.DOCKER_ARCHIVE, Transport.OCI_ARCHIVE, Transport.OCI])
def test_open__nothing_there(transport: Transport, tmp_path: Path) -> None:
    """A path that does not exist is said so."""
    with pytest.raises(ImageError, match=r"missing|no file|no OCI layout"):
        read(ImageReference(transport, str(tmp_path / "missing")))


def test_open__folder_for_an_archive(tmp_path: Path) -> None:
    """A folder is no archive, and the message names the transport for one."""
    with pytest.raises(ImageError, match="oci:PATH"):
        read(ImageReference(Transport.DOCKER_ARCHIVE, str(tmp_path)))


def test_open__layout_with_other_bytes(tmp_path: Path) -> None:
    """A document whose bytes are not those of its digest is refused."""
    files = layout({"a": PICTURE})
    manifest = next(name for name, data in files.items() if b'"schemaVersion"' in data and name != "index.json")
    write_folder(tmp_path, {**files, manifest: files[manifest] + b" "})

    with pytest.raises(ImageError, match=r"bytes of sha256:.* are others"):
        read(ImageReference(Transport.OCI, str(tmp_path)))


def test_open__compressed_layer_that_is_another(tmp_path: Path) -> None:
    """A compressed layer whose tar is not that of its diff ID is refused."""
    drawn = Picture((layer("a 1"),), picture("a 2").config)

    with pytest.raises(ImageError, match="not what the image says"):
        read(in_layout("gzip")(tmp_path, drawn))


def test_open__blob_of_another_length(tmp_path: Path) -> None:
    """A blob that is longer or shorter than its manifest says is refused."""
    files = layout({"a": PICTURE})
    blob = next(name for name, data in files.items() if data.startswith(b"\x1f\x8b"))
    write_folder(tmp_path, {**files, blob: files[blob] + b"\0"})

    with pytest.raises(ImageError, match="bytes instead of"):
        read(ImageReference(Transport.OCI, str(tmp_path)))


def test_open__corrupt_gzip(tmp_path: Path) -> None:
    """A gzip stream that is damaged or cut is refused."""
    files = layout({"a": PICTURE})
    blob = next(name for name, data in files.items() if data.startswith(b"\x1f\x8b"))
    damaged = files[blob][:20] + b"\xff" * (len(files[blob]) - 20)
    write_folder(tmp_path, {**files, blob: damaged})

    with pytest.raises(ImageError, match="decompressed"):
        read(ImageReference(Transport.OCI, str(tmp_path)))


def test_open__path_out_of_a_layout(tmp_path: Path) -> None:
    """A digest that would lead out of the layout is refused before anything is opened."""
    index = {"manifests": [{"digest": "sha256:../../../../etc/passwd", "mediaType": "x"}]}
    write_folder(tmp_path, {"index.json": json.dumps(index).encode()})

    with pytest.raises(ImageError, match="no SHA-256 digest"):
        read(ImageReference(Transport.OCI, str(tmp_path)))


def test_open__long_document(tmp_path: Path) -> None:
    """A document above its limit is refused unread."""
    with pytest.raises(LimitError, match=r"manifest\.json"):
        read(in_docker_archive(tmp_path, PICTURE), limits=Limits(document_bytes=100))


def test_open__many_layers(tmp_path: Path) -> None:
    """An image with more layers than the limit is refused."""
    with pytest.raises(LimitError, match="3 layers"):
        read(in_docker_archive(tmp_path, PICTURE), limits=Limits(layers=2))


def test_open__bomb(tmp_path: Path) -> None:
    """A compressed archive that inflates beyond the limit is refused on the way, not when the disk is full."""
    path = write(tmp_path / "bomb.tar.gz", gzip.compress(bytes(20_000_000)))

    with pytest.raises(LimitError, match="more than 1000000 bytes"):
        read(ImageReference(Transport.DOCKER_ARCHIVE, path), limits=Limits(unpacked_bytes=1_000_000))


# --- published archives -------------------------------------------------------------------------------------------


def fixture(name: str) -> str:
    """Return the path of a published archive, or skip where it is not at hand."""
    path = FIXTURES / "dive" / name
    if not path.exists():
        pytest.skip(f"{name} is not here (../shared/fixtures)")
    return str(path)


def test_open__published_save() -> None:
    """Dive's own test image: its published oracle for the bytes of the image and above its base layer."""
    found = read(ImageReference(Transport.DOCKER_ARCHIVE, fixture("test-docker-image.tar")))

    assert (1_220_598, 66_237) == (found.unpacked_bytes, found.unpacked_bytes - found.layers[0].unpacked_bytes)


def test_open__published_kaniko_archive() -> None:
    """Kaniko writes compressed layers into a docker-archive; they are what it would push."""
    found = read(ImageReference(Transport.DOCKER_ARCHIVE, fixture("test-kaniko-image.tar")))

    assert (14, 1_326_410, DownloadSize(805_037, exact=True)) == (
        len(found.layers),
        found.unpacked_bytes,
        found.download,
    )


@pytest.mark.parametrize(
    ("name", "download_bytes"),
    [("gzip", 4_132), ("zstd", 4_314), ("estargz", 4_496), ("uncompressed", 12_800)],
)
def test_open__published_layouts(name: str, download_bytes: int) -> None:
    """One content in four compressions is one image with four download sizes."""
    found = read(ImageReference(Transport.OCI_ARCHIVE, fixture(f"test-oci-{name}-image.tar")))

    assert (11_189, DownloadSize(download_bytes, exact=True)) == (found.unpacked_bytes, found.download)


def test_open__published_tar_that_is_no_image() -> None:
    """A tar with nothing but a README is refused, and the message says what it holds."""
    with pytest.raises(ImageError, match=r"not an image\n.*README\.md"):
        read(ImageReference(Transport.DOCKER_ARCHIVE, fixture("test-gzip-image.tar")))


def test_stream__layers_that_begin_like_documents() -> None:
    """A layer whose first file is called [slug].js or {x is a layer, also where only its bytes tell what is what."""
    data = docker_archive({"a:1": picture("[slug].js 10", "{x 5")})

    stream = Stream(Window(Bytes(data)), Allowance(Limits()), estimate=False)

    layers = [stream.layer(name).unpacked_bytes for name in stream.names() if stream.info(name)]
    assert [5, 10] == sorted(layers)
