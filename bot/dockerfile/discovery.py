"""Which files of a repository are Dockerfiles, what their images are called, and which folder is their context."""

import posixpath
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from bot.dockerfile.context import context_sources, read_dockerignore
from bot.dockerfile.parser import parse
from bot.errors import DockerfileError
from bot.model.build import ImageSpec

USUAL_DOCKERFILES = ("**/Dockerfile", "**/Containerfile", "**/*.Dockerfile", "**/*.Containerfile", "**/Dockerfile.*")
NEVER_DOCKERFILES = (
    "**/*.dockerignore",
    "**/node_modules",
    "**/vendor",
    "**/third_party",
    "**/testdata",
    "**/.devcontainer",
)
_STEMS = ("Dockerfile", "Containerfile")

ReadText = Callable[[str], str | None]


def find_dockerfiles(paths: Iterable[str], discover: Sequence[str], exclude: Sequence[str]) -> tuple[str, ...]:
    """Give the paths that a pattern of ``discover`` (else the usual names) matches, those near the root first.

    Patterns are those of .dockerignore: ``*`` stays within a folder, ``**`` does not.
    """
    wanted = read_dockerignore("\n".join(discover or USUAL_DOCKERFILES))
    unwanted = read_dockerignore("\n".join((*NEVER_DOCKERFILES, *exclude)))
    found = (path for path in paths if wanted.matches(path) and not unwanted.matches(path))
    return tuple(sorted(found, key=lambda path: (path.count("/"), path)))


def name_images(dockerfiles: Sequence[str], repository_name: str) -> Mapping[str, str]:
    """Name the image of each Dockerfile after its file or folder; where that is not unique, after its whole path."""
    short = {path: _short_name(path) or repository_name for path in dockerfiles}
    taken = list(short.values())
    return {path: name if taken.count(name) == 1 else _long_name(path, name) for path, name in short.items()}


def discovered_spec(dockerfile: str, name: str, paths: Collection[str], read: ReadText) -> ImageSpec:
    """Describe the image of a Dockerfile that nobody configured.

    Its context is its own folder, unless what it copies is not there but is at the repository's root.
    """
    folder = posixpath.dirname(dockerfile) or "."
    if folder != "." and _copies_from_root(read(dockerfile), folder, paths):
        folder = "."
    return ImageSpec(name, dockerfile=dockerfile, context=folder)


def is_dockerfile(text: str | None) -> bool:
    """Tell whether a file that is only called like one can be read as a Dockerfile."""
    try:
        return text is not None and bool(parse(text).stages)
    except DockerfileError:
        return False


def has_plain_name(path: str) -> bool:
    """Tell whether the file is called just Dockerfile or Containerfile, so that there is no doubt what it is."""
    return posixpath.basename(path) in _STEMS


def _short_name(path: str) -> str:
    folder, file = posixpath.split(path)
    for stem in _STEMS:
        if file.startswith(f"{stem}."):
            return file.removeprefix(f"{stem}.")
        if file.endswith(f".{stem}"):
            return file.removesuffix(f".{stem}")
    return posixpath.basename(folder)


def _long_name(path: str, name: str) -> str:
    folder = posixpath.dirname(path)
    return folder if posixpath.basename(folder) == name or not folder else f"{folder}/{name}"


def _copies_from_root(text: str | None, folder: str, paths: Collection[str]) -> bool:
    try:
        sources = [one.pattern for one in context_sources(parse(text or ""))]
    except DockerfileError:
        return False
    plain = [source for source in sources if source != "." and not set("*?[\\") & set(source)]
    return not _all_there(plain, f"{folder}/", paths) and _all_there(plain, "", paths)


def _all_there(sources: Iterable[str], prefix: str, paths: Collection[str]) -> bool:
    return all(any(path == prefix + one or path.startswith(f"{prefix}{one}/") for path in paths) for one in sources)
