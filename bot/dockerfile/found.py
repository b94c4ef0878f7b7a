"""Images that are declared and found on one side, their names, and which of base and head are the same image."""

import posixpath
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import chain
from itertools import count as count_from
from typing import NamedTuple

from bot.dockerfile.build_tree import BuildTree, Moves
from bot.model.build import Departure, ImageSpec


class Choice(StrEnum):
    """Whether a found image is measured."""

    MEASURED = "measured"
    OVER_CAP = "over-cap"
    """Not, because there are too many; one with a budget is, all the same."""
    LEFT_OUT = "left-out"
    """Not, for ``FoundImage.why``: a variant of another one, or one that cannot be built."""


@dataclass(frozen=True, slots=True)
class FoundImage:
    """An image that nobody configured; ``notes`` is what to say of it, ``why`` the reason to leave it out."""

    spec: ImageSpec
    choice: Choice = Choice.MEASURED
    why: str = ""
    notes: tuple[str, ...] = ()


class Wanted(NamedTuple):
    """What a configuration declares on one side, and what is found there besides."""

    images: tuple[ImageSpec, ...]
    found: tuple[FoundImage, ...] = ()
    finds: bool = True
    """False where the images that are declared are all that there are; ``found`` then counts for budgets alone."""
    patterns: tuple[str, ...] = ()

    @property
    def candidates(self) -> tuple[FoundImage, ...]:
        """The found images whose Dockerfile nobody declared."""
        return self.besides if self.finds else ()

    @property
    def besides(self) -> tuple[FoundImage, ...]:
        """The same, also where the configuration does not ask for them."""
        declared = {image.dockerfile for image in self.images} if self.finds else set()
        return tuple(one for one in self.found if one.spec.dockerfile not in declared)


class Pair(NamedTuple):
    """One image on both sides, ``None`` where it is not there, and how it departs from what its budgets are for."""

    name: str
    base: ImageSpec | None
    head: ImageSpec | None
    departure: Departure | None = None
    notes: tuple[str, ...] = ()
    by_evidence: bool = False
    """The head's own workflows say how its head is built: nobody has reviewed that."""


@dataclass(frozen=True, slots=True)
class Commits:
    """Both trees, and what moved between them."""

    base: BuildTree | None
    head: BuildTree
    moves: Moves


@dataclass(frozen=True, slots=True)
class Budgets:
    """What must be known of budgets: whether an image has any, and whether it would lose them under another name."""

    hold: Callable[[str], bool]
    lost: Callable[[str, str], bool]


def twins(
    base: Sequence[FoundImage], head: Sequence[FoundImage], moved: Callable[[str], str | None]
) -> Mapping[str, FoundImage]:
    """Match images of the base, by name, with those of the head, each of which is the twin of one at most.

    What stands for an image is, in this order: its name on the same Dockerfile and stage; its whole definition, as
    names may pass to others; its name alone; its Dockerfile and stage alone. ``moved`` tells where a Dockerfile of the
    base lies in the head.
    """
    there = [(one, moved(one.spec.dockerfile)) for one in base]
    found: dict[str, FoundImage] = {}
    free = list(head)
    for alike in (_by_name_and_place, _by_definition, _by_name, _by_place):
        for one, path in there:
            if one.spec.name in found:
                continue
            twin = next((other for other in free if alike(one.spec, path, other.spec)), None)
            if twin is not None:
                found[one.spec.name] = twin
                free.remove(twin)
    return found


def differ(one: ImageSpec, other: ImageSpec) -> bool:
    """Tell whether two definitions may build different images, whatever they are called."""
    return replace(one, name=other.name, platform=other.platform) != other


def _by_name_and_place(base: ImageSpec, path: str | None, head: ImageSpec) -> bool:
    return base.name == head.name and _by_place(base, path, head)


def _by_definition(base: ImageSpec, path: str | None, head: ImageSpec) -> bool:
    return _by_place(base, path, head) and base.build_args == head.build_args


def _by_name(base: ImageSpec, _path: str | None, head: ImageSpec) -> bool:
    return base.name == head.name


def _by_place(base: ImageSpec, path: str | None, head: ImageSpec) -> bool:
    return (path, base.target) == (head.dockerfile, head.target)


def free_name(path: str, name: str, given: Collection[str]) -> str:
    """Find a name that nobody has: the whole path of a Dockerfile is one, unless somebody chose it on purpose."""
    candidates = chain((name, long_name(path, name), path), (f"{path}~{number}" for number in count_from(2)))
    return next(candidate for candidate in candidates if candidate not in given)


def long_name(path: str, name: str) -> str:
    """Tell an image from others of its name by the folder of its Dockerfile."""
    folder = posixpath.dirname(path)
    return folder if posixpath.basename(folder) == name or not folder else f"{folder}/{name}"
