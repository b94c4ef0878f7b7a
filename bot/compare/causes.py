"""Two images and their aligned layers → who made the change: the base image, an instruction, or rebuild drift.

docs/explaining.md states the definitions that this module implements.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from bot.contents.layer_history import instruction
from bot.model.build import Origin, OriginKind
from bot.model.explain import CauseKind, LayerDelta, Measurement

_NO_ORIGIN: Final = Origin(OriginKind.UNKNOWN, "")
_SETTINGS: Final = ("ENV ", "ARG ", "SHELL ", "USER ", "WORKDIR ")
_SAFE_MOUNTS: Final = frozenset({"type=cache", "type=secret", "type=ssh", "type=tmpfs"})
# Quotes and whatever else could spell a field in another way are none of these; variables are expanded in a field.
_PLAIN_MOUNT: Final = re.compile(r"--mount=[\w=,./:@~+${}-]*[\w/}]", re.ASCII | re.IGNORECASE)
_DIGEST_SHOWN: Final = len("sha256:") + 12
_CONTINUED: Final = ("\\", "`")


class Share(NamedTuple):
    """The layers of base and head that one cause accounts for, and the instruction to name (``side`` has its lines)."""

    kind: CauseKind
    origin: Origin
    side: str
    base_layers: tuple[int, ...]
    head_layers: tuple[int, ...]
    was: str = ""
    """The base image that moved, at the base, and ``now`` at the head."""
    now: str = ""


class Sides(NamedTuple):
    """Both images; ``None`` for one that does not exist."""

    base: Measurement | None
    head: Measurement | None


def shares(sides: Sides, aligned: Sequence[LayerDelta]) -> tuple[Share, ...]:
    """Divide all layers that are not the same on both sides among causes; each layer belongs to exactly one."""
    moved = [delta for delta in aligned if not _same_layer(sides, delta)]
    of_base_image = [delta for delta in moved if _is_base_image(sides, delta)]
    of_steps = [delta for delta in moved if not _is_base_image(sides, delta)]
    drifted = _drifted(sides, aligned)
    steps = (_step_share(sides, one, drifted=one in drifted) for one in of_steps)
    return (*_base_image_shares(sides, of_base_image), *steps)


def _same_layer(sides: Sides, delta: LayerDelta) -> bool:
    if not sides.base or not sides.head or delta.base_layer is None or delta.head_layer is None:
        return False
    return sides.base.image.layers[delta.base_layer].diff_id == sides.head.image.layers[delta.head_layer].diff_id


def _is_base_image(sides: Sides, delta: LayerDelta) -> bool:
    return OriginKind.BASE_IMAGE in {origin.kind for origin in _origins(sides, delta) if origin}


def _origins(sides: Sides, delta: LayerDelta) -> tuple[Origin | None, Origin | None]:
    return _origin(sides.base, delta.base_layer), _origin(sides.head, delta.head_layer)


def _origin(side: Measurement | None, layer: int | None) -> Origin | None:
    return None if side is None or layer is None else side.origins[layer]


def _base_image_shares(sides: Sides, deltas: Sequence[LayerDelta]) -> Iterator[Share]:
    """One FROM that now names other bytes moved by itself; an edited FROM is an instruction that somebody changed.

    Two tags of one repository are one step; two repositories are a step that went and one that came.
    """
    base = tuple(one.base_layer for one in deltas if one.base_layer is not None)
    head = tuple(one.head_layer for one in deltas if one.head_layer is not None)
    was, now = _from(sides.base), _from(sides.head)
    if deltas and was and now and _repository(was.reference) == _repository(now.reference):
        kind = CauseKind.BASE_IMAGE if was.reference == now.reference else CauseKind.INSTRUCTION
        yield Share(kind, now.origin, "head", base, head, *_told_apart(was, now))
        return
    if now and head:
        yield Share(CauseKind.INSTRUCTION, now.origin, "head", (), head)
    if was and base:
        yield Share(CauseKind.INSTRUCTION, was.origin, "base", base, ())


class _From(NamedTuple):
    origin: Origin
    reference: str
    digest: str = ""


def _told_apart(was: _From, now: _From) -> tuple[str, str]:
    """Name both base images; where they have the same name, with the digests that tell them apart."""
    if was.reference != now.reference:
        return was.reference, now.reference
    if not (was.digest and now.digest):
        return was.reference, now.reference
    return f"{was.reference}@{was.digest[:_DIGEST_SHOWN]}", f"{now.reference}@{now.digest[:_DIGEST_SHOWN]}"


def _from(side: Measurement | None) -> _From | None:
    """Return the FROM of the base image and what it resolves to; ``None`` for scratch and images we did not build."""
    origin = next((one for one in side.origins if one.kind is OriginKind.BASE_IMAGE), None) if side else None
    return _From(origin, side.base_image or origin.text, side.base_digest) if side and origin else None


def _repository(reference: str) -> str:
    """Drop digest and tag; a colon before the last slash is a port."""
    name = reference.partition("@")[0]
    return name.rpartition(":")[0] if ":" in name.rpartition("/")[2] else name


def _step_share(sides: Sides, delta: LayerDelta, *, drifted: bool) -> Share:
    base, head = _origins(sides, delta)
    origin, side = (head, "head") if head else (base, "base")
    return Share(
        CauseKind.DRIFT if drifted else CauseKind.INSTRUCTION,
        origin or _NO_ORIGIN,
        side,
        () if delta.base_layer is None else (delta.base_layer,),
        () if delta.head_layer is None else (delta.head_layer,),
    )


def _drifted(sides: Sides, aligned: Iterable[LayerDelta]) -> frozenset[LayerDelta]:
    """Find the aligned steps that ran again as they were and gave other bytes.

    From the lowest layer up, until the first one that somebody changed: whatever comes after has other inputs.
    """
    found = set[LayerDelta]()
    for delta in aligned:
        if _same_layer(sides, delta) or (_is_base_image(sides, delta) and _base_image_moved(sides)):
            continue
        if not _same_step(sides, delta):
            break
        found.add(delta)
    return frozenset(found)


def _base_image_moved(sides: Sides) -> bool:
    was, now = _from(sides.base), _from(sides.head)
    return was is not None and now is not None and was.reference == now.reference


def _same_step(sides: Sides, delta: LayerDelta) -> bool:
    base, head = _origins(sides, delta)
    if not (sides.base and sides.head and base and head and base.kind is head.kind is OriginKind.INSTRUCTION):
        return False
    was, now = _settings(sides.base, delta.base_layer), _settings(sides.head, delta.head_layer)
    return base.text == head.text and was is not None and was == now and _same_inputs(sides.base, sides.head, head)


def _same_inputs(base: Measurement, head: Measurement, origin: Origin) -> bool:
    """Tell whether equal text means equal inputs: for a RUN that takes nothing from the build context.

    For ``COPY --from`` where the whole Dockerfile is the same, and the source stage was made in that way.
    """
    if _keyword(origin) == "RUN":
        return _runs_alone(origin)
    return _same_dockerfile(base, head) and _copies_what_ran_alone(origin)


def _same_dockerfile(base: Measurement, head: Measurement) -> bool:
    one, other = base.dockerfile, head.dockerfile
    return one is not None and other is not None and one.text == other.text


def _runs_alone(origin: Origin) -> bool:
    """Tell whether a RUN mounts nothing that could differ; an option that a line's end splits may hide such a mount."""
    options = [word for word in origin.text.split() if word.startswith("-")]
    mounts = [option for option in options if option.lower().startswith("--mount")]
    return not any(option.endswith(_CONTINUED) for option in options) and all(map(_is_safe, mounts))


