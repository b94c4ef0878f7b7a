"""One commit's tree as builds see it: its Dockerfiles, the images they make, and what each build can see."""

from collections.abc import Callable, Iterator, Sequence

from bot.dockerfile.discovery import discovered_spec, find_dockerfiles, has_plain_name, is_dockerfile
from bot.dockerfile.inputs import BuildInputs
from bot.errors import GitError
from bot.model.build import ImageSpec
from bot.ports import TreeEntry

_SYMLINK = "120000"


class BuildTree:
    """The files of one commit; ``read`` gives the content of one, and may raise ``GitError``."""

    def __init__(self, files: Sequence[TreeEntry], read: Callable[[str], bytes | None]) -> None:
        self._files = files
        self._modes = {entry.path: entry.mode for entry in files}
        self._read = read

    def __contains__(self, path: str) -> bool:
        return path in self._modes

    def dockerfiles(self, discover: Sequence[str], exclude: Sequence[str]) -> Iterator[str]:
        """Give the Dockerfiles that patterns find; links are none, nor files that only have such a name."""
        regular = [path for path, mode in self._modes.items() if mode != _SYMLINK]
        for path in find_dockerfiles(regular, discover, exclude):
            if has_plain_name(path) or is_dockerfile(self.text(path)):
                yield path

    def spec(self, dockerfile: str, name: str) -> ImageSpec:
        """Describe the image of a Dockerfile that nobody configured."""
        return discovered_spec(dockerfile, name, self._modes.keys(), self.text)

    def inputs(self, spec: ImageSpec) -> BuildInputs:
        """Give an image of this commit with all that its build could see."""
        return BuildInputs(spec, self._files, self.text)

    def text(self, path: str) -> str | None:
        """Give a file's text; what cannot be read is as good as unknown here, the build will say why."""
        try:
            content = self._read(path) if path in self._modes else None
        except GitError:
            return None
        return content.decode("utf-8", "surrogateescape") if content is not None else None
