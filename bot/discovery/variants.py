"""Builds of one Dockerfile → images: which builds are the same image, and what tells the others apart."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final

from bot.discovery.dockerfiles import read_dockerfile
from bot.discovery.nouns import Build, DiscoveryOptions, Pairs
from bot.discovery.tree import RepositoryTree
from bot.discovery.unknowns import is_known, unknown
from bot.model.dockerfile import Dockerfile

_STAMP: Final = re.compile(
    r"(?:.*_)?(?:VERSION|SHA\d*|COMMIT\w*|REF|REVISION|REV|DATE|TIME|TIMESTAMP|TAG|BRANCH|CREATED|EPOCH|HASH|RELEASE"
    r"|BUILD(?:_?(?:ID|NO|NUM|NUMBER|INFO|TYPE))?|GIT\w*|VCS\w*|CACHE\w*|TOKEN|JOBS|LABELS?|URL|COUNT|(?:GO)?LD_?FLAGS)(?:_\w+)?",
    re.IGNORECASE,
)  # fmt: skip
_RUNTIME: Final = re.compile(
    r"PYTHON|NODE|PHP|GOLANG|^GO_|JAVA|JDK|JRE|RUBY|RUST|DOTNET|ALPINE|DEBIAN|UBUNTU|FEDORA|CUDA|POSTGRES|^PG_|MYSQL|^OS|BASE",
    re.IGNORECASE,
)
_ARCHITECTURE: Final = re.compile(r"(?:\w+_)?(?:GO|TARGET)?(?:ARCH|ARCHITECTURE)|(?:GO|TARGET_?)OS", re.IGNORECASE)
"""For another machine it is the same image."""
_VARIABLE: Final = re.compile(r"\$\{?([A-Za-z_]\w*)")


@dataclass(frozen=True, slots=True)
class ImageVariant:
    """One image: its best build, and the arguments that tell it from its siblings of the same Dockerfile and target."""

    build: Build
    deciding: Pairs = ()


def images_of(tree: RepositoryTree, builds: Sequence[Build], options: DiscoveryOptions) -> list[ImageVariant]:
    """Put builds of the same image together, in the order in which they were found."""
    order: dict[tuple[str, str, str], list[Build]] = {}
    sure = {(build.dockerfile, build.source) for build in builds if not build.unsure_target}
    for build in builds:
        if build.unsure_target and (build.dockerfile, build.source) in sure:
            continue  # the same step, called with a target that is known
        order.setdefault((build.dockerfile, build.context, build.target), []).append(build)
    found: list[ImageVariant] = []
    for (path, _, target), group in order.items():
        dockerfile = read_dockerfile(tree, path, (), options.platform)
        names = _deciding(group, _in_from(dockerfile, target))
        found += _distinct(group, names)
    return found


def _distinct(group: Sequence[Build], names: frozenset[str]) -> list[ImageVariant]:
    kept: dict[tuple[object, ...], Build] = {}
    for build in group:
        key = (_values(build, names), _contexts(build))
        kept[key] = _merged(kept[key], build) if key in kept else build
    shared = names if len(kept) > 1 else frozenset()
    return [
        ImageVariant(build, tuple(pair for pair in _values(build, names) if pair[0] in shared))
        for build in kept.values()
    ]


def _values(build: Build, names: frozenset[str]) -> Pairs:
    return tuple(sorted((name, _known(value)) for name, value in build.args if name in names and value))


def _contexts(build: Build) -> Pairs:
    return tuple(
        (name, value) for name, value in build.contexts if "://" not in value or value.startswith("docker-image")
    )


def _merged(one: Build, other: Build) -> Build:
    """Join two builds of one image: the better described one is the source, the other is named beside it."""
    best, less = (other, one) if _rank(other) > _rank(one) else (one, other)
    platforms = tuple(dict.fromkeys((*one.platforms, *other.platforms)))
    also = tuple(dict.fromkeys(place for place in (*best.also, less.source, *less.also) if place != best.source))
    return replace(
        best,
        platforms=platforms,
        tags=tuple(dict.fromkeys((*best.tags, *less.tags))),
        hints=tuple(dict.fromkeys((*best.hints, *less.hints))),
        push=max(one.push, other.push),
        linked=one.linked and other.linked,
        also=also[:20],
    )


def _rank(build: Build) -> tuple[int, bool, int, int]:
    return (build.push, build.unbuildable is None, -len(build.unknown_args), -len(build.doubts))


def _deciding(group: Sequence[Build], in_from: frozenset[str]) -> frozenset[str]:
    """Tell which arguments make another image: those in FROM, those a matrix varies, and any other that is no stamp."""
    tables = [dict(build.args) for build in group]
    names = dict.fromkeys(key for table in tables for key in table if not _ARCHITECTURE.fullmatch(key))
    varying = {name for name in names if _varies(name, tables)}
    by_matrix = {name for name in varying if _varies_by_row(name, group)}
    across = {name for name in varying - by_matrix if not _is_stamp(name) and not _by_platform(name, group)}
    return frozenset(by_matrix | across | {name for name in varying & in_from if not _by_platform(name, group)})


def _is_stamp(name: str) -> bool:
    """Tell whether an argument is called like a version, a commit or a date, and not like that of a runtime."""
    return bool(_STAMP.fullmatch(name)) and not _RUNTIME.search(name)


def _varies(name: str, tables: Iterable[Mapping[str, str]]) -> bool:
    return len({_known(table.get(name) or "") for table in tables}) > 1


def _known(value: str) -> str:
    """A value to be compared: what only a run knows may be anything, the same included."""
    return value if is_known(value) else unknown("a run's")


def _varies_by_row(name: str, group: Sequence[Build]) -> bool:
    """Tell whether an argument differs between rows (or bake targets) of one place, not only by their platforms."""
    for _, builds in groupby(sorted(group, key=_place), key=_place):
        same_place = list(builds)
        rows = {(build.variant, build.hints) for build in same_place}
        values = {_value(build, name) for build in same_place}
        if len(values) > 1 and len(rows) > 1 and not _by_platform(name, same_place):
            return True
    return False


def _by_platform(name: str, group: Sequence[Build]) -> bool:
    """Tell whether the platform alone decides an argument's value: each has one, and they are not the same."""
    found: dict[tuple[str, ...], set[str]] = {}
    for build in group:
        found.setdefault(build.platforms, set()).add(_value(build, name))
    one_each = all(len(values) == 1 for values in found.values()) and all(len(one) == 1 for one in found)
    return len(found) > 1 and one_each


def _place(build: Build) -> tuple[str, int]:
    return (build.source.file, build.source.line)


def _value(build: Build, name: str) -> str:
    return dict(build.args).get(name, "")


def _in_from(dockerfile: Dockerfile | None, _target: str) -> frozenset[str]:
    if dockerfile is None:
        return frozenset()
    return frozenset(name for stage in dockerfile.stages for name in _VARIABLE.findall(stage.base))
