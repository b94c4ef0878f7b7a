"""The images of base and head, paired: one with a budget keeps the name and the definition that the base gives it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from bot.dockerfile.found import Budgets, Choice, Commits, FoundImage, Pair, Wanted, differ, free_name, twins
from bot.model.build import Departure, ImageSpec

MOST_IMAGES: Final = 30
"""Of those that are found and have no budget; an image with a budget is never left out."""

_AS_ON_BASE: Final = 'Image "{}" has a budget: it is built as the base says until the configuration is merged.'
_AS_CI_ON_BASE: Final = (
    'Image "{}" has a budget: it is built as {} of the base says; this change has it built otherwise ({}).'
)
_NOT_MEASURED_ANY_MORE: Final = (
    'Once this is merged, image "{}" is not measured any more: the configuration neither declares nor finds it.'
)
_NOT_SHIPPED_ANY_MORE: Final = 'Once this is merged, image "{}" is not measured any more: {}.'
_NOTHING_BUILDS_IT: Final = "nothing in this change says that it is shipped"
_LEFT_OUT: Final = "{} more images were found and are not measured: {}. Name those that matter in [[image]]."
_MOST_LISTED: Final = 12


class Pairing:
    """Pairs the images of two commits: those of the base first, which keep their names, then what the head adds.

    ``notes`` is what to say about it, once ``pairs`` has been asked.
    """

    def __init__(self, commits: Commits, base: Wanted, head: Wanted, budgets: Budgets) -> None:
        self.commits, self.base, self.head, self.budgets = commits, base, head, budgets
        self.notes: list[str] = []
        # Images that the head declares and that are not paired yet.
        self._waiting: list[ImageSpec] = []
        # Dockerfiles and stages of the head that images are built from.
        self._built: set[tuple[str, str]] = set()
        self._twins: Mapping[str, FoundImage] = {}
        self._room = MOST_IMAGES
        self._left_out: dict[str, None] = {}

    def pairs(self) -> tuple[Pair, ...]:
        """Pair all images."""
        self._waiting = list(self.head.images)
        declared = [self._declared_on_base(spec) for spec in self.base.images]
        base = self.base.candidates
        self._twins = twins(base, self.head.candidates, lambda path: self.commits.moves.path(path, self.commits.head))
        found = [pair for one in self._that_fit(base) if (pair := self._found(one)) is not None]
        added = [pair for now in self._waiting for pair in self._declared_at_head(now)]
        new = self._found_at_head({pair.name for pair in (*declared, *found, *added)})
        if self._left_out:
            listed = ", ".join(list(self._left_out)[:_MOST_LISTED])
            more = ", …" if len(self._left_out) > _MOST_LISTED else ""
            self.notes.append(_LEFT_OUT.format(len(self._left_out), f"{listed}{more}"))
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
        self._builds(head or now)
        return Pair(now.name, base, now if head is None and base is None else head)

    def _held(self, spec: ImageSpec, base: ImageSpec | None, now: ImageSpec) -> Pair:
        """Build an image with a budget as the base says; another definition only stands in for one that is gone."""
        kept = self.commits.moves.spec(spec, self.commits.head)
        if kept is not None and (base is None or self.commits.head.defines(kept)):
            self._builds(kept)
            if differ(kept, now) and differ(spec, now):
                self.notes.append(_AS_ON_BASE.format(spec.name))
            return Pair(spec.name, base, kept)
        if not differ(spec, now) or now.dockerfile not in self.commits.head:
            return Pair(spec.name, base, kept or (None if base is not None else now))
        self._builds(now)
        return Pair(spec.name, base, replace(now, name=spec.name), None if base is None else Departure.REPOINTED)

    def _builds(self, spec: ImageSpec) -> None:
        self._built.add((spec.dockerfile, spec.target))

    def _that_fit(self, found: Iterable[FoundImage]) -> Iterator[FoundImage]:
        """Those that are measured, as long as there is room for what has no budget."""
        for one in found:
            if one.choice is Choice.LEFT_OUT:
                continue
            has_budget = self.budgets.hold(one.spec.name)
            fits = has_budget or (one.choice is Choice.MEASURED and self._room > 0)
            if fits:
                yield one
            self._room -= not has_budget
            if not fits and self.head.finds:
                self._left_out[one.spec.name] = None

    def _found(self, one: FoundImage) -> Pair | None:
        spec, moved = one.spec, self.commits.moves.path(one.spec.dockerfile, self.commits.head)
        if self.budgets.hold(spec.name):
            return self._found_and_held(one, moved)
        now = self._take(lambda image: image.name == spec.name) or self._take(
            lambda image: image.dockerfile in {spec.dockerfile, moved}
        )
        if now is not None:
            pair = self._as_declared(now)
            return pair._replace(base=pair.base or spec)
        if not self.head.finds or (self._finds_less() and spec.name not in self._twins):
            return None
        return self._as_each_side_says(one, moved)

    def _as_each_side_says(self, one: FoundImage, moved: str | None) -> Pair:
        """Build an image without a budget as the workflows of each side say; one that the head drops is still shown."""
        spec, twin = one.spec, self._twins.get(one.spec.name)
        if twin is not None and twin.choice is not Choice.LEFT_OUT:
            named = replace(twin.spec, name=spec.name)
            head = named if named.source or moved is None else self._as_found(spec, moved)
            self._builds(head)
            return Pair(spec.name, spec, head, notes=twin.notes, by_evidence=bool(head.source))
        if moved is None:
            return Pair(spec.name, spec, None)
        self._goes(spec.name, twin)
        head = self._as_found(spec, moved)
        self._builds(head)
        return Pair(spec.name, spec, head, notes=one.notes)

    def _finds_less(self) -> bool:
        """Tell whether a first configuration looks in fewer places than are looked at without any."""
        return bool(self.head.patterns) and not self.base.patterns

    def _found_and_held(self, one: FoundImage, moved: str | None) -> Pair:
        """Build a found image with a budget as the base says, whatever the head's workflows or files say of it."""
        spec, twin = one.spec, self._twins.get(one.spec.name)
        named = [image for image in self._waiting if image.name == spec.name]
        self._waiting = [image for image in self._waiting if image.name != spec.name]
        now = named[0] if named else replace(twin.spec, name=spec.name) if twin else spec
        head = None if moved is None else self._as_found(spec, moved)
        if head is None or not self.commits.head.defines(head):
            return self._held(spec, spec, now)._replace(notes=one.notes)
        self._builds(head)
        self._take(lambda image: not differ(head, image))
        if named and differ(head, now):
            self.notes.append(_AS_ON_BASE.format(spec.name))
        elif twin is not None and now.source and differ(head, now):
            self.notes.append(_AS_CI_ON_BASE.format(spec.name, spec.source or spec.dockerfile, now.source))
        return Pair(spec.name, spec, head, self._renamed(spec.name, head.dockerfile), one.notes)

    def _as_found(self, spec: ImageSpec, path: str) -> ImageSpec:
        """Build as the base does, where the Dockerfile lies now.

        A context that nothing but the Dockerfile speaks for is guessed anew once it lacks what is copied: as long as
        it has that, a decoy elsewhere changes nothing.
        """
        tree, twin = self.commits.head, self._twins.get(spec.name)
        kept = self.commits.moves.along(spec, path, tree)
        if spec.source or twin is None or twin.spec.dockerfile != path or tree.has_sources(kept):
            return kept
        return replace(kept, context=twin.spec.context)

    def _renamed(self, name: str, path: str) -> Departure | None:
        """Tell whether the image at a path loses its budgets by its name, once this is merged."""
        declared = {image.dockerfile: image.name for image in self.head.images}
        twin = self._twins.get(name)
        found = twin.spec.name if twin and twin.choice is not Choice.LEFT_OUT else None
        after = declared.get(path, found)
        if after is None:
            self._goes(name, twin)
            return None
        return Departure.RENAMED if after != name and self.budgets.lost(name, after) else None

    def _goes(self, name: str, twin: FoundImage | None) -> None:
        """Say that an image is not measured once this is merged."""
        if not self.head.finds:
            self.notes.append(_NOT_MEASURED_ANY_MORE.format(name))
        else:
            why = twin.why.rstrip(".") if twin else _NOTHING_BUILDS_IT
            self.notes.append(_NOT_SHIPPED_ANY_MORE.format(name, why))

    # --- what only the head has ---

    def _declared_at_head(self, now: ImageSpec) -> Iterator[Pair]:
        """Yield an image that the head adds; another platform of one with a budget is built as the base says."""
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
        """Pair what the head alone measures with what the base has of it: it may be a variant that is not measured."""
        unmeasured = {one.spec.name: one.spec for one in self.base.candidates if one.choice is Choice.LEFT_OUT}
        bases = {twin.spec.name: unmeasured.get(name) for name, twin in self._twins.items()}
        paired = {name for name, spec in bases.items() if spec is None}
        found = []
        for one in self._that_fit(self._new_at_head(paired)):
            spec = one.spec
            name = spec.name if spec.name not in taken else free_name(spec.dockerfile, spec.name, taken)
            taken.add(name)
            base = bases.get(spec.name)
            sides = base and replace(base, name=name), replace(spec, name=name)
            found.append(Pair(name, *sides, notes=one.notes, by_evidence=bool(spec.source)))
        return found

    def _new_at_head(self, paired: set[str]) -> Iterator[FoundImage]:
        """What no image of the base stands for; where the head does not look for images, those with a budget."""
        finding = self.head.candidates if self.head.finds else self.head.besides if self.base.finds else ()
        for one in finding:
            is_built = (one.spec.dockerfile, one.spec.target) in self._built and not one.spec.build_args
            if one.spec.name not in paired and not is_built and (self.head.finds or self.budgets.hold(one.spec.name)):
                yield one
