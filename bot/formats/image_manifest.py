"""What an image's documents say before any layer is read, and how documents and layers become an ``Image``."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.errors import ImageError, LimitError
from bot.formats.documents import Json, count, inner, objects, parse_object, text, texts
from bot.layers.layer import ScannedLayer
from bot.model.image import (
    DownloadSize,
    HealthCheck,
    HistoryStep,
    Image,
    ImageConfig,
    ImageReference,
    Layer,
    Platform,
)
from bot.model.limits import Limits, raised


@dataclass(frozen=True, slots=True)
class LayerBlob:
    """Where a layer lies in its source, and what the source says of its compressed form."""

    diff_id: str
    locator: str
    """A member, a file, a digest or a chain ID: the source knows which."""
    compressed_bytes: int | None = None
    """``None`` where the source holds no blob as a registry would serve it."""
    compression: str = ""


@dataclass(frozen=True, slots=True)
class ImageConfiguration:
    """An image's configuration document (OCI image-spec config.md)."""

    platform: Platform
    config: ImageConfig
    history: tuple[HistoryStep, ...]
    diff_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ImageManifest:
    """One image of a source, for one platform: everything but the content of its layers."""

    digest: str
    file: ImageConfiguration
    layers: tuple[LayerBlob, ...]
    notes: tuple[str, ...] = ()


def parse_config(blob: bytes, limits: Limits) -> ImageConfiguration:
    """Read a configuration document; raises ``ImageError`` where it describes no image."""
    document = parse_object(blob, "configuration")
    diff_ids = texts(inner(document, "rootfs"), "diff_ids") or ()
    history = objects(document, "history")
    if max(len(diff_ids), len(history)) > limits.layers:
        raise LimitError(
            "The image is refused",
            why=f"it has {len(diff_ids)} layers and {len(history)} history steps, the limit is {limits.layers}",
            fix=f"no engine runs such an image; {raised('layers')}",
        )
    steps = tuple(HistoryStep(text(s, "created_by"), text(s, "comment"), s.get("empty_layer") is True) for s in history)
    return ImageConfiguration(platform_of(document), _run_config(inner(document, "config")), steps, diff_ids)


def platform_of(document: Json) -> Platform:
    """Read a platform from a configuration or a descriptor; ``arm64/v8`` is ``arm64``, as everywhere in the field."""
    architecture, variant = text(document, "architecture"), text(document, "variant")
    if (architecture, variant) == ("arm64", "v8"):
        variant = ""
    return Platform(text(document, "os") or "linux", architecture or "unknown", variant)


def _run_config(config: Json) -> ImageConfig:
    labels = {key: value for key, value in inner(config, "Labels").items() if isinstance(value, str)}
    return ImageConfig(
        entrypoint=texts(config, "Entrypoint"),
        cmd=texts(config, "Cmd"),
        env=texts(config, "Env") or (),
        working_dir=text(config, "WorkingDir"),
        user=text(config, "User"),
        volumes=tuple(sorted(inner(config, "Volumes"))),
        labels=labels,
        shell=texts(config, "Shell") or (),
        health_check=_health_check(inner(config, "Healthcheck")),
        exposed_ports=tuple(sorted(inner(config, "ExposedPorts"))),
        stop_signal=text(config, "StopSignal"),
    )


def _health_check(config: Json) -> HealthCheck | None:
    """Read a health check, whose times are nanoseconds; none without a test."""
    test = texts(config, "Test")
    if not test:
        return None
    interval, timeout, start = (count(config, key) / 1e9 for key in ("Interval", "Timeout", "StartPeriod"))
    return HealthCheck(test, interval, timeout, start, count(config, "Retries"))


def matched(file: ImageConfiguration, count: int) -> ImageConfiguration:
    """Insist that a configuration speaks of ``count`` layers, as its manifest does."""
    if len(file.diff_ids) != count:
        raise ImageError(
            "The image contradicts itself",
            why=f"its manifest lists {count} layers, its configuration {len(file.diff_ids)}",
            fix="save, build or push the image again",
        )
    return file


def assemble(
    reference: ImageReference,
    manifest: ImageManifest,
    scanned: Mapping[str, ScannedLayer],
    scheme: str,
    estimates: Mapping[str, int],
) -> Image:
    """Join the documents of an image with its layers as scanned, both by diff ID, into an ``Image``."""
    return Image(
        reference=reference,
        platform=manifest.file.platform,
        digest=manifest.digest,
        config=manifest.file.config,
        history=manifest.file.history,
        layers=tuple(_layer(blob, scanned[blob.diff_id], estimates.get(blob.diff_id)) for blob in manifest.layers),
        content_scheme=scheme,
        notes=manifest.notes,
    )


def _layer(blob: LayerBlob, scanned: ScannedLayer, estimate: int | None) -> Layer:
    download = None if estimate is None else DownloadSize(estimate, exact=False)
    if blob.compressed_bytes is not None:
        download = DownloadSize(blob.compressed_bytes, exact=True)
    return Layer(
        blob.diff_id, scanned.unpacked_bytes, download, blob.compression, scanned.entries, complete=scanned.complete
    )
