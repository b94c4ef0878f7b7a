"""Images that are made to hang, exhaust or crash their reader: each ends at a limit, with its way out, and exit code 3."""

import gzip
import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest
from backports import zstd

from bot.edges.sources import Images, SourceOptions
from bot.edges.sources.local_files import FileSection, Spool, open_archive
from bot.errors import ImageError, LimitError
from bot.formats.archive import Archive, scan_verified
from bot.formats.docker_archive import Stream
from bot.formats.documents import MOST_VALUES, parse_object
from bot.layers.inflate import compression_of, inflated
from bot.layers.layer import Allowance
from bot.layers.window import CAPACITY, Bytes, TruncatedError, Window
from bot.model.image import Image, ImageReference, Transport
from bot.model.limits import Limits
from tests.layers.hostile import END, header, padded
from tests.pictures import archive, digest, docker_archive, layer, layout, picture, write_folder

PICTURE = picture("a 10", "b 700")


def read(reference: ImageReference, limits: Limits | None = None) -> Image:
    """Read one image."""
    with Images(SourceOptions(limits=limits or Limits())).open([reference], None) as (opened,):
        return opened.image


def saved(path: Path, files: bytes) -> ImageReference:
    """Write a docker-archive."""
    path.write_bytes(files)
    return ImageReference(Transport.DOCKER_ARCHIVE, str(path))


def drained(data: bytes) -> int:
    """Inflate all of a stream; give its length."""
    source, buffer, size = inflated(Bytes(data), compression_of(data[:4])), memoryview(bytearray(CAPACITY)), 0
    while count := source.readinto(buffer):
        size += count
    return size


# --- compressed streams ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "part",
    [
        zstd.compress(b""),
        zstd.compress(b"a"),
        bytes.fromhex("502a4d1800000000"),
        gzip.compress(b""),
        gzip.compress(b"a"),
    ],
    ids=["empty frames", "frames of a byte", "skippable frames", "empty members", "members of a byte"],
)
def test_inflated__parts_that_hold_next_to_nothing(part: bytes) -> None:
    """A stream of very many parts with nothing in them is refused after some, not after all."""
    with pytest.raises(LimitError, match=r"parts for \d+ bytes"):
        drained(part * 100_000)


@pytest.mark.parametrize("compress", [gzip.compress, zstd.compress])
def test_inflated__as_many_parts_as_files(compress: Callable[[bytes], bytes]) -> None:
    """What is cut at each header and each content, as estargz and zstd:chunked are, is read to its end."""
    data = b"".join(compress(bytes(512)) + compress(b"content") + compress(bytes(505)) for _ in range(2_000))

    assert 2_000 * 1024 == drained(data)


def test_scan_verified__zeros_after_the_end() -> None:
    """What follows the end of a tar is read as far as writers fill up, and no further, whatever the limits are."""
    tar = layer("a 10")
    filled, endless = tar + bytes(1 << 20), tar + bytes(80 << 20)

    assert 10 == scan_verified(Bytes(gzip.compress(filled, 1)), digest(filled), Allowance(Limits())).unpacked_bytes
    with pytest.raises(LimitError, match="follow the end"):
        scan_verified(Bytes(gzip.compress(endless, 1)), digest(endless), Allowance(Limits()))


# --- documents ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("piece", [b"[],", b"{},", b'{"a":{}},'])
def test_parse_object__many_values(piece: bytes) -> None:
    """A document that would take twenty times its length in memory is refused before it is parsed."""
    blob = b'{"a":[' + piece * (MOST_VALUES + 1) + b"0]}"

    with pytest.raises(LimitError, match="objects and arrays"):
        parse_object(blob, "configuration")


@pytest.mark.parametrize(
    ("text", "replaced"), [(rb"a\ud800b", 1), (rb"a\uDFFFb", 1), (b"a\xed\xa0\x80b", 3)], ids=["low", "high", "bytes"]
)
def test_parse_object__lone_surrogate(text: bytes, replaced: int) -> None:
    """Half of a UTF-16 pair, which no encoding can write, is replaced as Go does: an escape, or each of its bytes."""
    found = parse_object(b'{"k":"' + text + rb'","e":"\ud83d\ude00"}', "configuration")

    assert {"k": f"a{replaced * chr(0xFFFD)}b", "e": "\N{GRINNING FACE}"} == found


