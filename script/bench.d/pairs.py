"""Pairs of images of a given weight, the same on every machine: archives that any engine loads."""

import hashlib
import io
import json
import random
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


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


def make_pair(folder: Path, name: str) -> tuple[Path, Path]:
    """Give the archives of base and head, made where they are missing."""
    archives = folder / f"{name}-base.tar", folder / f"{name}-head.tar"
    if not all(path.exists() for path in archives):
        folder.mkdir(parents=True, exist_ok=True)
        _Pair(folder, name, SIZES[name]).write(*archives)
    return archives


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

    def write(self, base: Path, head: Path) -> None:
        """Write both archives."""
        shared = [self._layer(f"shared{number}", 0.9 / SHARED_LAYERS) for number in range(SHARED_LAYERS)]
        changed = [self._layer("changed", 0.1), self._layer("changed", 0.1, seconds=60, extra=0.01)]
        last = self._layer("last", 0.01, removes=50)
        _archive(base, f"deadweight-bench-{self._name.lower()}:base", [*shared, changed[0]])
        _archive(head, f"deadweight-bench-{self._name.lower()}:head", [*shared, changed[1], last])
        for path in {*shared, *changed, last}:
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
        """Give the name, the size and the place in the pool of each file."""
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


def _archive(path: Path, tag: str, layers: list[Path]) -> None:
    """Write an image as ``docker save`` did before 25.0."""
    diff_ids = ["sha256:" + _sha256(layer) for layer in layers]
    config = json.dumps(
        {
            "architecture": "amd64",
            "os": "linux",
            "config": {"Cmd": ["/none"]},
            "rootfs": {"type": "layers", "diff_ids": diff_ids},
            "history": [{"created_by": f"layer {number}"} for number in range(len(layers))],
        }
    ).encode()
    names = [f"{number}/layer.tar" for number in range(len(layers))]
    manifest = json.dumps([{"Config": "config.json", "RepoTags": [tag], "Layers": names}]).encode()
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as out:
        for name, layer in zip(names, layers, strict=True):
            out.add(layer, name)
        for name, data in (("config.json", config), ("manifest.json", manifest)):
            out.addfile(_info(name, len(data), 0), io.BytesIO(data))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
