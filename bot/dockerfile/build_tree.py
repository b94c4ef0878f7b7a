"""One commit's tree as builds see it: its Dockerfiles, its images, what each build can see, and what moved."""

import posixpath
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from bot.dockerfile.build_inputs import BuildInputs
from bot.dockerfile.context import context_sources
from bot.dockerfile.parser import parse
from bot.dockerfile.stages import reachable_stages
from bot.errors import DockerfileError, GitError
from bot.model.build import ImageSpec
from bot.ports import Rename, TreeEntry

Texts = dict[tuple[str, str], str | None]


class BuildTree:
    """The files of one commit; ``read`` gives the content of one, and may raise ``GitError``.

    ``texts`` is what was read already, by mode and object, so that two commits read what they share once.
    """

    def __init__(
        self, files: Sequence[TreeEntry], read: Callable[[str], bytes | None], texts: Texts | None = None
    ) -> None:
        self._files = files
        self._modes = {entry.path: entry.mode for entry in files}
        self._read = read
        self._objects = {entry.path: (entry.mode, entry.object_id) for entry in files}
        self._texts: Texts = {} if texts is None else texts

    def __contains__(self, path: str) -> bool:
        return path in self._modes

    def has_folder(self, folder: str) -> bool:
        """Tell whether there is any file below a folder."""
        prefix = "" if posixpath.normpath(folder) == "." else f"{posixpath.normpath(folder)}/"
        return any(path.startswith(prefix) for path in self._modes)

    def defines(self, spec: ImageSpec) -> bool:
        """Tell whether an image can be built here as it is defined, as far as can be told without building it."""
        return spec.dockerfile in self and self.has_folder(spec.context) and has_stage(self.text(spec.dockerfile), spec)

    def has_sources(self, spec: ImageSpec) -> bool:
        """Tell whether the context of an image has what its Dockerfile copies by name."""
        return copies_from(self.text(spec.dockerfile), spec.context, self._modes.keys())

    def bases(self, spec: ImageSpec) -> tuple[str, ...]:
        """The images that all stages of an image start from and that are not made here; none if it cannot be read."""
        made = {reference for reference, _ in spec.parents} | {"scratch"}
        try:
            dockerfile = parse(self.text(spec.dockerfile) or "", build_arguments=dict(spec.build_args))
        except DockerfileError:
            return ()
        stages = reachable_stages(dockerfile, spec.target)
        return tuple(sorted({stage.base_expanded for stage in stages if stage.base_stage is None} - made))

    @property
    def modes(self) -> Mapping[str, str]:
        """The mode of each file."""
        return self._modes

    def inputs(self, spec: ImageSpec) -> BuildInputs:
        """Return an image of this commit with all that its build could see."""
        return BuildInputs(spec, self._files, self.text)

    def text(self, path: str) -> str | None:
        """Return a file's text; what cannot be read is as good as unknown here, the build will say why."""
        if path not in self._objects:
            return None
        key = self._objects[path]
        if key not in self._texts:
            self._texts[key] = self._text(path)
        return self._texts[key]

    def _text(self, path: str) -> str | None:
        try:
            content = self._read(path) if path in self._modes else None
        except GitError:
            return None
        return content.decode("utf-8", "surrogateescape") if content is not None else None


class Moves:
    """What moved from one commit to another, as git sees it."""

    def __init__(self, renames: Iterable[Rename] = ()) -> None:
        self._moved: Mapping[str, str] = {rename.old: rename.new for rename in renames}

    def back(self) -> "Moves":
        """Return the same moves the other way round."""
        return Moves(Rename(new, old) for old, new in self._moved.items())

    def path(self, path: str, tree: BuildTree) -> str | None:
        """Return where a file lies in the other commit's tree: in its old place, or where it moved."""
        if path in tree:
            return path
        moved = self._moved.get(path)
        return moved if moved is not None and moved in tree else None

    def spec(self, spec: ImageSpec, tree: BuildTree) -> ImageSpec | None:
        """Return an image as the other commit has it; ``None`` where its Dockerfile is not there."""
        path = self.path(spec.dockerfile, tree)
        return None if path is None else self.along(spec, path, tree)

    def along(self, spec: ImageSpec, path: str, tree: BuildTree) -> ImageSpec:
        """Return an image whose Dockerfile now lies at ``path``; a context that moved as a whole comes along.

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


def has_stage(text: str | None, spec: ImageSpec) -> bool:
    """Tell whether a Dockerfile has the stage that an image is; one that cannot be read may have any."""
    try:
        return not spec.target or parse(text or "").stage_for(spec.target) is not None
    except DockerfileError:
        return True


def copies_from(text: str | None, context: str, paths: Collection[str]) -> bool:
    """Tell whether a folder has all that a Dockerfile copies by name; one that cannot be read may copy anything."""
    folder = posixpath.normpath(context)
    try:
        return _all_there(_plain_sources(text), "" if folder == "." else f"{folder}/", paths)
    except DockerfileError:
        return True


def _plain_sources(text: str | None) -> list[str]:
    sources = (one.pattern for one in context_sources(parse(text or "")))
    return [source for source in sources if source != "." and not set("*?[\\") & set(source)]


def _all_there(sources: Iterable[str], prefix: str, paths: Collection[str]) -> bool:
    return all(any(path == prefix + one or path.startswith(f"{prefix}{one}/") for path in paths) for one in sources)