def nested(depth: int) -> dict[str, bytes]:
    """Return a layout whose index holds an index that holds an index … that holds an image."""
    files = layout({"a": PICTURE})
    index = files["index.json"]
    for _ in range(depth):
        name = digest(index)
        files[f"blobs/sha256/{name[7:]}"] = index
        entry = {"mediaType": "application/vnd.oci.image.index.v1+json", "digest": name, "size": len(index)}
        index = json.dumps({"manifests": [entry]}).encode()
    return {**files, "index.json": index}


def test_open__indexes_in_indexes(tmp_path: Path) -> None:
    """However deep indexes are nested, their image is found, or the limit on manifests is met."""
    reference = ImageReference(Transport.OCI, str(tmp_path))
    write_folder(tmp_path, nested(990))
    assert 2 == len(read(reference).layers)

    write_folder(tmp_path, nested(1100))
    with pytest.raises(LimitError, match="more than 1000 manifests"):
        read(reference)


def test_open__indexes_that_are_long_together(tmp_path: Path) -> None:
    """All indexes of an image together are no longer than one document may be."""
    filler = json.dumps({"manifests": [], "annotations": {"a": "x" * 700_000}}).encode()
    fillers = [filler + b" " * number for number in range(20)]
    kind = "application/vnd.oci.image.index.v1+json"
    entries = [{"mediaType": kind, "digest": digest(one), "size": len(one)} for one in fillers]
    files = {f"blobs/sha256/{digest(one)[7:]}": one for one in fillers}
    write_folder(tmp_path, {**files, "index.json": json.dumps({"manifests": entries}).encode()})

    with pytest.raises(LimitError, match="indexes in it have more than 8000000 bytes"):
        read(ImageReference(Transport.OCI, str(tmp_path)))


# --- archives -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "members",
    [
        b"".join(header(b"%d" % number) for number in range(300)),
        b"".join(header(b"l%d" % number, 0, b"2", link=b"t") for number in range(300)),
        b"".join(header(b"n", 20_000, b"L") + padded(b"n" * 20_000) + header(b"f") for _ in range(3)),
    ],
    ids=["files", "links", "long names"],
)
def test_archive__members_without_end(members: bytes) -> None:
    """An archive of images has few members with short names: whoever keeps them stops there, on disk or streaming."""
    limits = Limits(layers=1)

    with pytest.raises(LimitError, match="members, or names"):
        Archive(Bytes(members + END), limits)
    with pytest.raises(LimitError, match="members, or names"):
        Stream(Window(Bytes(members + END)), Allowance(limits), estimate=False)


def test_open__layout_opens_each_file_once(tmp_path: Path) -> None:
    """An image of hundreds of layers fits into the file descriptors that a process has."""
    write_folder(tmp_path, layout({"a": picture(*(f"f{number} 1" for number in range(60)))}))

    with Images().open([ImageReference(Transport.OCI, str(tmp_path))], None) as (opened,):
        descriptors = [path.readlink() for path in Path("/proc/self/fd").iterdir() if path.is_symlink()]
        assert 60 == len(opened.image.layers)

    blobs = [path for path in descriptors if path.is_relative_to(tmp_path)]
    assert len(blobs) == len(set(blobs)) == 63


# --- words ----------------------------------------------------------------------------------------------------------


def test_open__several_images_and_no_name(tmp_path: Path) -> None:
    """A layout of several images for one platform asks for a name, and says which there are; platforms tell apart."""
    several = {"one": picture("a 1"), "two": picture("b 2")}
    write_folder(tmp_path / "a", layout(several))
    with pytest.raises(ImageError, match=r"(?s)holds 2 images\n.*one, two\n.*oci:PATH:NAME"):
        read(ImageReference(Transport.OCI, str(tmp_path / "a")))
    assert 2 == read(ImageReference(Transport.OCI, f"{tmp_path / 'a'}:two")).unpacked_bytes

    write_folder(tmp_path / "b", layout({"one": picture("a 1"), "two": picture("b 2", platform="linux/s390x")}))
    with Images().open([ImageReference(Transport.OCI, str(tmp_path / "b"))], None) as (opened,):
        assert 1 == opened.image.unpacked_bytes

    write_folder(tmp_path / "c", layout({"one": several["one"], "again": several["one"]}))
    assert 1 == read(ImageReference(Transport.OCI, str(tmp_path / "c"))).unpacked_bytes


