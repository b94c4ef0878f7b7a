"""OCI layouts, indexes and manifests (image-spec), and Docker's schema 2 equivalents, to one image for one platform."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from bot.errors import ImageError, LimitError
from bot.formats.documents import Blobs, Json, count, inner, objects, parse_object, text
from bot.formats.image_manifest import ImageConfiguration, ImageManifest, LayerBlob, matched, parse_config, platform_of
from bot.layers.digests import sha256
from bot.model.image import Platform
from bot.model.limits import Limits, raised

_INDEXES: Final = ("image.index.v1+json", "manifest.list.v2+json")
_NAMES: Final = ("org.opencontainers.image.ref.name", "io.containerd.image.name")
_KIND: Final = "vnd.docker.reference.type"
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)

MANIFESTS: Final = "manifests"
BLOBS: Final = "blobs"

Fetch = Callable[[str, str], bytes]
"""Returns the document with a digest, of the kind ``MANIFESTS`` or ``BLOBS`` (registries keep them apart).

Raises ``ImageError`` where it is missing or is not what its digest says.
"""


class WantedImage(NamedTuple):
    """Which image of an index: for ``platform`` if given, else the only one, else the one for ``otherwise``."""

    platform: Platform | None
    otherwise: Platform


class _Candidate(NamedTuple):
    digest: str
    platform: Platform | None
    attestation: bool


def read_layout(blobs: Blobs, name: str, wanted: WantedImage, limits: Limits) -> ImageManifest:
    """Find an image in an OCI layout by the name or digest that its index gives it, or the only one where empty."""
    document = blobs.document("index.json")
    if document is None:
        raise ImageError(
            "This is no OCI layout",
            why=f"it has no index.json; it holds {', '.join(blobs.names()[:5]) or 'nothing'}",
            fix="docker save writes docker-archive:PATH",
        )
    index = parse_object(document, "index.json")
    entries = [entry for entry in objects(index, "manifests") if not name or name in _names(entry)]
    if not name:
        _insist_on_one(entries, wanted)
    if not entries:
        known = sorted({found for entry in objects(index, "manifests") for found in _names(entry)})
        raise ImageError(f"The layout has no image {name!r}", why=f"it names {', '.join(known) or 'none'}")
    manifest = read_index({"manifests": entries}, _fetch_from(blobs), wanted, limits)
    return replace(manifest, layers=tuple(_placed(blobs, layer) for layer in manifest.layers))


def _insist_on_one(entries: Sequence[Json], wanted: WantedImage) -> None:
    """Insist on a name where several images have one of their own, and the platform does not tell them apart."""
    named: dict[str, set[str]] = {}
    for entry in entries:
        platform = inner(entry, "platform")
        suits = not platform or fits(platform_of(platform), wanted.platform or wanted.otherwise)
        if suits and not _is_attestation(entry):
            named.setdefault(text(entry, "digest"), set()).update(_names(entry) - {text(entry, "digest")})
    names = sorted(set().union(*named.values()))
    if len(named) > 1 and len(names) > 1:
        raise ImageError(
            f"The layout holds {len(named)} images",
            why=f"it names {', '.join(names)}",
            fix="say which: oci:PATH:NAME or oci-archive:PATH:NAME",
        )


def _placed(blobs: Blobs, layer: LayerBlob) -> LayerBlob:
    """Find a layer's blob; what it is tells its compression, what it weighs must be what the manifest says."""
    path = blob_path(layer.locator)
    info = blobs.info(path)
    if info is None or info.size != layer.compressed_bytes:
        found = f"has {info.size} bytes instead of {layer.compressed_bytes}" if info else "is not in it"
        raise ImageError("The layout is incomplete", why=f"{layer.locator} {found}", fix="save the image again")
    return LayerBlob(layer.diff_id, path, info.size, info.compression)


def _names(entry: Json) -> set[str]:
    annotations = inner(entry, "annotations")
    return {text(entry, "digest"), *(text(annotations, key) for key in _NAMES)} - {""}


def _fetch_from(blobs: Blobs) -> Fetch:
    def fetch(digest: str, _kind: str) -> bytes:
        document = blobs.document(blob_path(digest))
        if document is None:
            raise ImageError("The layout is incomplete", why=f"{digest} is not in it", fix="save the image again")
        return verified(document, digest)

    return fetch


def blob_path(digest: str) -> str:
    """Return the place of a blob in a layout; raises ``ImageError`` for anything but a SHA-256 digest."""
    return f"blobs/sha256/{checked(digest)[7:]}"


def checked(digest: str) -> str:
    """Insist on a SHA-256 digest: it becomes part of paths and addresses."""
    if not _DIGEST.fullmatch(digest):
        raise _broken(f"{digest[:80]!r} is no SHA-256 digest")
    return digest


def verified(document: bytes, digest: str) -> bytes:
    """Insist that a document is what its digest says."""
    if sha256(document) != digest:
        raise _broken(f"the bytes of {digest} are others")
    return document


