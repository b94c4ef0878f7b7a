"""MeasuredPair → Difference: what may be subtracted, subtracted; what may not, said."""

from collections.abc import Iterator, Sequence
from typing import Final

from bot.compare.align import InstructionWords, Keys, Wordings, align
from bot.model.build import Absent, Origin, OriginKind
from bot.model.explain import Difference, LayerDelta, MeasuredPair, Measurement, Side
from bot.model.image import DownloadSize, Image, Layer

_UNCHANGED: Final = DownloadSize(0, exact=True)


def diff(pair: MeasuredPair) -> Difference:
    """Compare the two sides of an image.

    A pair whose inputs did not change differs by nothing. Where a side does not exist or has no measurement, or the
    two are for different platforms, there is no difference: ``None``, never zero.
    """
    if pair.unchanged:
        return Difference(pair, 0, 0, download_exact=True, layers=0, pull_bytes=0)
    if not isinstance(pair.base, Measurement) or not isinstance(pair.head, Measurement):
        return Difference(pair, None, None, download_exact=False, layers=None, aligned=_alone(pair.base, pair.head))
    if pair.base.image.platform != pair.head.image.platform:
        return Difference(
            pair, None, None, download_exact=False, layers=None, notes=(_platforms(pair.base, pair.head),)
        )
    return _compare(pair, pair.base, pair.head)


def _alone(base: Side, head: Side) -> tuple[LayerDelta, ...]:
    """List the layers of an image that is new or gone; a side that could not be measured leaves nothing to list."""
    if isinstance(base, Absent) and isinstance(head, Measurement):
        return tuple(LayerDelta(None, at, layer.unpacked_bytes) for at, layer in enumerate(head.image.layers))
    if isinstance(head, Absent) and isinstance(base, Measurement):
        return tuple(LayerDelta(at, None, -layer.unpacked_bytes) for at, layer in enumerate(base.image.layers))
    return ()


def _compare(pair: MeasuredPair, base: Measurement, head: Measurement) -> Difference:
    download = _download_change(base.image, head.image)
    return Difference(
        pair=pair,
        unpacked_bytes=head.image.unpacked_bytes - base.image.unpacked_bytes,
        download_bytes=download.bytes if download else None,
        download_exact=download.exact if download else False,
        layers=len(head.image.layers) - len(base.image.layers),
        aligned=_align(base, head),
        pull_bytes=_pull_bytes(base.image, head.image),
        notes=tuple(_notes(base, head)),
    )


def _align(base: Measurement, head: Measurement) -> tuple[LayerDelta, ...]:
    """Pair layers by diff ID, then by equal instruction, then by one that was edited."""
    identity = Keys(base.image.diff_ids, head.image.diff_ids)
    texts = Keys([_text(one) for one in base.origins], [_text(one) for one in head.origins])
    wordings = Wordings([_wording(one) for one in base.origins], [_wording(one) for one in head.origins])
    return tuple(
        LayerDelta(one, other, _bytes_at(head.image.layers, other) - _bytes_at(base.image.layers, one))
        for one, other in align(identity, texts, wordings)
    )


def _bytes_at(layers: Sequence[Layer], at: int | None) -> int:
    return 0 if at is None else layers[at].unpacked_bytes


def _text(origin: Origin) -> str | None:
    return f"{_is_base_image(origin)} {' '.join(origin.text.split())}" if origin.text else None


def _wording(origin: Origin) -> InstructionWords:
    """Return what an edit of an instruction may leave; layers of two different base images have no steps in common."""
    keyword, *words = origin.text.split() or ("",)
    telling = frozenset(word for word in words if any(map(str.isalnum, word)))
    return InstructionWords(keyword.upper(), frozenset() if _is_base_image(origin) else telling)


def _is_base_image(origin: Origin) -> bool:
    return origin.kind is OriginKind.BASE_IMAGE


def _download_change(base: Image, head: Image) -> DownloadSize | None:
    if base.diff_ids == head.diff_ids:
        return _UNCHANGED
    if base.download is None or head.download is None or _compressions(base) != _compressions(head):
        return None
    return DownloadSize(head.download.bytes - base.download.bytes, base.download.exact and head.download.exact)


def _pull_bytes(base: Image, head: Image) -> int | None:
    """Sum the download bytes of the head's layers that the base has not; a layer that comes twice is pulled once."""
    new = {layer.diff_id: layer.download for layer in head.layers if layer.diff_id not in set(base.diff_ids)}
    sizes = [size.bytes for size in new.values() if size is not None]
    return sum(sizes) if len(sizes) == len(new) else None


def _compressions(image: Image) -> tuple[str, ...]:
    """Name how the layers are compressed; an estimate is always one of gzip."""
    return tuple(sorted({_compression(layer) for layer in image.layers}))


def _compression(layer: Layer) -> str:
    return layer.compression or "gzip" if layer.download and layer.download.exact else "gzip"


def _notes(base: Measurement, head: Measurement) -> Iterator[str]:
    if base.builder and head.builder and base.builder != head.builder:
        yield (
            f"The two sides were built by different builders ({base.builder}; {head.builder}): "
            "bytes may differ for that reason alone."
        )
    if base.image.diff_ids != head.image.diff_ids and _compressions(base.image) != _compressions(head.image):
        yield (
            f"The layers are compressed differently ({', '.join(_compressions(base.image))}; "
            f"{', '.join(_compressions(head.image))}): their download sizes are not compared."
        )
    if base.image.content_scheme != head.image.content_scheme:
        yield "The sides were read from different kinds of sources: changed paths are counted by size and kind only."


def _platforms(base: Measurement, head: Measurement) -> str:
    return (
        f"The base is for {base.image.platform} and the head for {head.image.platform}: "
        "images for different platforms are not compared."
    )