@pytest.mark.parametrize(("program", "word"), [("xz", "xz"), ("bzip2", "bzip2")])
def test_open__compression_that_is_not_read(program: str, word: str, tmp_path: Path) -> None:
    """An archive or a layer in xz or bzip2 is said to be so, with the way out."""

    def compressed(data: bytes) -> bytes:
        return subprocess.run([program, "--stdout"], input=data, capture_output=True, check=True).stdout

    with pytest.raises(ImageError, match=rf"(?s)is compressed with {word}\n.*gzip and zstd.*\ndecompress"):
        read(saved(tmp_path / "a.tar", compressed(docker_archive({"a:1": PICTURE}))))

    config = {"rootfs": {"diff_ids": [digest(PICTURE.layers[0])]}}
    manifest = [{"Config": "c", "RepoTags": ["a:1"], "Layers": ["l"]}]
    files = {"manifest.json": manifest, "c": config}
    whole = {name: json.dumps(document).encode() for name, document in files.items()}
    with pytest.raises(ImageError, match=rf"(?s)layer is compressed with {word}\n.*load it into an engine"):
        read(saved(tmp_path / "b.tar", archive({**whole, "l": compressed(PICTURE.layers[0])})))


def test_open__name_that_begins_like_a_compression(tmp_path: Path) -> None:
    """A layer whose first file is called BZh or such is a tar all the same."""
    assert 10 == read(saved(tmp_path / "a.tar", docker_archive({"a:1": picture("BZh91AY 10")}))).unpacked_bytes


def test_error__foreign_text_is_cut(tmp_path: Path) -> None:
    """What an error quotes of an image is cut, so that no log is flooded."""
    name = "n" * 500_000
    manifest = json.dumps([{"Config": name, "RepoTags": [name], "Layers": [name]}]).encode()

    with pytest.raises(ImageError, match="more characters") as caught:
        read(saved(tmp_path / "a.tar", archive({"manifest.json": manifest})))

    assert len(str(caught.value)) < 2_000


# --- reading and writing that fails ---------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/proc/self/mem", "/tmp"])
def test_file_section__that_cannot_be_read(path: str) -> None:
    """A disk that fails while it is read, or a folder in a file's place, is an error that says so."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        with pytest.raises(ImageError, match="cannot be read"):
            Window(FileSection(descriptor, 0, 4096)).take(512)
    finally:
        os.close(descriptor)


def test_file_section__that_shrinks(tmp_path: Path) -> None:
    """A file that becomes shorter while it is read is cut short, also where a tar could end."""
    path = tmp_path / "a.tar"
    path.write_bytes(header(b"a") + header(b"b"))
    with ExitStack() as stack:
        section = open_archive(str(path), stack, Allowance(Limits()))
        os.truncate(path, 512)
        with pytest.raises(TruncatedError):
            Archive(section, Limits())


def test_spool__without_room() -> None:
    """A temporary file that cannot grow is an error that names TMPDIR."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with ExitStack() as stack:
        spool = Spool(stack)
        stack.callback(resource.setrlimit, resource.RLIMIT_FSIZE, (soft, hard))
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
        with pytest.raises(ImageError, match=r"(?s)no room.*TMPDIR"):
            spool.write(bytes(4096))


def test_spool__written_in_pieces(tmp_path: Path) -> None:
    """What is written is there, to the byte."""
    with ExitStack() as stack:
        spool = Spool(stack)
        spool.write(b"abc")
        spool.write(memoryview(b"defg"))
        section = spool.section()
        assert b"abcdefg" == Window(section).take(section.size)


# --- the whole program ----------------------------------------------------------------------------------------------


def in_layout(files: Mapping[str, bytes], folder: Path) -> str:
    """Write a layout; give its reference."""
    write_folder(folder / "layout", files)
    return f"oci:{folder / 'layout'}"


def in_archive(data: bytes, folder: Path) -> str:
    """Write an archive; give its reference."""
    (folder / "a.tar").write_bytes(data)
    return f"docker-archive:{folder / 'a.tar'}"


def many_frames(folder: Path) -> str:
    """Return an image whose layer is a million empty zstd frames."""
    blob = zstd.compress(b"") * 1_000_000
    return in_archive(with_layer(blob, digest(b"")), folder)


