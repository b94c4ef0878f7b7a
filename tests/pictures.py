"""Pictures of images: a few lines of text become the bytes of layers, archives and layouts, and an ``Image``.

One line is one entry of a layer::

    etc/                        a directory
    etc/passwd 1200             a file of 1200 bytes, whose content follows from its path
    etc/motd = hello            a file that holds the text after the sign
    usr/bin/python -> python3   a symlink, as written
    usr/bin/vim == usr/bin/vi   a hard link to an entry of the same layer
    dev/null dev                a device
    run/pipe fifo               a named pipe
    -etc/shadow                 a whiteout: what lies below is deleted
    -var/cache/*                an opaque directory: all that lies in it below is deleted

Before ``=``, ``->`` and ``==`` and at the end of other lines there may be ``mode=0600``, ``owner=1000:1000`` and
``fill=WORD`` (files of one word and size have equal contents).
"""

import gzip
import hashlib
import io
import itertools
import json
import random
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from backports import zstd

from bot.formats.image_manifest import ImageManifest, LayerBlob, assemble, parse_config
from bot.layers.layer import Allowance
from bot.layers.scan import scan_layer
from bot.layers.window import Bytes, Window
from bot.model.image import Image, ImageReference, Transport
from bot.model.limits import Limits

_TYPES = {"dev": tarfile.CHRTYPE, "fifo": tarfile.FIFOTYPE}
_COMPRESSORS = {
    "gzip": lambda data: gzip.compress(data, mtime=0),
    "zstd": zstd.compress,
    "none": lambda data: data,
}
_MEDIA_TYPE = "application/vnd.oci.image"


class Drawn(NamedTuple):
    """One tar member and its payload."""

    info: tarfile.TarInfo
    payload: bytes = b""


def layer(picture: str) -> bytes:
    """Draw a layer: its uncompressed tar."""
    return tar(_member(line) for line in (line.strip() for line in picture.splitlines()) if line)


