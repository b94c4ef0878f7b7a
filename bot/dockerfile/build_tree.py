"""One commit's tree as builds see it: its Dockerfiles, the images they make, and what each build can see."""

import posixpath
from collections.abc import Callable, Mapping, Sequence

from bot.dockerfile.build_inputs import BuildInputs
from bot.dockerfile.discovery import copies_from, has_stage
from bot.errors import GitError
from bot.model.build import ImageSpec
from bot.ports import TreeEntry

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

    @property
    def modes(self) -> Mapping[str, str]:
        """The mode of each file."""
        return self._modes

    def inputs(self, spec: ImageSpec) -> BuildInputs:
        """Give an image of this commit with all that its build could see."""
        return BuildInputs(spec, self._files, self.text)

    def text(self, path: str) -> str | None:
        """Give a file's text; what cannot be read is as good as unknown here, the build will say why."""
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
