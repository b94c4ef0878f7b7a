"""The ``docker save`` format: ``manifest.json`` names each image's configuration, tags and layers.

Specification: moby ``image/spec/v1.2.md``, section "Combined Image JSON + Filesystem Changeset Format". Engines from
25.0 on write an OCI layout with the same ``manifest.json`` beside it; kaniko and ``ko`` write compressed layers.
"""

from collections.abc import Sequence

from bot.errors import ImageError
from bot.formats.blobs import Blobs
from bot.formats.documents import Json, parse_list, text, texts
from bot.formats.image_manifest import ImageConfiguration, ImageManifest, LayerBlob, matched, parse_config
from bot.formats.oci import WantedImage, suited
from bot.layers.digest import sha256
from bot.model.limits import Limits


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
