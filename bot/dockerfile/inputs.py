"""What a build can see of a commit's tree: two builds with the same inputs need not be made to be compared."""

import posixpath
from collections.abc import Callable, Iterator, Mapping, Sequence

from bot.dockerfile.context import context_sources, visible_paths
from bot.dockerfile.nouns import Dockerfile
from bot.dockerfile.parser import parse
from bot.errors import DockerfileError
from bot.model.build import ImageSpec
from bot.model.image import Platform
from bot.ports import TreeEntry

Inputs = Mapping[tuple[str, str], tuple[str, str]]
"""(where, path there) → (mode, object): where is ``dockerfile``, ``context``, or the name of a further context."""

_SYMLINK = "120000"
_WILDCARDS = frozenset("*?[\\")


def build_inputs(spec: ImageSpec, files: Sequence[TreeEntry], read: Callable[[str], str | None]) -> Inputs:
    """Give every file that the build of an image can see, with its mode and object.

    Whatever is unsure counts as seen: the whole context where the Dockerfile cannot be read, names nothing of its
    context (its base image may, by ONBUILD), or where a symbolic link lies on the way. ``read`` gives a file's text.
    """
    inputs = {
        ("dockerfile", path.removeprefix(spec.dockerfile)): (mode, object_id)
        for path, mode, object_id in files
        if path == spec.dockerfile
    }
    inputs |= _visible(spec, _below(files, spec.context), read)
    for name, source in spec.build_contexts:
        if "://" not in source:
            inputs |= {(name, path): (entry.mode, entry.object_id) for path, entry in _below(files, source).items()}
    return inputs


def changed_paths(base: Inputs, head: Inputs) -> tuple[tuple[str, str], ...]:
    """Give what differs between two sets of inputs, as (where, path), sorted."""
    return tuple(sorted(key for key in base.keys() | head.keys() if base.get(key) != head.get(key)))


def _below(files: Sequence[TreeEntry], folder: str) -> dict[str, TreeEntry]:
    clean = posixpath.normpath(folder)
    prefix = "" if clean == "." else f"{clean}/"
    return {entry.path.removeprefix(prefix): entry for entry in files if entry.path.startswith(prefix)}


def _visible(
    spec: ImageSpec, context: Mapping[str, TreeEntry], read: Callable[[str], str | None]
) -> Iterator[tuple[tuple[str, str], tuple[str, str]]]:
    for path in _visible_in_context(spec, context, read):
        yield ("context", path), (context[path].mode, context[path].object_id)


def _visible_in_context(
    spec: ImageSpec, context: Mapping[str, TreeEntry], read: Callable[[str], str | None]
) -> Sequence[str]:
    everything = tuple(context)
    text = read(spec.dockerfile)
    if text is None:
        return everything
    ignore = read(f"{spec.dockerfile}.dockerignore") or read(posixpath.normpath(f"{spec.context}/.dockerignore"))
    platform = spec.platform or Platform("linux", "amd64")
    try:
        dockerfile = parse(text, build_arguments=dict(spec.build_args), platform=platform)
        seen = visible_paths(dockerfile, ignore, everything, target=spec.target)
    except DockerfileError:
        return everything
    return everything if _is_unsure(dockerfile, spec.target, context) else seen


def _is_unsure(dockerfile: Dockerfile, target: str, context: Mapping[str, TreeEntry]) -> bool:
    patterns = [source.pattern for source in context_sources(dockerfile, target)]
    links = [path for path, entry in context.items() if entry.mode == _SYMLINK]
    return not patterns or any(_follows(pattern, links) for pattern in patterns)


def _follows(pattern: str, links: Sequence[str]) -> bool:
    """Tell whether a source may lead through a link; links inside a copied folder are copied as links."""
    if _WILDCARDS & set(pattern):
        return bool(links)
    return any(pattern == link or pattern.startswith(f"{link}/") for link in links)
