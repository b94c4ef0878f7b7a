"""The ``docker save`` format, as an archive that lies still and as a stream.

``manifest.json`` names each image's configuration, tags and layers.
"""

from collections.abc import Sequence
from typing import Final

from bot.errors import ImageError, LimitError
from bot.formats.archive import MemberCount, followed, link_target, name_of
from bot.formats.documents import BlobInfo, Blobs, Json, parse_list, text, texts
from bot.formats.image_manifest import ImageConfiguration, ImageManifest, LayerBlob, matched, parse_config
from bot.formats.oci import WantedImage, suited
from bot.layers.digests import sha256
from bot.layers.download import Sampled, Sampler
from bot.layers.headers import BLOCK, looks_like_tar
from bot.layers.inflate import compression_of, inflated
from bot.layers.layer import Allowance, ScannedLayer
from bot.layers.scan import scan_layer
from bot.layers.tar import FILE, HARD_LINK, SYMLINK, Member, members
from bot.layers.window import Part, Window
from bot.model.limits import Limits, raised


def read_docker_archive(blobs: Blobs, name: str, wanted: WantedImage, limits: Limits) -> ImageManifest:
    """Find an image by name: a tag, a configuration digest, ``@index``, or empty for the only one.

    Raises ``ImageError`` where the archive holds no image, several and none is named, or one for another platform.
    """
    document = blobs.document("manifest.json")
    if document is None:
        raise _no_image(blobs)
    images = parse_list(document, "manifest.json")
    image = _chosen(images, name)
    config = blobs.document(text(image, "Config"))
    if config is None:
        raise _missing("configuration", text(image, "Config"))
    layers = texts(image, "Layers") or ()
    file = suited(matched(parse_config(config, limits), len(layers)), wanted)
    return ImageManifest(sha256(config), file, _layers(blobs, file, layers))


def _layers(blobs: Blobs, file: ImageConfiguration, names: Sequence[str]) -> tuple[LayerBlob, ...]:
    return tuple(_layer(blobs, diff_id, name) for diff_id, name in zip(file.diff_ids, names, strict=True))


def _layer(blobs: Blobs, diff_id: str, name: str) -> LayerBlob:
    """A compressed layer is what its builder pushes; a plain one is compressed by the engine on its way."""
    info = blobs.info(name)
    if info is None:
        raise _missing("layer", name)
    if info.compression == "none":
        return LayerBlob(diff_id, name)
    return LayerBlob(diff_id, name, info.size, info.compression)


def _chosen(images: Sequence[Json], wanted: str) -> Json:
    if not wanted and len(images) == 1:
        return images[0]
    found = [image for index, image in enumerate(images) if _is_named(image, index, wanted)]
    if len(found) == 1:
        return found[0]
    names = [tag for image in images for tag in texts(image, "RepoTags") or ()]
    raise ImageError(
        f"The archive has no single image {wanted!r}" if wanted else f"The archive holds {len(images)} images",
        why=f"it names {', '.join(names) or 'none'}; by place they are @0 to @{max(0, len(images) - 1)}",
        fix="say which: docker-archive:PATH:NAME:TAG or docker-archive:PATH:@INDEX",
    )


def _is_named(image: Json, index: int, wanted: str) -> bool:
    tags = texts(image, "RepoTags") or ()
    names = {f"@{index}", *tags, *(tag.removesuffix(":latest") for tag in tags)}
    return wanted in names or (wanted.startswith("sha256:") and wanted[7:] in text(image, "Config"))


def _missing(what: str, name: str) -> ImageError:
    return ImageError(
        f"The archive lacks the image's {what}",
        why=f"its manifest.json names {name!r}, which is not in it",
        fix="save the image again",
    )


def _no_image(blobs: Blobs) -> ImageError:
    if blobs.document("index.json") is not None:
        return ImageError(
            "The archive is no docker-archive",
            why="it is an OCI layout without manifest.json",
            fix="use oci-archive:PATH",
        )
    some = ", ".join(blobs.names()[:5])
    return ImageError(
        "The archive is not an image",
        why=f"it has neither manifest.json nor index.json; it holds {some or 'nothing'}",
        fix="give the output of docker save, or an OCI layout as oci-archive:PATH",
    )


_DOCUMENT_STARTS: Final = b"{["
_MOST_DOCUMENTS_BYTES: Final = 64_000_000


class Stream:
    """``Blobs`` of an archive that is read once, from its beginning to its end.

    Raises ``ImageError`` where the archive or a layer in it is broken, ``LimitError`` where it holds too much.
    """

    def __init__(self, window: Window, allowance: Allowance, *, estimate: bool) -> None:
        self._allowance = allowance
        self._estimate = estimate
        self._documents: dict[str, bytes] = {}
        self._documents_bytes = 0
        self._links: dict[str, str] = {}
        self._layers: dict[str, ScannedLayer] = {}
        self._infos: dict[str, BlobInfo] = {}
        self._estimates: dict[str, int] = {}
        count = MemberCount(allowance.limits)
        for member in members(window, allowance.limits):
            count.add(member)
            if member.type in {SYMLINK, HARD_LINK}:
                self._links[name_of(member)] = link_target(member)
            elif member.type == FILE and member.size:
                self._take(name_of(member), member, window)

    def _take(self, name: str, member: Member, window: Window) -> None:
        window.fill(min(BLOCK, member.size))
        start = bytes(window.buffer[window.position : window.position + min(BLOCK, member.size)])
        # A layer may begin with a file whose name begins like a document.
        if compression_of(start[:4]) != "none" or looks_like_tar(start):
            self._scan(name, member, window, compression_of(start[:4]))
        elif start[0] in _DOCUMENT_STARTS and member.size <= self._allowance.limits.document_bytes:
            self._keep(name, window.take(member.size))

    def _keep(self, name: str, document: bytes) -> None:
        self._documents_bytes += len(document)
        if self._documents_bytes > _MOST_DOCUMENTS_BYTES:
            raise LimitError("The archive is refused", why="it holds more than 64 MB of documents")
        self._documents[name] = document

    def _scan(self, name: str, member: Member, window: Window, compression: str) -> None:
        if len(self._layers) >= self._allowance.limits.layers:
            most = self._allowance.limits.layers
            raise LimitError("The archive is refused", why=f"it holds more than {most} layers", fix=raised("layers"))
        plain = inflated(Part(window, member.size), compression)
        sampler = Sampler() if self._estimate and compression == "none" else None
        self._layers[name] = scan_layer(Window(Sampled(plain, sampler) if sampler else plain), self._allowance)
        self._infos[name] = BlobInfo(member.size, compression)
        if sampler:
            self._estimates[name] = sampler.estimate()

    def document(self, name: str) -> bytes | None:
        """Return a document, see ``Blobs``."""
        return self._documents.get(followed(name, self._links))

    def info(self, name: str) -> BlobInfo | None:
        """Tell what a layer is like, see ``Blobs``."""
        return self._infos.get(followed(name, self._links))

    def names(self) -> tuple[str, ...]:
        """Return some of the names, see ``Blobs``."""
        return (*self._documents, *self._layers)

    def layer(self, name: str) -> ScannedLayer:
        """Return a layer that ``info`` knows."""
        return self._layers[followed(name, self._links)]

    def estimate(self, name: str) -> int | None:
        """Return the estimated gzip size of a layer that is stored plain."""
        return self._estimates.get(followed(name, self._links))