def _broken(why: str) -> ImageError:
    return ImageError("The image is broken", why=why, fix="save, build or push it again")


def read_image(document: bytes, digest: str, fetch: Fetch, wanted: WantedImage, limits: Limits) -> ImageManifest:
    """Read what a name stands for: a manifest, or an index to choose from."""
    content = parse_object(document, "manifest")
    if "manifests" in content:
        return read_index(content, fetch, wanted, limits)
    return _read_manifest(content, digest, fetch, limits)


def read_index(index: Json, fetch: Fetch, wanted: WantedImage, limits: Limits) -> ImageManifest:
    """Choose the image for the platform; attestations are passed over, and a note says so."""
    candidates = list(_candidates(index, fetch, limits))
    chosen = _choose([candidate for candidate in candidates if not candidate.attestation], wanted)
    manifest = _read_manifest(parse_object(fetch(chosen.digest, MANIFESTS), "manifest"), chosen.digest, fetch, limits)
    skipped = sum(candidate.attestation for candidate in candidates)
    notes = (f"{skipped} attestation manifest{'s' if skipped > 1 else ''} skipped",) if skipped else ()
    return ImageManifest(manifest.digest, manifest.file, manifest.layers, notes)


def _candidates(index: Json, fetch: Fetch, limits: Limits) -> Iterator[_Candidate]:
    """List what an index and the indexes in it point to, each digest once, in their order."""
    seen: set[str] = set()
    index_bytes = 0
    left = list(reversed(objects(index, "manifests")))
    while left:
        entry = left.pop()
        digest = checked(text(entry, "digest"))
        if digest in seen:
            continue
        seen.add(digest)
        if len(seen) > limits.layers:
            raise _too_long(f"it lists more than {limits.layers} manifests", "layers")
        if not text(entry, "mediaType").endswith(_INDEXES):
            platform = platform_of(inner(entry, "platform")) if inner(entry, "platform") else None
            yield _Candidate(digest, platform, _is_attestation(entry))
            continue
        document = fetch(digest, MANIFESTS)
        index_bytes += len(document)
        if index_bytes > limits.document_bytes:
            raise _too_long(f"the indexes in it have more than {limits.document_bytes} bytes", "document_bytes")
        left += reversed(objects(parse_object(document, "index"), "manifests"))


def _too_long(why: str, limit: str) -> LimitError:
    return LimitError("The image index is refused", why=why, fix=raised(limit))


def _is_attestation(entry: Json) -> bool:
    kind = text(inner(entry, "annotations"), _KIND)
    return kind == "attestation-manifest" or text(inner(entry, "platform"), "os") == "unknown"


def _choose(images: Sequence[_Candidate], wanted: WantedImage) -> _Candidate:
    distinct = list({image.digest: image for image in images}.values())
    if len(distinct) == 1 and (wanted.platform is None or distinct[0].platform is None):
        return distinct[0]
    platform = wanted.platform or wanted.otherwise
    for image in distinct:
        if image.platform and fits(image.platform, platform):
            return image
    known = ", ".join(sorted(str(image.platform or "no platform") for image in distinct))
    raise ImageError(f"There is no image for {platform}", why=f"there is {known or 'none'}", fix="name a platform")


def fits(platform: Platform, wanted: Platform) -> bool:
    """Tell whether an image's platform is the wanted one; a variant counts only where one is wanted."""
    return platform[:2] == wanted[:2] and wanted.variant in {"", platform.variant}


def suited(file: ImageConfiguration, wanted: WantedImage) -> ImageConfiguration:
    """Insist that the only image there is suits the platform asked for."""
    if wanted.platform and not fits(file.platform, wanted.platform):
        raise ImageError(
            f"There is no image for {wanted.platform}", why=f"there is one for {file.platform}", fix="name its platform"
        )
    return file


def _read_manifest(manifest: Json, digest: str, fetch: Fetch, limits: Limits) -> ImageManifest:
    descriptors = objects(manifest, "layers")
    if "config" not in manifest or len(descriptors) > limits.layers:
        raise ImageError(
            "The manifest describes no image",
            why="it is of Docker's first schema, of an artifact, or lists too many layers",
            fix="build and push the image with a current builder",
        )
    config = fetch(checked(text(inner(manifest, "config"), "digest")), BLOBS)
    file = matched(parse_config(config, limits), len(descriptors))
    layers = tuple(_layer(diff_id, blob) for diff_id, blob in zip(file.diff_ids, descriptors, strict=True))
    return ImageManifest(digest, file, layers)


def _layer(diff_id: str, descriptor: Json) -> LayerBlob:
    digest, media_type = checked(text(descriptor, "digest")), text(descriptor, "mediaType")
    return LayerBlob(diff_id, digest, count(descriptor, "size"), _compression(media_type))


def _compression(media_type: str) -> str:
    for suffix in ("gzip", "zstd"):
        if media_type.endswith(suffix):
            return suffix
    return "none"
