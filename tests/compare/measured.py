"""Measured images for tests: a picture, and the instruction that made each of its layers."""

from collections.abc import Sequence

from bot.contents.layer_history import history_origins
from bot.contents.merged_tree import merge
from bot.dockerfile import parse
from bot.model.build import Absent, Origin, OriginKind
from bot.model.explain import Difference, Explanation, MeasuredPair, Measurement, Side
from bot.model.image import Image, Package
from bot.stages.diff import diff
from bot.stages.explain import explain


def step(text: str, line: int = 1, *, copied_from: Sequence[Origin] = ()) -> Origin:
    """Return an instruction of a Dockerfile."""
    return Origin(OriginKind.INSTRUCTION, text, "Dockerfile", (line, line), copied_from=tuple(copied_from))


def from_image(text: str, line: int = 1) -> Origin:
    """Return the FROM of a base image."""
    return Origin(OriginKind.BASE_IMAGE, text, "Dockerfile", (line, line))


def measured(
    image: Image,
    origins: Sequence[Origin] = (),
    *,
    packages: Sequence[Package] = (),
    base_image: str = "",
    builder: str = "",
    dockerfile: str = "",
) -> Measurement:
    """Measure an image: its packages are those given, its origins those given or its history's."""
    return Measurement(
        image=image,
        tree=merge(image.layers),
        packages=tuple(packages),
        origins=tuple(origins) or history_origins(image),
        builder=builder,
        dockerfile=parse(dockerfile) if dockerfile else None,
        base_image=base_image,
    )


def compared(base: Side | None, head: Side | None) -> Difference:
    """Compare two sides of an image called app; ``None`` is a side that does not have it."""
    return diff(MeasuredPair("app", base or Absent(), head or Absent()))


def explained(base: Side | None, head: Side | None) -> Explanation:
    """Compare two sides and explain the difference."""
    return explain(compared(base, head))
