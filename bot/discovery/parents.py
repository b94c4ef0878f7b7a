"""Bases that are built here too: which image starts from, or copies from, which other."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter
from typing import NamedTuple

from bot.discovery.dockerfiles import read_dockerfile
from bot.discovery.nouns import Build
from bot.discovery.tree import RepositoryTree
from bot.discovery.unknowns import MARKER, is_known
from bot.discovery.variants import ImageVariant
from bot.dockerfile import reachable_stages, sources_named
from bot.model.dockerfile import Dockerfile
from bot.model.image import Platform

_HUB = ("docker.io/library/", "docker.io/", "index.docker.io/", "registry-1.docker.io/")


References = Sequence[tuple[str, str]]
"""Each image that a build fetches: as it is named here, and as CI names it, which may have holes."""


class Parent(NamedTuple):
    """The place of an image in the list, and the reference by which its child names it."""

    place: int
    reference: str


@lru_cache(maxsize=1024)
def outside_references(dockerfile: Dockerfile, target: str) -> tuple[str, ...]:
    """List the images that a target's build fetches: bases and sources of copies that are no stage of the file."""
    found: list[str] = []
    for stage in reachable_stages(dockerfile, target):
        if stage.base_stage is None and stage.base_expanded.lower() != "scratch":
            found.append(stage.base_expanded)
        for _, name in sources_named(dockerfile, stage):
            if dockerfile.stage_named(name, before=stage.index) is None:
                found.append(name)
    return tuple(found)


def parents_of(images: Sequence[ImageVariant], references: Sequence[References]) -> list[tuple[Parent, ...]]:
    """The images among these that each one needs: by the tags they get, and by bake's ``target:`` contexts."""
    makers = _makers(images)
    targets = {hint: index for index, image in reversed(list(enumerate(images))) for hint in image.build.hints}
    return [
        tuple(dict.fromkeys((*_by_tag(index, references[index], makers, images), *_by_context(image, targets, index))))
        for index, image in enumerate(images)
    ]


def needed_bases(
    tree: RepositoryTree, shipped: Sequence[Build], others: Sequence[Build], platform: Platform
) -> list[Build]:
    """Find among builds that are not shipped those from which shipped ones start."""
    found: list[Build] = []
    waiting = list(shipped)
    by_tag = {normal(tag): one for one in reversed(others) for tag in one.tags if "/" in tag or ":" in tag}
    while waiting and len(found) < 100:
        build = waiting.pop()
        linked = {value.removeprefix("target:") for _, value in build.contexts if value.startswith("target:")}
        for one in others:
            if one.linked and linked & set(one.hints) and one.source == build.source and one not in found:
                found.insert(0, one)
                waiting.append(one)
        dockerfile = read_dockerfile(tree, build.dockerfile, build.args, platform)
        for reference in outside_references(dockerfile, build.target) if dockerfile is not None else ():
            base = by_tag.get(normal(reference))
            if base is not None and base not in found and base not in shipped:
                found.insert(0, base)
                waiting.append(base)
    return found


def in_order(parents: Sequence[Sequence[Parent]]) -> list[int] | None:
    """Put parents before their children, otherwise as they are; ``None`` where they need each other."""
    sorter: TopologicalSorter[int] = TopologicalSorter(
        {i: [one.place for one in needed] for i, needed in enumerate(parents)}
    )
    try:
        sorter.prepare()
    except CycleError:
        return None
    order: list[int] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        order += ready
        sorter.done(*ready)
    return order


def normal(reference: str) -> tuple[str, str]:
    """Part a reference into repository and tag, without digest and without the Hub's own name."""
    text = reference.partition("@")[0].strip().lower()
    head, found, tail = text.rpartition(":")
    repository, tag = (head, tail) if found and "/" not in tail else (text, "")
    return next((repository.removeprefix(one) for one in _HUB if repository.startswith(one)), repository), tag


def _makers(images: Sequence[ImageVariant]) -> Mapping[str, list[int]]:
    """Map each repository to the images that are pushed under it; a hole at the front leaves its known end."""
    found: dict[str, list[int]] = {}
    for index, image in enumerate(images):
        for tag in image.build.tags:
            key = _key(normal(tag)[0])
            if key and index not in found.setdefault(key, []):
                found[key].append(index)
    return found


def _key(repository: str) -> str:
    if is_known(repository):
        return repository
    rest = MARKER.split(repository)[-1].lstrip("/")
    return f"…/{rest}" if rest else ""


def _by_tag(
    index: int, references: References, makers: Mapping[str, list[int]], images: Sequence[ImageVariant]
) -> Iterator[Parent]:
    for reference, in_ci in references:
        repository, tag = normal(in_ci)
        key = _key(repository)
        last = repository.rpartition("/")[2]
        owners = makers.get(key) or (makers.get(f"…/{last}") if "/" in repository else None) or []
        found = _best([one for one in owners if one != index], tag, images)
        if found is not None:
            yield Parent(found, reference)


def _best(candidates: Sequence[int], tag: str, images: Sequence[ImageVariant]) -> int | None:
    """Choose among images of one repository by the tag; without a tag in common it is only taken where it is alone."""
    exact = [one for one in candidates if tag and any(normal(own)[1] == tag for own in images[one].build.tags)]
    if exact:
        return exact[0]
    fitting = [
        one for one in candidates if not tag or any(_may_be(normal(own)[1], tag) for own in images[one].build.tags)
    ]
    if len(fitting) == 1 or (fitting and not tag):
        return fitting[0]
    files = {images[one].build.dockerfile for one in candidates}
    return candidates[0] if len(files) == 1 else None


def _may_be(own: str, tag: str) -> bool:
    """Tell whether a tag that only a run knows wholly could be this one."""
    if not own or (is_known(own) and is_known(tag)):
        return own == tag
    if is_known(own):
        return _may_be(tag, own)
    before, after = MARKER.split(own)[0], MARKER.split(own)[-1]
    return not is_known(tag) or (tag.startswith(before) and tag.endswith(after))


def _by_context(image: ImageVariant, targets: Mapping[str, int], index: int) -> Iterator[Parent]:
    for name, value in image.build.contexts:
        kind, _, what = value.partition(":")
        if kind in {"target", "service"} and targets.get(what, index) != index:
            yield Parent(targets[what], name)