def with_layer(blob: bytes, diff_id: str) -> bytes:
    """Return a docker-archive with one layer."""
    config = {"rootfs": {"diff_ids": [diff_id]}, "history": []}
    manifest = [{"Config": "c", "RepoTags": ["a:1"], "Layers": ["l"]}]
    return archive({"manifest.json": json.dumps(manifest).encode(), "c": json.dumps(config).encode(), "l": blob})


def many_zeros(folder: Path) -> str:
    """Return an image whose layer is followed by a GiB of zeros, twice compressed."""
    compressor = zstd.ZstdCompressor()
    blob = compressor.compress(layer("a 1"))
    blob += b"".join(compressor.compress(bytes(1 << 20)) for _ in range(1 << 10)) + compressor.flush()
    return in_archive(with_layer(blob, digest(b"")), folder)


def many_values(folder: Path) -> str:
    """Return an image whose configuration is eight million bytes of empty arrays."""
    manifest = [{"Config": "c", "RepoTags": ["a:1"], "Layers": []}]
    config = b'{"a":[' + b"[]," * 2_600_000 + b"0]}"
    return in_archive(archive({"manifest.json": json.dumps(manifest).encode(), "c": config}), folder)


def many_headers(folder: Path) -> str:
    """Return an image whose layer has a chain of PAX headers, each with a key of its own, of 200 MB."""
    compressor = zstd.ZstdCompressor()
    blob = b""
    for number in range(220):
        body = b"".join(b"%d k%07d=vvvvvvv\n" % (20, number * 40_000 + index) for index in range(40_000))
        blob += compressor.compress(header(b"x", len(body), b"x") + padded(body))
    return in_archive(with_layer(blob + compressor.flush(), digest(b"")), folder)


def deep_indexes(folder: Path) -> str:
    """Return a layout with indexes in indexes, more than there may be."""
    return in_layout(nested(1100), folder)


def many_names(folder: Path) -> str:
    """Return an archive with 150 thousand members."""
    return in_archive(b"".join(header(b"%0100d" % number) for number in range(150_000)) + END, folder)


def cut_short(folder: Path) -> str:
    """Return an archive that ends in a layer."""
    return in_archive(docker_archive({"a:1": PICTURE})[:3_000], folder)


def folder_for_a_layer(folder: Path) -> str:
    """Return a layout that has a folder where a blob should be."""
    reference = in_layout(layout({"a": PICTURE}), folder)
    blob = next(path for path in (folder / "layout/blobs/sha256").iterdir() if path.read_bytes()[:2] == b"\x1f\x8b")
    blob.unlink()
    blob.mkdir()
    return reference


def file_for_a_layout(folder: Path) -> str:
    """Return a file where a layout should be."""
    (folder / "layout").write_bytes(b"")
    return f"oci:{folder / 'layout'}"


def no_room(folder: Path) -> str:
    """Return a compressed archive that needs more room than the limit on files leaves."""
    (folder / "a.tar.gz").write_bytes(gzip.compress(docker_archive({"a:1": picture("a 60000000")}), 1))
    return f"docker-archive:{folder / 'a.tar.gz'}"


def _capped() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (1_500_000_000, 1_500_000_000))
    resource.setrlimit(resource.RLIMIT_FSIZE, (40_000_000, 40_000_000))
    resource.setrlimit(resource.RLIMIT_CPU, (60, 60))


HOSTILE = [
    many_frames,
    many_zeros,
    many_values,
    many_headers,
    deep_indexes,
    many_names,
    cut_short,
    folder_for_a_layer,
    file_for_a_layout,
    no_room,
]


@pytest.mark.parametrize("make", HOSTILE)
def test_program__ends_with_an_explanation(make: Callable[[Path], str], tmp_path: Path) -> None:
    """On each of them the program ends with exit code 3 and sentences, within a bounded time and memory."""
    reference = make(tmp_path)

    ended = subprocess.run(
        [sys.executable, "-m", "bot", "inspect", reference],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        preexec_fn=_capped,
        env={**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")},
    )

    assert (3, "") == (ended.returncode, ended.stdout)
    assert "Traceback" not in ended.stderr
    assert 3 <= len(ended.stderr.splitlines()) <= 5
    assert len(ended.stderr) < 3_000