def _is_safe(mount: str) -> bool:
    """Tell whether a mount is of a safe type and from nowhere; of two fields of one name BuildKit takes the last."""
    fields = mount.lower().removeprefix("--mount=").split(",")
    types = {field for field in fields if field.startswith("type=")}
    is_plain = _PLAIN_MOUNT.fullmatch(mount) is not None
    return is_plain and bool(types) and types <= _SAFE_MOUNTS and not any(one.startswith("from=") for one in fields)


def _copies_what_ran_alone(origin: Origin) -> bool:
    return bool(origin.copied_from) and all(
        maker.kind is OriginKind.BASE_IMAGE
        or (_runs_alone(maker) if _keyword(maker) == "RUN" else _copies_what_ran_alone(maker))
        for maker in origin.copied_from
    )


def _keyword(origin: Origin) -> str:
    return next(iter(origin.text.split(maxsplit=1)), "").upper()


def _settings(side: Measurement, layer: int | None) -> tuple[str, ...] | None:
    """Return what history says the step of a layer depends on; ``None`` where history does not tell.

    That is the step itself with its build arguments, and every ENV, ARG, SHELL, USER and WORKDIR since the base image.
    """
    steps = side.image.history
    places = [at for at, step in enumerate(steps) if not step.empty]
    if layer is None or len(places) != len(side.image.layers):
        return None
    below = sum(origin.kind is OriginKind.BASE_IMAGE for origin in side.origins[:layer])
    start, own = places[below - 1] + 1 if below else 0, places[layer]
    return (
        *(one.created_by for one in steps[start:own] if instruction(one).startswith(_SETTINGS)),
        steps[own].created_by,
    )
