"""The images of base and head, paired: one with a budget keeps the name and the definition that the base gives it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from bot.dockerfile.build_tree import BuildTree
from bot.dockerfile.discovery import name_images
from bot.dockerfile.moves import Moves
from bot.model.build import Departure, ImageSpec

MOST_IMAGES: Final = 30
"""Of those that are found and have no budget; an image with a budget is never left out."""

_AS_ON_BASE: Final = 'Image "{}" has a budget: it is built as the base says until the configuration is merged.'
_NOT_MEASURED_ANY_MORE: Final = (
    'Once this is merged, image "{}" is not measured any more: the configuration neither declares nor finds it.'
)
_LEFT_OUT: Final = "{} more Dockerfiles were found; name those that matter in [[image]]."


class Wanted(NamedTuple):
    """What a configuration declares and finds on one side."""

    images: tuple[ImageSpec, ...]
    discover: tuple[str, ...]
    exclude: tuple[str, ...]

    @property
    def finds(self) -> bool:
        """True where there may be other images than those declared."""
        return bool(self.discover) or not self.images

    def paths(self, tree: BuildTree | None) -> tuple[str, ...]:
        """Find the Dockerfiles in a tree that nobody declared."""
        if tree is None or not self.finds:
            return ()
        declared = {image.dockerfile for image in self.images}
        return tuple(path for path in tree.dockerfiles(self.discover, self.exclude) if path not in declared)


class Pair(NamedTuple):
    """One image on both sides, ``None`` where it is not there, and how it departs from what its budgets are for."""

    name: str
    base: ImageSpec | None
    head: ImageSpec | None
    departure: Departure | None = None


@dataclass(frozen=True, slots=True)
class Commits:
    """Both trees, what moved between them, and the name of the repository."""

    base: BuildTree | None
    head: BuildTree
    moves: Moves
    repository: str


@dataclass(frozen=True, slots=True)
class Budgets:
    """What must be known of budgets: whether an image has any, and whether it would lose them under another name."""

    hold: Callable[[str], bool]
    lost: Callable[[str, str], bool]


class Pairing:
    """Pairs the images of two commits: those of the base first, which keep their names, then what the head adds.

    ``notes`` is what to say about it, once ``pairs`` has been asked.
    """

    def __init__(self, commits: Commits, base: Wanted, head: Wanted, budgets: Budgets) -> None:
        self.commits, self.base, self.head, self.budgets = commits, base, head, budgets
        self.notes: list[str] = []
        # Images that the head declares and that are not paired yet.
        self._waiting: list[ImageSpec] = []
        # Dockerfiles of the head that images are built from.
        self._built: set[str] = set()
        self._after_merge: Mapping[str, str] = {}
        self._room = MOST_IMAGES
        self._left_out = 0

    def pairs(self) -> tuple[Pair, ...]:
        """Pair all images."""
        self._waiting = list(self.head.images)
        declared = [self._declared_on_base(spec) for spec in self.base.images]
        found = self._found_on_base()
        added = [pair for now in self._waiting for pair in self._declared_at_head(now)]
        new = self._found_at_head({pair.name for pair in (*declared, *found, *added)})
        if self._left_out:
            self.notes.append(_LEFT_OUT.format(self._left_out))
        return (*declared, *found, *added, *new)

    def _take(self, wanted: Callable[[ImageSpec], bool]) -> ImageSpec | None:
        taken = next((image for image in self._waiting if wanted(image)), None)
        if taken is not None:
            self._waiting.remove(taken)
        return taken

    # --- what the base has ---

    def _declared_on_base(self, spec: ImageSpec) -> Pair:
        tree = self.commits.base
        base = spec if tree is not None and spec.dockerfile in tree else None
        now = self._take(lambda image: (image.name, image.platform) == (spec.name, spec.platform)) or spec
        return self._held(spec, base, now) if self.budgets.hold(spec.name) else self._open(base, now)

    def _open(self, base: ImageSpec | None, now: ImageSpec) -> Pair:
        """Build an image without a budget as each side says."""
        head = self.commits.moves.spec(now, self.commits.head)
        self._built.add((head or now).dockerfile)
        return Pair(now.name, base, now if head is None and base is None else head)

    def _held(self, spec: ImageSpec, base: ImageSpec | None, now: ImageSpec) -> Pair:
        """Build an image with a budget as the base says; another definition only stands in for one that is gone."""
        kept = self.commits.moves.spec(spec, self.commits.head)
        if kept is not None and (base is None or self.commits.head.defines(kept)):
            self._built.add(kept.dockerfile)
            if _differ(kept, now) and _differ(spec, now):
                self.notes.append(_AS_ON_BASE.format(spec.name))
            return Pair(spec.name, base, kept)
        if not _differ(spec, now) or now.dockerfile not in self.commits.head:
            return Pair(spec.name, base, kept or (None if base is not None else now))
        self._built.add(now.dockerfile)
        return Pair(spec.name, base, replace(now, name=spec.name), None if base is None else Departure.REPOINTED)

    def _found_on_base(self) -> list[Pair]:
        paths = self.base.paths(self.commits.base)
        names = name_images(paths, self.commits.repository, [image.name for image in self.base.images])
        found = (self._found(path, name) for path, name in self._that_fit(paths, names))
        return [pair for pair in found if pair is not None]

    def _that_fit(self, paths: Iterable[str], names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """Give paths with their names, as long as there is room for those that have no budget."""
        for path in paths:
            has_budget = self.budgets.hold(names[path])
            if has_budget or self._room > 0:
                yield path, names[path]
            self._room -= not has_budget
            self._left_out += not has_budget and self._room < 0 and self.head.finds

    def _found(self, path: str, name: str) -> Pair | None:
        tree, moved = self.commits.base, self.commits.moves.path(path, self.commits.head)
        spec = tree.spec(path, name) if tree is not None else ImageSpec(name, path)
        if self.budgets.hold(name):
            return self._found_and_held(spec, moved)
        now = self._take(lambda image: image.name == name) or self._take(
            lambda image: image.dockerfile in {path, moved}
        )
        if now is not None:
            pair = self._as_declared(now)
            return pair._replace(base=pair.base or spec)
        if not self.head.finds or (self._finds_less() and moved not in self.head.paths(self.commits.head)):
            return None
        self._built.add(moved or path)
        return Pair(name, spec, self._as_found(spec, moved) if moved else None)

    def _finds_less(self) -> bool:
        """Tell whether a first configuration looks in fewer places than are looked at without any."""
        return bool(self.head.discover) and not self.base.discover

    def _found_and_held(self, spec: ImageSpec, moved: str | None) -> Pair:
        named = [image for image in self._waiting if image.name == spec.name]
        self._waiting = [image for image in self._waiting if image.name != spec.name]
        if moved is None:
            return self._held(spec, spec, named[0] if named else spec)
        self._built.add(moved)
        head = self._as_found(spec, moved)
        self._take(lambda image: not _differ(head, image))
        if named and _differ(head, named[0]):
            self.notes.append(_AS_ON_BASE.format(spec.name))
        return Pair(spec.name, spec, head, self._renamed(spec.name, moved))

    def _as_found(self, spec: ImageSpec, path: str) -> ImageSpec:
        """Keep the context as long as it has what the Dockerfile copies: a decoy elsewhere changes nothing."""
        tree = self.commits.head
        kept = self.commits.moves.along(spec, path, tree)
        return kept if tree.has_sources(kept) else tree.spec(path, spec.name)

    def _renamed(self, name: str, path: str) -> Departure | None:
        """Tell whether the image at a path loses its budgets by its name, once this is merged."""
        if not self._after_merge:
            self._after_merge = self._names_after_merge()
        after = self._after_merge.get(path)
        if after is None:
            self.notes.append(_NOT_MEASURED_ANY_MORE.format(name))
            return None
        return Departure.RENAMED if after != name and self.budgets.lost(name, after) else None

    def _names_after_merge(self) -> Mapping[str, str]:
        declared = {image.dockerfile: image.name for image in self.head.images}
        paths = self.head.paths(self.commits.head)
        return {**name_images(paths, self.commits.repository, list(declared.values())), **declared}

    # --- what only the head has ---

    def _declared_at_head(self, now: ImageSpec) -> Iterator[Pair]:
        """Give an image that the head adds; another platform of one with a budget is built as the base says."""
        of_base = next((spec for spec in self.base.images if spec.name == now.name), None)
        if of_base is None or not self.budgets.hold(now.name):
            yield self._as_declared(now)
        elif of_base.platform is not None:
            yield self._as_declared(replace(of_base, platform=now.platform))
        else:
            self.notes.append(_AS_ON_BASE.format(now.name))

    def _as_declared(self, now: ImageSpec) -> Pair:
        """Pair an image that the head declares with what the same words mean on the base."""
        moves, tree = self.commits.moves, self.commits.base
        return self._open(moves.back().spec(now, tree) if tree is not None else None, now)

    def _found_at_head(self, taken: set[str]) -> list[Pair]:
        tree, known = self.commits.head, {*self.base.paths(self.commits.base), *self._built}
        finding = self.head if self.head.finds else self.head._replace(images=()) if self.base.finds else self.head
        paths = [path for path in finding.paths(tree) if path not in known]
        names = name_images(paths, self.commits.repository, taken)
        wanted = (path for path in paths if self.head.finds or self.budgets.hold(names[path]))
        return [Pair(name, None, tree.spec(path, name)) for path, name in self._that_fit(wanted, names)]


def _differ(one: ImageSpec, other: ImageSpec) -> bool:
    """Tell whether two definitions may build different images, whatever they are called."""
    return replace(one, name=other.name, platform=other.platform, smoke=other.smoke) != other
