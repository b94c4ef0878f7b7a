"""Names of images: what their tags, bake targets or folders call them; never empty, never the same twice."""

import posixpath
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from bot.discovery.nouns import DiscoveryOptions, EvidenceKind
from bot.discovery.resolve import is_local_registry
from bot.discovery.unknowns import MARKER, is_known
from bot.discovery.variants import ImageVariant
from bot.dockerfile.found import long_name

_SAY_NOTHING: Final = frozenset(
    {
        "", "docker", "src", "image", "images", "dockerfile", "dockerfiles", "container", "containers", "containerfile",
        "build", "default", "main", "master", "latest", "release", "app", "test", "local", "dist", "deploy", ".docker",
        "production", "prod", "final", "runtime", "ci", "package", "packaging", "hub", "all", "edge", "nightly", "dev",
    }
)  # fmt: skip
_REST_OF_TAG: Final = re.compile(
    r"\$\{\{.*?\}\}|v?\d+(?:\.\d+)*|\b(?:latest|main|master|edge|nightly|sha|release)\b", re.IGNORECASE
)
_MACHINE: Final = re.compile(
    r"/|^(?:x86_64|aarch64|amd64|arm|arm64|armv\d|arm32v\d|linux|386|s390x|ppc64le|riscv64|true|false)$|ubuntu-|windows-|macos-|self-hosted|x64|[^\w.-]"
)
_MACHINE_SUFFIX: Final = re.compile(
    r"[-_.](?:linux[-_])?(?:amd64|arm64(?:v8)?|x86_64|aarch64|armhf|armv[67]|s390x|ppc64le)$"
)
_LAST_RESORT: Final = "the-image"
_VERSION: Final = re.compile(r"v?\d[\d.]*(?:[-_.]?(?:x|lts|rc\d*|alpha|beta))?")
_UNFIT: Final = re.compile(r"[^A-Za-z0-9._/-]+")
_LONGEST: Final = 80


def names_of(images: Sequence[ImageVariant], options: DiscoveryOptions) -> list[str]:
    """Name images; where a name would stand for several, each gets what tells it from the others."""
    owner, _, own = options.repository.rpartition("/")
    candidates = (own or options.name, owner, f"{owner}-{own or options.name}".strip("-"))
    last = next((name for one in candidates if _says_something(name := _fit(one))), "") or _LAST_RESORT
    first = [_base(image, last) for image in images]
    names = _by_folder(images, first, last)
    leaders = _leaders(images)
    for add in (_by_target, _by_file, _by_tag, _by_arguments, _by_hint, _by_path):
        taken = Counter(names)
        among_variants = add in {_by_tag, _by_arguments, _by_hint}
        names = [
            name
            if taken[name] == 1 or (among_variants and _leads(index, leaders, names))
            else _joined(name, add(image, last))
            for index, (name, image) in enumerate(zip(names, images, strict=True))
        ]
    return _numbered(names)


def _by_folder(images: Sequence[ImageVariant], names: Sequence[str], last: str) -> list[str]:
    """Tell Dockerfiles that only their names speak for apart by their folders, so that globs of budgets fit them."""
    taken = Counter(names)
    alone = [image.build.source.kind is EvidenceKind.NAME and not image.build.target for image in images]
    return [
        long_name(image.build.dockerfile, name) if taken[name] > 1 and by_name and name != last else name
        for image, name, by_name in zip(images, names, alone, strict=True)
    ]


def _leaders(images: Sequence[ImageVariant]) -> list[int]:
    """For each image the first one of its Dockerfile and target: variants are told from that one."""
    first: dict[tuple[str, str], int] = {}
    return [first.setdefault((one.build.dockerfile, one.build.target), index) for index, one in enumerate(images)]


def _leads(index: int, leaders: Sequence[int], names: Sequence[str]) -> bool:
    """Tell whether an image keeps its name, since all others of that name are variants of it."""
    return all(leaders[other] == index for other, name in enumerate(names) if name == names[index])


