"""The rungs in order, and one mend at a time after a failure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from bot.candidates import clean, slim, without_shell
from bot.candidates.mending import mends_for
from bot.candidates.run_evidence import Failure, RunEvidence
from bot.candidates.seen import Seen, look
from bot.errors import DockerfileError, ImageError
from bot.model.verify import Candidate, Mend

_Recipe = Callable[[Seen, Sequence[Mend]], Candidate | None]

_RECIPES: Final[Mapping[str, _Recipe]] = {
    "program": without_shell.program_alone,
    "linked runtime": without_shell.linked_runtime,
    "language image": without_shell.language_image,
    "copied runtime": without_shell.copied_runtime,
    "distribution": slim.distribution,
    "environment": slim.environment,
    "family": slim.family,
    "swap": clean.swap,
    "clean": clean.clean,
}
"""The ways, boldest first, by the name that a candidate's ``form`` has of its way."""
_MOST_MENDS: Final = 5


def ladder(evidence: RunEvidence) -> tuple[Candidate, ...]:
    """Return whole Dockerfiles that may replace the image's own, boldest first; none where nothing can be said."""
    seen = look(evidence)
    if seen is None:
        return ()
    made = (_make(recipe, seen, ()) for recipe in _RECIPES.values())
    found = {one.dockerfile: one for one in made if one is not None}
    return tuple(found.values())


def repair(candidate: Candidate, evidence: RunEvidence, failed: Failure) -> Candidate | None:
    """Mend one thing that the failure shows; ``None`` where it shows nothing to mend, or after five mends."""
    seen = look(evidence)
    if seen is None or len(candidate.mends) >= _MOST_MENDS:
        return None
    recipe = _RECIPES.get(candidate.form)
    if recipe is None:
        return None
    for mend in _untried(candidate, mends_for(seen, candidate, failed)):
        mended = _make(recipe, seen, (*candidate.mends, mend))
        if mended is not None and mended.dockerfile != candidate.dockerfile:
            return mended
    return None


def _make(recipe: _Recipe, seen: Seen, mends: Sequence[Mend]) -> Candidate | None:
    try:
        made = recipe(seen, mends)
        return replace(made, repaired=len(mends)) if made else None
    except (DockerfileError, ImageError):
        return None


def _untried(candidate: Candidate, mends: Iterator[Mend]) -> Iterator[Mend]:
    return (mend for mend in mends if mend not in candidate.mends)
