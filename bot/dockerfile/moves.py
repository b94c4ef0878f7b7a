"""Files that moved between two commits → where an image's Dockerfile and context lie on the other side."""

import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import replace

from bot.dockerfile.build_tree import BuildTree
from bot.model.build import ImageSpec
from bot.ports import Rename


class Moves:
    """What moved from one commit to another, as git sees it."""

    def __init__(self, renames: Iterable[Rename] = ()) -> None:
        self._moved: Mapping[str, str] = {rename.old: rename.new for rename in renames}

    def back(self) -> "Moves":
        """Give the same moves the other way round."""
        return Moves(Rename(new, old) for old, new in self._moved.items())

    def path(self, path: str, tree: BuildTree) -> str | None:
        """Give where a file lies in the other commit's tree: in its old place, or where it moved."""
        if path in tree:
            return path
        moved = self._moved.get(path)
        return moved if moved is not None and moved in tree else None

    def spec(self, spec: ImageSpec, tree: BuildTree) -> ImageSpec | None:
        """Give an image as the other commit has it; ``None`` where its Dockerfile is not there."""
        path = self.path(spec.dockerfile, tree)
        return None if path is None else self.along(spec, path, tree)

    def along(self, spec: ImageSpec, path: str, tree: BuildTree) -> ImageSpec:
        """Give an image whose Dockerfile now lies at ``path``; a context that moved as a whole comes along.

        So do the images that it is built from.
        """
        if spec.parents:
            parents = tuple((name, self.spec(parent, tree) or parent) for name, parent in spec.parents)
            return replace(self.along(replace(spec, parents=()), path, tree), parents=parents)
        if path == spec.dockerfile:
            return spec if tree.has_folder(spec.context) else self._with_moved_context(spec, tree)
        own_folder = posixpath.normpath(spec.context) == (posixpath.dirname(spec.dockerfile) or ".")
        if own_folder:
            return replace(spec, dockerfile=path, context=posixpath.dirname(path) or ".")
        return self._with_moved_context(replace(spec, dockerfile=path), tree)

    def _with_moved_context(self, spec: ImageSpec, tree: BuildTree) -> ImageSpec:
        folder = posixpath.normpath(spec.context)
        if tree.has_folder(folder):
            return spec
        targets = {
            new.removesuffix(old.removeprefix(folder))
            for old, new in self._moved.items()
            if old.startswith(f"{folder}/") and new.endswith(old.removeprefix(folder))
        }
        return replace(spec, context=targets.pop() or ".") if len(targets) == 1 else spec