def tar(members: Iterable[Drawn]) -> bytes:
    """Write members as a PAX tar."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT, errors="surrogateescape") as out:
        for info, payload in members:
            out.addfile(info, io.BytesIO(payload))
    return stream.getvalue()


def content(word: str, size: int) -> bytes:
    """Return ``size`` bytes that follow from a word and compress to about half."""
    source = random.Random(word)
    return bytes(
        itertools.islice(itertools.chain.from_iterable(iter(lambda: source.randbytes(8) + b" layered", 0)), size)
    )


def _member(line: str) -> Drawn:
    for sign, kind in ((" = ", tarfile.REGTYPE), (" -> ", tarfile.SYMTYPE), (" == ", tarfile.LNKTYPE)):
        if sign in line:
            words, _, rest = line.partition(sign)
            info, _ = _described(words.split())
            info.type = kind
            return _with_text(info, rest) if kind == tarfile.REGTYPE else _with_link(info, rest)
    info, fill = _described(line.split())
    return Drawn(info, content(fill or info.name, info.size))


def _with_text(info: tarfile.TarInfo, text: str) -> Drawn:
    payload = text.encode()
    info.size = len(payload)
    return Drawn(info, payload)


def _with_link(info: tarfile.TarInfo, target: str) -> Drawn:
    info.linkname = target
    return Drawn(info)


def _described(words: Sequence[str]) -> tuple[tarfile.TarInfo, str]:
    """Read a name and the words behind it."""
    name, *rest = words
    info, fill = tarfile.TarInfo(_marker(name[1:]) if name.startswith("-") else name.rstrip("/")), ""
    if name.endswith("/"):
        info.type, info.mode = tarfile.DIRTYPE, 0o755
    for word in rest:
        key, _, value = word.partition("=")
        if key == "mode":
            info.mode = int(value, 8)
        elif key == "owner":
            info.uid, info.gid = (int(part) for part in value.split(":"))
        elif key == "fill":
            fill = value
        elif key in _TYPES:
            info.type = _TYPES[key]
        else:
            info.size = int(key)
    return info, fill


def _marker(path: str) -> str:
    """Return the whiteout marker that deletes a path, or with ``/*`` all that is in it."""
    folder, slash, name = path.rpartition("/")
    return f"{folder}{slash}{'.wh..wh..opq' if name == '*' else f'.wh.{name}'}"


class Picture(NamedTuple):
    """An image as drawn: the tars of its layers, and what its configuration says."""

    layers: tuple[bytes, ...]
    config: bytes

    @property
    def diff_ids(self) -> tuple[str, ...]:
        """The layers' diff IDs."""
        return tuple(digest(data) for data in self.layers)


def picture(
    *layers: str | bytes,
    created_by: Sequence[str] = (),
    config: Mapping[str, object] | None = None,
    platform: str = "linux/amd64",
) -> Picture:
    """Draw an image from the pictures, or the tars, of its layers.

    ``created_by`` are its history steps, one for each layer unless written as ``#…``, which makes an empty one.
    """
    tars = tuple(data if isinstance(data, bytes) else layer(data) for data in layers)
    steps = created_by or [f"step {number}" for number in range(1, len(tars) + 1)]
    system, architecture, *variant = platform.split("/")
    document = {
        "os": system,
        "architecture": architecture,
        **({"variant": variant[0]} if variant else {}),
        "config": dict(config or {}),
        "rootfs": {"type": "layers", "diff_ids": [digest(data) for data in tars]},
        "history": [
            {"created_by": step.removeprefix("#"), **({"empty_layer": True} if step.startswith("#") else {})}
            for step in steps
        ],
    }
    return Picture(tars, json.dumps(document).encode())


def image(*layers: str | bytes, **options: object) -> Image:
    """Draw an image and read it as if from an archive."""
    return image_of(picture(*layers, **options))


def image_of(drawn: Picture, name: str = "picture.tar") -> Image:
    """Read a drawn image."""
    limits = Limits()
    allowance = Allowance(limits)
    scanned = {digest(data): scan_layer(Window(Bytes(data)), allowance) for data in drawn.layers}
    blobs = tuple(LayerBlob(diff_id, diff_id) for diff_id in drawn.diff_ids)
    blueprint = ImageManifest(digest(drawn.config), parse_config(drawn.config, limits), blobs)
    return assemble(ImageReference(Transport.DOCKER_ARCHIVE, name), blueprint, scanned, "xxh3", {})


def digest(data: bytes) -> str:
    """Return the SHA-256 digest of bytes."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def archive(files: Mapping[str, bytes], links: Mapping[str, str] | None = None) -> bytes:
    """Write files, and symlinks among them, as a tar."""
    members = [_file(name, payload) for name, payload in files.items()]
    for name, target in (links or {}).items():
        info = tarfile.TarInfo(name)
        info.type, info.linkname = tarfile.SYMTYPE, target
        members.append(Drawn(info))
    return tar(members)


def _file(name: str, payload: bytes) -> Drawn:
    info = tarfile.TarInfo(name)
    info.size = len(payload)
    return Drawn(info, payload)


def docker_archive(images: Mapping[str, Picture]) -> bytes:
    """Write images by tag as ``docker save`` did before 25.0: layer for layer, a shared one as a symlink."""
    files: dict[str, bytes] = {}
    links: dict[str, str] = {}
    manifest = []
    for tag, drawn in images.items():
        names = []
        for number, data in enumerate(drawn.layers):
            first, own = f"{digest(data)[7:]}/layer.tar", f"{digest(drawn.config)[7:20]}{number}/layer.tar"
            if files.setdefault(first, data) is not data or first in names:
                links[own] = f"../{first}"
            names.append(own if own in links else first)
        files[f"{digest(drawn.config)[7:]}.json"] = drawn.config
        manifest.append({"Config": f"{digest(drawn.config)[7:]}.json", "RepoTags": [tag], "Layers": names})
    return archive({**files, "manifest.json": json.dumps(manifest).encode()}, links)


def layout(
    images: Mapping[str, Picture], compression: str = "gzip", *, attested: bool = False, tagged: bool = True
) -> dict[str, bytes]:
    """Return the files of an OCI layout that holds images by name."""
    files = {"oci-layout": b'{"imageLayoutVersion":"1.0.0"}'}
    entries = []
    for name, drawn in images.items():
        system, architecture = (json.loads(drawn.config)[key] for key in ("os", "architecture"))
        manifest = _manifest(files, drawn, compression)
        entry = {
            **_stored(files, manifest, "manifest.v1+json"),
            "platform": {"os": system, "architecture": architecture},
        }
        entries.append({**entry, "annotations": {"org.opencontainers.image.ref.name": name}} if tagged else entry)
    if attested:
        annotations = {"vnd.docker.reference.type": "attestation-manifest"}
        unknown = {"os": "unknown", "architecture": "unknown"}
        entries.append({**_stored(files, b"{}", "manifest.v1+json"), "platform": unknown, "annotations": annotations})
    files["index.json"] = json.dumps({"schemaVersion": 2, "manifests": entries}).encode()
    return files


def _manifest(files: dict[str, bytes], drawn: Picture, compression: str) -> bytes:
    suffix = "" if compression == "none" else f"+{compression}"
    blobs = [_COMPRESSORS[compression](data) for data in drawn.layers]
    return json.dumps(
        {
            "schemaVersion": 2,
            "config": _stored(files, drawn.config, "config.v1+json"),
            "layers": [_stored(files, blob, f"layer.v1.tar{suffix}") for blob in blobs],
        }
    ).encode()


def _stored(files: dict[str, bytes], blob: bytes, kind: str) -> dict[str, object]:
    """Add a blob to a layout; give its descriptor."""
    files[f"blobs/sha256/{digest(blob)[7:]}"] = blob
    return {"mediaType": f"{_MEDIA_TYPE}.{kind}", "digest": digest(blob), "size": len(blob)}


def write_folder(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write files into a folder."""
    for name, payload in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(payload)
    return folder
