"""Which candidate is tried when: the boldest first, and none that can only be larger than one that passed."""

from collections.abc import Iterable
from typing import Final

from bot.dockerfile import parse
from bot.errors import DockerfileError
from bot.model.advice import EditPlan
from bot.model.build import OriginKind
from bot.model.explain import Measurement
from bot.model.verify import Attempt, Candidate, Rung

_WITH_A_DISTRIBUTION: Final = frozenset({Rung.SLIM, Rung.SWAP, Rung.CLEAN})
_SMALLEST_DISTRIBUTION_BYTES: Final = 7_000_000
"""Alpine's: nothing that has a shell, a package manager and a C library is smaller."""


def boldest_first(ladder: Iterable[Candidate], plan: EditPlan | None, target: str = "") -> list[Candidate]:
    """Add the plan of the findings to the ladder, before the rungs that ship a distribution."""
    made = list(ladder)
    if plan is not None and all(one.dockerfile != plan.dockerfile for one in made):
        place = next((index for index, one in enumerate(made) if one.rung in _WITH_A_DISTRIBUTION), len(made))
        base = _base_of(plan.dockerfile, target)
        made.insert(place, Candidate(Rung.FINDINGS, base, plan.dockerfile, plan.ignore, plan.altered))
    return made


def _base_of(text: str, target: str) -> str:
    """Name what the built stage of a Dockerfile starts from; empty where that cannot be told."""
    try:
        stage = parse(text).stage_for(target)
    except DockerfileError:
        return ""
    return stage.base_expanded if stage else ""


def may_be_smaller(candidate: Candidate, best: Attempt, head: Measurement) -> bool:
    """Tell whether a candidate may be smaller than the best so far: those further down the ladder ship more.

    A plan of findings that passed may be anything from residue to another base, so that it is held against what a
    rung ships at least.
    """
    if candidate.rung in _WITH_A_DISTRIBUTION:
        return best.candidate.rung is Rung.FINDINGS and (best.unpacked_bytes or 0) > _least(candidate.rung, head)
    return candidate.rung in {best.candidate.rung, Rung.FINDINGS}


def _least(rung: Rung, head: Measurement) -> int:
    """Give what a rung ships at least: the base image that it keeps, or the smallest that it may change to."""
    if rung is not Rung.CLEAN:
        return _SMALLEST_DISTRIBUTION_BYTES
    layers = zip(head.image.layers, head.origins, strict=False)
    return sum(layer.unpacked_bytes for layer, origin in layers if origin.kind is OriginKind.BASE_IMAGE)
