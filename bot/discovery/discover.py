"""The whole of discovery: evidence → builds → images with names, order and predictions."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import NamedTuple

from bot.discovery.dockerfiles import declared_arguments, is_for_developers, near_misses, read_dockerfile
from bot.discovery.names import names_of
from bot.discovery.nouns import (
    DiscoveredImage,
    Discovery,
    DiscoveryOptions,
    Pairs,
    Unbuildable,
)
from bot.discovery.parents import in_order, outside_references, parents_of
from bot.discovery.prediction import predict
from bot.discovery.shipped import find_shipped
from bot.discovery.tree import RepositoryTree
from bot.discovery.unknowns import shown
from bot.discovery.variants import ImageVariant, images_of
from bot.dockerfile import read_dockerignore
from bot.errors import DockerfileError
from bot.model.dockerfile import Dockerfile
from bot.ports import BakePrint, BakeRequest

_MOST_PLANNED = 400
_MOST_NOTES = 60
_MOST_REQUESTS = 40


def discover(tree: RepositoryTree, options: DiscoveryOptions) -> Discovery:
    """Find the images that a repository ships, each with the place that says so.

    Total: whatever the files say, it answers, within bounds of work; what it could not read or tell is in the notes.
    """
    options = replace(options, bake=_remembering(options.bake))
    found = find_shipped(tree, options)
    images = images_of(tree, found.builds, options)
    notes = list(dict.fromkeys(found.notes))
    if len(images) > _MOST_PLANNED:
        notes.append(f"{len(images) - _MOST_PLANNED} more images were found and are not looked at.")
        images = images[:_MOST_PLANNED]
    described, order_note = _described(tree, images, options)
    linked = {(one.build.source, one.build.dockerfile, one.build.target) for one in images if one.build.linked}
    names = {one.name for one in described if (one.source, one.dockerfile, one.target) in linked}
    chosen = _chosen(described, names, options)
    near = () if chosen else near_misses(tree)
    return Discovery(tuple(chosen), tuple(found.not_shipped), (*notes[:_MOST_NOTES], *order_note), near)


def _remembering(port: BakePrint) -> BakePrint:
    """Ask bake the same question once."""
    answers: dict[BakeRequest, Mapping[str, object] | None] = {}

    def ask(request: BakeRequest) -> Mapping[str, object] | None:
        if request not in answers:
            answers[request] = port(request) if len(answers) < _MOST_REQUESTS else None
        return answers[request]

    return ask


def _described(
    tree: RepositoryTree, images: Sequence[ImageVariant], options: DiscoveryOptions
) -> tuple[list[DiscoveredImage], tuple[str, ...]]:
    """Describe images, in the order in which they have to be built."""
    read = [_read(tree, image, image.build.known_args, options) for image in images]
    references = [_references(tree, image, options) for image in images]
    parents = parents_of(images, references)
    order = in_order(parents)
    names = names_of(images, options)
    described: list[DiscoveredImage] = []
    for index in order if order is not None else range(len(images)):
        own = parents[index] if order is not None else ()
        named = _Named(names[index], tuple((names[one.place], one.reference) for one in own))
        one = _describe(tree, images[index], read[index], named, options)
        described.append(_after_parents(one, described))
    note = ("Images need each other in a circle: they are built as if they did not.",) if order is None else ()
    return described, note


def _after_parents(image: DiscoveredImage, before: Sequence[DiscoveredImage]) -> DiscoveredImage:
    """An image whose base cannot be built cannot be built either."""
    needed = {name for name, _ in image.parents}
    lost = next((one for one in before if one.name in needed and one.unbuildable is not None), None)
    if lost is None or lost.unbuildable is None or image.unbuildable is not None:
        return image
    reason = f"Its base {lost.name} cannot be built: {lost.unbuildable.reason}"
    return replace(image, unbuildable=Unbuildable(reason, lost.unbuildable.way_out))


class _Named(NamedTuple):
    """A name, and the parents by theirs: (name, reference)."""

    name: str
    parents: tuple[tuple[str, str], ...]


def _read(tree: RepositoryTree, image: ImageVariant, arguments: Pairs, options: DiscoveryOptions) -> Dockerfile | None:
    return read_dockerfile(tree, image.build.dockerfile, arguments, options.platform)


def _references(tree: RepositoryTree, image: ImageVariant, options: DiscoveryOptions) -> tuple[tuple[str, str], ...]:
    """Each image that a build fetches, as it is named here and as CI names it, which may have holes."""
    here = _read(tree, image, image.build.known_args, options)
    in_ci = _read(tree, image, image.build.args, options)
    if here is None or in_ci is None:
        return ()
    target = image.build.target
    pairs = zip(outside_references(here, target), outside_references(in_ci, target), strict=False)
    return tuple(pairs)


def _describe(
    tree: RepositoryTree, image: ImageVariant, dockerfile: Dockerfile | None, named: _Named, options: DiscoveryOptions
) -> DiscoveredImage:
    build, (name, parents) = image.build, named
    try:
        problem, doubts = predict(tree, build, dockerfile, [reference for _, reference in parents], options)
    except (DockerfileError, RecursionError):
        problem, doubts = None, ("Its Dockerfile could not be read wholly.",)
    unknown = tuple(
        f"Only a run of CI knows {arg}, {shown(value)}: its default is taken."
        for arg, value in build.unknown_args
        if dockerfile is None or arg in declared_arguments(dockerfile)
    )
    return DiscoveredImage(
        name,
        build.dockerfile,
        build.context,
        build.source,
        target=build.target,
        build_args=build.known_args,
        platforms=build.platforms,
        build_contexts=build.contexts,
        parents=parents,
        tags=tuple(shown(tag) for tag in build.tags),
        unknown_args=tuple((arg, shown(value)) for arg, value in build.unknown_args),
        doubts=tuple(dict.fromkeys((*build.doubts, *unknown, *doubts))),
        unbuildable=problem,
        also=build.also,
    )


def _chosen(
    described: list[DiscoveredImage], linked: Collection[str], options: DiscoveryOptions
) -> list[DiscoveredImage]:
    """Choose what is measured: of variants one, of what remains the likeliest up to the cap; parents stay."""
    first = _first_of_each(described, options.definitions.variants)
    needed = {parent for one in described for parent, _ in one.parents}
    excluded = read_dockerignore("\n".join(options.exclude)) if options.exclude else None
    found = []
    for one in described:
        chosen = first.get((one.dockerfile, one.target), one.name)
        why, variant_of = "bake builds it only for another target" if one.name in linked else "", ""
        if excluded is not None and excluded.matches(one.dockerfile):
            why = "the configuration excludes it"
        elif one.unbuildable is not None:
            why = one.unbuildable.reason
        elif not why and chosen != one.name and one.name not in needed and not _is_wanted(one, options):
            why, variant_of = f"a variant of {chosen}: one of each Dockerfile and target is measured", chosen
        found.append(replace(one, measured=not why, why_not_measured=why, variant_of=variant_of))
    return _capped(found, options)


def _first_of_each(images: Sequence[DiscoveredImage], variants: Sequence[str]) -> dict[tuple[str, str], str]:
    """Which variant of each Dockerfile and target is measured: one that the configuration names, else the first."""
    found: dict[tuple[str, str], str] = {}
    able = [one for one in images if one.unbuildable is None]
    for one in (*(one for one in able if _matches(one, variants)), *able):
        found.setdefault((one.dockerfile, one.target), one.name)
    return found


def _is_wanted(image: DiscoveredImage, options: DiscoveryOptions) -> bool:
    return _matches(image, options.definitions.variants)


def _matches(image: DiscoveredImage, globs: Sequence[str]) -> bool:
    return any(fnmatchcase(image.name, glob) for glob in globs)


def _capped(images: list[DiscoveredImage], options: DiscoveryOptions) -> list[DiscoveredImage]:
    measured = [one for one in images if one.measured]
    if len(measured) <= options.most_images:
        return images
    ranked = sorted(measured, key=_unlikeliness)
    kept = {one.name for one in ranked[: options.most_images]}
    why = f"more than {options.most_images} images: the likeliest are measured, others where [[image]] names them"
    return [
        replace(one, measured=False, why_not_measured=why, over_cap=True)
        if one.measured and one.name not in kept
        else one
        for one in images
    ]


def _unlikeliness(image: DiscoveredImage) -> tuple[bool, int, int, int]:
    return (is_for_developers(image.name), len(image.doubts), image.dockerfile.count("/"), -len(image.tags))