def _base(image: ImageVariant, last: str) -> str:
    """The first name that says something: the tag's repository, bake's target, the file, the folder."""
    build = image.build
    if build.source.kind is EvidenceKind.NAME:
        return _by_own_name(build.dockerfile) or last
    candidates = (*_from_tags(build.tags), *build.hints, _suffix(build.dockerfile), *_folders(build.dockerfile))
    return next((name for one in candidates if _says_something(name := _fit(one))), last)


def _by_own_name(path: str) -> str:
    """Name an image that only its Dockerfile's name defines after its file or folder."""
    candidates = (_suffix(path), *_folders(path))
    return next((name for one in candidates if _says_something(name := _fit(one))), "")


def _says_something(name: str) -> bool:
    return name.lower() not in _SAY_NOTHING


def _from_tags(tags: Iterable[str]) -> Iterator[str]:
    """The last known part of each tag's repository."""
    for tag in tags:
        if is_local_registry(tag) or not tag.strip():
            continue
        repository = _without_tag(tag)
        last = repository.rpartition("/")[2]
        if is_known(last):
            yield _MACHINE_SUFFIX.sub("", last) or last
        elif MARKER.sub("", last).strip("-_.").isascii():
            yield MARKER.sub("", last).strip("-_.")


def _without_tag(reference: str) -> str:
    head, found, tail = reference.partition("@")[0].rpartition(":")
    return head if found and "/" not in tail else reference.partition("@")[0]


def _folders(path: str) -> list[str]:
    """The names of the folders from the nearest up; a version says something only with the one above."""
    parts = posixpath.dirname(path).split("/")
    joined = [f"{parts[i - 1]}-{part}" if i and _VERSION.fullmatch(part) else part for i, part in enumerate(parts)]
    return joined[::-1]


def _suffix(path: str) -> str:
    """What a Dockerfile's name says beside that it is one."""
    name = posixpath.basename(path)
    return re.sub(r"(?i)[._-]?(?:dockerfile|containerfile)[._-]?", "", name)


def _by_tag(image: ImageVariant, _last: str) -> str:
    """What the tag itself says: ``alpine`` of ``org/app:1.2-alpine``."""
    for tag in image.build.tags:
        head = _without_tag(tag)
        rest = _REST_OF_TAG.sub("", MARKER.sub("", tag[len(head) :])).strip(":-_.+")
        if rest:
            return rest
    return ""


def _by_target(image: ImageVariant, _last: str) -> str:
    return image.build.target


def _by_file(image: ImageVariant, _last: str) -> str:
    path = image.build.dockerfile
    return next((one for one in (_suffix(path), *_folders(path)) if _says_something(one)), "")


def _by_arguments(image: ImageVariant, _last: str) -> str:
    values = (value for _, value in image.deciding if is_known(value) and len(value) < _LONGEST // 2)
    return "-".join(value for value in values if value and "\n" not in value)[:40]


def _by_hint(image: ImageVariant, _last: str) -> str:
    values = (value for _, value in image.build.variant if is_known(value) and not _MACHINE.search(value))
    return next(iter(image.build.hints), "") or "-".join(values)[:40]


def _by_path(image: ImageVariant, _last: str) -> str:
    return posixpath.dirname(image.build.dockerfile)


def _joined(name: str, part: str) -> str:
    clean = _fit(part)
    words = re.split(r"[-_/]", name)
    new = "-".join(word for word in re.split(r"[-_/]", clean) if word not in words)
    if not new:
        return name
    return clean[:_LONGEST] if clean.startswith(f"{name}-") else f"{name}-{new}"[:_LONGEST]


def _fit(text: str) -> str:
    return _UNFIT.sub("-", MARKER.sub("", text)).strip("-./_")[:_LONGEST]


def _numbered(names: Sequence[str]) -> list[str]:
    """Number what is still called the same, in the order in which the repository has it."""
    taken: set[str] = set()
    found = []
    for name in names:
        unique, count = name, 2
        while unique in taken:
            unique, count = f"{name}-{count}", count + 1
        taken.add(unique)
        found.append(unique)
    return found
