"""Which files of a repository are Dockerfiles, what their images are called, and which folder is their context."""

import posixpath
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import chain
from itertools import count as count_from

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


def name_images(dockerfiles: Sequence[str], repository_name: str, taken: Collection[str] = ()) -> Mapping[str, str]:
    """Name the image of each Dockerfile after its file or folder; where that is not unique, after its whole path.

    Names that are ``taken`` stay with those who have them.
    """
    short = {path: _short_name(path) or repository_name for path in dockerfiles}
    count = Counter((*short.values(), *set(taken)))
    given, names = set(taken), dict[str, str]()
    # Short names first: what is unique must not lose its name to a longer one.
    for path, name in sorted(short.items(), key=lambda item: count[item[1]] > 1):
        names[path] = name if count[name] == 1 else _free_name(path, _long_name(path, name), given)
        given.add(names[path])
    return {path: names[path] for path in dockerfiles}


def _free_name(path: str, name: str, given: Collection[str]) -> str:
    """Find a name that nobody has: the whole path of a Dockerfile is one, unless somebody chose it on purpose."""
    candidates = chain((name, path), (f"{path}~{number}" for number in count_from(2)))
    return next(candidate for candidate in candidates if candidate not in given)


def discovered_spec(dockerfile: str, name: str, paths: Collection[str], read: ReadText) -> ImageSpec:
    """Describe the image of a Dockerfile that nobody configured.

    Its context is its own folder, unless what it copies is not there but is at the repository's root.
    """
    folder = posixpath.dirname(dockerfile) or "."
    if folder != "." and _copies_from_root(read(dockerfile), folder, paths):
        folder = "."
    return ImageSpec(name, dockerfile=dockerfile, context=folder)


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
        plain = _plain_sources(text)
    except DockerfileError:
        return False
    return not _all_there(plain, f"{folder}/", paths) and _all_there(plain, "", paths)


def _plain_sources(text: str | None) -> list[str]:
    sources = (one.pattern for one in context_sources(parse(text or "")))
    return [source for source in sources if source != "." and not set("*?[\\") & set(source)]


def _all_there(sources: Iterable[str], prefix: str, paths: Collection[str]) -> bool:
    return all(any(path == prefix + one or path.startswith(f"{prefix}{one}/") for path in paths) for one in sources)
