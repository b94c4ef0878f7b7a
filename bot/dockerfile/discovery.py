"""What can be told of an image from its Dockerfile's place and text: another name, its stage, and its context."""

import posixpath
from collections.abc import Collection, Iterable
from itertools import chain
from itertools import count as count_from

from bot.dockerfile.context import context_sources
from bot.dockerfile.parser import parse
from bot.errors import DockerfileError
from bot.model.build import ImageSpec


def free_name(path: str, name: str, given: Collection[str]) -> str:
    """Find a name that nobody has: the whole path of a Dockerfile is one, unless somebody chose it on purpose."""
    candidates = chain((name, long_name(path, name), path), (f"{path}~{number}" for number in count_from(2)))
    return next(candidate for candidate in candidates if candidate not in given)


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


def long_name(path: str, name: str) -> str:
    """Tell an image from others of its name by the folder of its Dockerfile."""
    folder = posixpath.dirname(path)
    return folder if posixpath.basename(folder) == name or not folder else f"{folder}/{name}"


def _plain_sources(text: str | None) -> list[str]:
    sources = (one.pattern for one in context_sources(parse(text or "")))
    return [source for source in sources if source != "." and not set("*?[\\") & set(source)]


def _all_there(sources: Iterable[str], prefix: str, paths: Collection[str]) -> bool:
    return all(any(path == prefix + one or path.startswith(f"{prefix}{one}/") for path in paths) for one in sources)
