"""Pairs of images of a given weight, the same on every machine: archives that any engine loads."""

import hashlib
import io
import json
import random
import shutil
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from zlib_ng import gzip_ng


class Size(NamedTuple):
    """How much is in each image of a pair."""

    bytes: int
    files: int


SIZES = {"S": Size(100_000_000, 5_000), "M": Size(900_000_000, 40_000), "L": Size(3_500_000_000, 160_000)}
SHARED_LAYERS = 8
_FOLDERS = (
    "usr/lib/python3/dist-packages",
    "usr/share/doc",
    "usr/lib/x86_64-linux-gnu",
    "opt/app/node_modules",
    "usr/bin",
)


class Archives(NamedTuple):
    """One image in two forms: as docker save wrote it before 25.0, and as an OCI layout of gzip layers."""

    saved: Path
    layout: Path


def make_pair(folder: Path, name: str) -> tuple[Archives, Archives]:
    """Return the archives of base and head, made where they are missing."""
    base, head = (
        Archives(folder / f"{name}-{which}.tar", folder / f"{name}-{which}-oci.tar") for which in ("base", "head")
    )
    if not all(path.exists() for path in (*base, *head)):
        folder.mkdir(parents=True, exist_ok=True)
        _Pair(folder, name, SIZES[name]).write(base, head)
    return base, head


class _Pair:
    """Layers on disk while a pair is made."""

    def __init__(self, folder: Path, name: str, size: Size) -> None:
        self._folder = folder
        self._name = name
        self._size = size
        source = random.Random(name)
        text = b" ".join(
            source.choice((b"import", b"return", b"layer", b"self", b"value", b"%d" % n)) for n in range(200_000)
        )
        self._pool = b"".join(source.randbytes(2048) + text[start : start + 6144] for start in range(0, 1 << 20, 6144))

    def write(self, base: Archives, head: Archives) -> None:
        """Write both archives."""
        shared = [self._layer(f"shared{number}", 0.9 / SHARED_LAYERS) for number in range(SHARED_LAYERS)]
        changed = [self._layer("changed", 0.1), self._layer("changed", 0.1, seconds=60, extra=0.01)]
        last = self._layer("last", 0.01, removes=50)
        blobs = {layer: _compressed(layer) for layer in (*shared, *changed, last)}
        for archives, which, layers in (
            (base, "base", [*shared, changed[0]]),
            (head, "head", [*shared, changed[1], last]),
        ):
            tag = f"deadweight-bench-{self._name.lower()}:{which}"
            _save(archives.saved, tag, layers)
            _layout(archives.layout, tag, layers, [blobs[layer] for layer in layers])
        for path in (*blobs, *blobs.values()):
            path.unlink()

    def _layer(self, word: str, share: float, *, seconds: int = 0, extra: float = 0, removes: int = 0) -> Path:
        """Write a layer with a share of the files, some more, and whiteouts of some of the first layer's."""
        path = self._folder / f"{self._name}-{word}-{seconds}.tar"
        with path.open("wb") as file, tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as out:
            for name, size, start in (*self._files(word, share), *self._files(f"{word}-extra", extra)):
                out.addfile(_info(name, size, seconds), io.BytesIO(self._content(size, start)))
            for name, _, _ in list(self._files("shared0", 0.9 / SHARED_LAYERS))[:removes]:
                out.addfile(_info("/.wh.".join(name.rsplit("/", 1)), 0, seconds))
        return path

    def _files(self, word: str, share: float) -> Iterator[tuple[str, int, int]]:
        """Yield the name, the size and the place in the pool of each file."""
        source = random.Random(word)
        mean = self._size.bytes / self._size.files
        for number in range(round(self._size.files * share)):
            size = min(int(source.lognormvariate(0, 1.6) * mean / 3.6), 40 * int(mean))
            folder = f"{source.choice(_FOLDERS)}/{word}/{number // 40}"
            yield f"{folder}/file{number}.py", size, source.randrange(len(self._pool) // 2)

    def _content(self, size: int, start: int) -> bytes:
        return (self._pool[start:] * (size // (len(self._pool) - start) + 1))[:size]


def _info(name: str, size: int, seconds: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.mtime = size, 1_700_000_000 + seconds
    return info


def _compressed(layer: Path) -> Path:
    """Compress a layer as an engine would."""
    blob = layer.with_suffix(".gz")
    with layer.open("rb") as plain, gzip_ng.open(blob, "wb", compresslevel=6) as packed:
        shutil.copyfileobj(plain, packed, 1 << 20)
    return blob


def _config(layers: Sequence[Path]) -> bytes:
    document = {
        "architecture": "amd64",
        "os": "linux",
        "config": {"Cmd": ["/none"]},
        "rootfs": {"type": "layers", "diff_ids": [_sha256(layer) for layer in layers]},
        "history": [{"created_by": f"layer {number}"} for number in range(len(layers))],
    }
    return json.dumps(document).encode()


def _save(path: Path, tag: str, layers: Sequence[Path]) -> None:
    names = [f"{number}/layer.tar" for number in range(len(layers))]
    manifest = json.dumps([{"Config": "config.json", "RepoTags": [tag], "Layers": names}]).encode()
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as out:
        for name, layer in zip(names, layers, strict=True):
            out.add(layer, name)
        for name, data in (("config.json", _config(layers)), ("manifest.json", manifest)):
            out.addfile(_info(name, len(data), 0), io.BytesIO(data))


def _layout(path: Path, tag: str, layers: Sequence[Path], blobs: Sequence[Path]) -> None:
    config = _config(layers)
    digests = [_sha256(blob) for blob in blobs]
    kind = "application/vnd.oci.image"
    described = [
        {"mediaType": f"{kind}.layer.v1.tar+gzip", "digest": digest, "size": blob.stat().st_size}
        for digest, blob in zip(digests, blobs, strict=True)
    ]
    manifest = {
        "schemaVersion": 2,
        "mediaType": f"{kind}.manifest.v1+json",
        "config": _descriptor(f"{kind}.config.v1+json", config),
        "layers": described,
    }
    names = {"io.containerd.image.name": f"docker.io/library/{tag}", "org.opencontainers.image.ref.name": tag}
    stored = json.dumps(manifest).encode()
    entry = {**_descriptor(manifest["mediaType"], stored), "annotations": names}
    index = json.dumps({"schemaVersion": 2, "manifests": [entry]}).encode()
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as out:
        for digest, blob in zip(digests, blobs, strict=True):
            out.add(blob, _place(digest))
        documents = {"oci-layout": b'{"imageLayoutVersion":"1.0.0"}', "index.json": index}
        documents |= {_place(f"sha256:{hashlib.sha256(data).hexdigest()}"): data for data in (config, stored)}
        for name, data in documents.items():
            out.addfile(_info(name, len(data), 0), io.BytesIO(data))


def _descriptor(media_type: str, data: bytes) -> dict[str, object]:
    return {"mediaType": media_type, "digest": f"sha256:{hashlib.sha256(data).hexdigest()}", "size": len(data)}


def _place(digest: str) -> str:
    return f"blobs/sha256/{digest[7:]}"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
