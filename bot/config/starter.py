"""The images that a repository ships → a first deadweight.toml, ready to be committed; for ``config init``."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Final, NamedTuple

from bot.config.dive_ci import DiveRules, read_dive_ci
from bot.config.kinds import LONGEST_TEXT, is_visible
from bot.model.build import ImageSpec

HEADROOM_PERCENT: Final = 10
_UNITS: Final = (("GB", 10**9), ("MB", 10**6), ("kB", 10**3))
_NOT_IN_NAMES: Final = re.compile(r"[^A-Za-z0-9._/-]+", re.ASCII)
_LONGEST_NAME: Final = 100
_BARE_KEY: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,99}", re.ASCII)

_HEAD: Final = """\
# Budgets of this repository's images. Every key: docs/configuration.md of Deadweight.
# They are read from the base of a pull request: a change of this file counts once it is merged.

[budget]
# Most that one change may add to an image by itself. A base image that moves, or a rebuild, does not count.
max-growth = "10 MB"
# An image that is over its max-size already only warns while nothing is added to it.
already-over = "warn"
"""
_DISCOVER: Final = """\
# Images that CI ships and that no [[image]] below builds are found as well.
[discover]
"""
_LONGEST_REMARK: Final = 300
_MOST_LISTED: Final = 20
_PLATFORM: Final = re.compile(r"[a-z0-9]{1,20}/[a-z0-9_]{1,20}(?:/[a-z0-9.]{1,20})?", re.ASCII)


class StarterImage(NamedTuple):
    """An image that was found: how it is built, what is in doubt about that, and why it is not measured, if it is not.

    ``way_out`` says what would have it measured; ``variant_of`` is the image that is measured in its place.
    """

    spec: ImageSpec
    platforms: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    left_out: str = ""
    way_out: str = ""
    variant_of: str = ""


class StarterFindings(NamedTuple):
    """Everything that a first configuration speaks of: images, and (path, reason) of Dockerfiles that nobody ships."""

    images: tuple[StarterImage, ...] = ()
    not_shipped: tuple[tuple[str, str], ...] = ()


class Starter(NamedTuple):
    """The text of a first configuration, and what to tell of it, a line each."""

    text: str
    told: tuple[str, ...]


def starter_config(found: StarterFindings, sizes: Mapping[str, int], dive_ci: str = "") -> Starter:
    """Write a configuration with one table for each image.

    ``sizes`` are unpacked bytes by name: each gets some headroom. An image without a known size gets its budget
    as a comment; so does what is doubtful, with the reason, and it goes on being found. One whose paths hold characters
    that no configuration may hold is left out. ``dive_ci`` is the text of a ``.dive-ci``, whose rules are translated.
    """
    rules = read_dive_ci(dive_ci) if dive_ci else DiveRules("", ())
    head = _HEAD + "".join(f"{line}\n" for line in _dive_lines(rules))
    discover = _DISCOVER + "".join(f"{line}\n" for line in _discover_lines(found))
    measured = [one for one in found.images if not one.left_out]
    reasons = _reasons_to_find(found)
    tables, told = [], []
    for name, image in _named(measured):
        reason = reasons.get(image.spec.dockerfile, "") if name == image.spec.name else ""
        tables.append("\n".join(_image_lines(image, name, sizes.get(image.spec.name), reason)) + "\n")
        told.append(f"  {name}: " + (f"left to be found, {_remark(reason)}" if reason else _place(image.spec)))
    left = [one for one in found.images if one.left_out]
    told += [f"  left out {_remark(one.spec.name)}: {_remark(one.left_out)}" for one in left]
    unbuilt = ["\n".join(_unmeasured_lines(one)) + "\n" for one in left if not one.variant_of]
    return Starter("\n".join((head, discover, *tables, *unbuilt)), tuple(told))


def _place(spec: ImageSpec) -> str:
    return (
        f"as {_remark(spec.source)} says" if spec.source else f"{_remark(spec.dockerfile)} in {_remark(spec.context)}"
    )


def _reasons_to_find(found: StarterFindings) -> Mapping[str, str]:
    """Say for which Dockerfiles no image is declared: a Dockerfile that is declared is not looked at any more."""
    reasons: dict[str, str] = {}
    for image in found.images:
        reason = ""
        if image.variant_of:
            reason = "since variants of it can be switched on"
        elif image.spec.parents and not image.left_out:
            reason = "since it is built from another image of this repository"
        elif not all(_is_pair(*pair) for pair in (*image.spec.build_args, *image.spec.build_contexts)):
            reason = "since an argument of it cannot be written here"
        elif image.doubts and not image.left_out:
            reason = f"since this is doubtful: {image.doubts[0]}"
        if reason:
            reasons.setdefault(image.spec.dockerfile, reason)
    return reasons


def _discover_lines(found: StarterFindings) -> Iterator[str]:
    """What can be switched on, as comments."""
    variants = [one.spec.name for one in found.images if one.variant_of]
    if variants:
        yield f'# variants = "all"   # or the names of those to measure: {_remark(", ".join(variants[:_MOST_LISTED]))}'
    for path, reason in found.not_shipped[:_MOST_LISTED]:
        if _is_writable(path):
            yield f"# dockerfiles = [{_quoted(path)}]   # not shipped: {_remark(reason)}"


def _remark(text: str) -> str:
    """Make foreign text fit for a comment: one line, nothing that cannot be seen."""
    return "".join(one if is_visible(one) else "?" for one in text[:_LONGEST_REMARK])


def _unmeasured_lines(image: StarterImage) -> Iterator[str]:
    """An image that cannot be built here as CI builds it, as a comment with the reason."""
    spec = image.spec
    yield f"# Not measured: {_remark(spec.name)} ({_remark(spec.source or spec.dockerfile)}). {_remark(image.left_out)}"
    if image.way_out:
        yield f"# {_remark(image.way_out)}"
    if all(map(_is_writable, (spec.name, spec.dockerfile, spec.context, spec.target))):
        yield "# [[image]]"
        yield f"# name = {_quoted(spec.name)}"
        yield from (f"# {line}" for line in _definition_lines(image) if not line.startswith("#"))


def _named(images: Sequence[StarterImage]) -> Iterator[tuple[str, StarterImage]]:
    """Name each image that can be written down: a name that a configuration may hold, and that no other has."""
    taken = set[str]()
    for image in images:
        spec = image.spec
        if all(map(_is_writable, (spec.dockerfile, spec.context, spec.target))):
            stem = _NOT_IN_NAMES.sub("-", spec.name).lstrip("-._/")[:_LONGEST_NAME] or "image"
            name = next(name for name in _numbered(stem) if name not in taken)
            taken.add(name)
            yield name, image


def _is_writable(text: str) -> bool:
    return is_visible(text) and len(text) <= LONGEST_TEXT


def _numbered(stem: str) -> Iterator[str]:
    yield stem
    yield from (f"{stem}-{number}" for number in count(2))


def _dive_lines(rules: DiveRules) -> Iterator[str]:
    yield from (f"# {remark}." for remark in rules.remarks)
    if rules.max_dead:
        yield f"max-dead = {_quoted(rules.max_dead)}"


def _image_lines(image: StarterImage, name: str, unpacked_bytes: int | None, reason: str) -> Iterator[str]:
    yield "[[image]]"
    yield f"name = {_quoted(name)}"
    if reason:
        yield f"# left to be found, {_remark(reason)}"
        yield from (line if line.startswith("#") else f"# {line}" for line in _definition_lines(image))
    else:
        yield from _definition_lines(image)
    if unpacked_bytes is None:
        yield '# budget.max-size = "100 MB"   # deadweight config init --measure fills in what it weighs'
    else:
        yield f"# weighs {unpacked_bytes:,} B today"
        yield f"budget.max-size = {_quoted(with_headroom(unpacked_bytes))}"


def _definition_lines(image: StarterImage) -> Iterator[str]:
    """How an image is built, as what ships it says."""
    spec = image.spec
    if spec.source and _is_writable(spec.source):
        yield f"# as {spec.source} says"
    yield f"dockerfile = {_quoted(spec.dockerfile)}"
    yield f"context = {_quoted(spec.context)}"
    if spec.target:
        yield f"target = {_quoted(spec.target)}"
    platforms = [one for one in image.platforms if _PLATFORM.fullmatch(one)]
    if len(platforms) > 1:
        listed = ", ".join(map(_quoted, platforms))
        yield f"# platforms = [{listed}]   # as CI ships it; the builder must be able to run them"
    for key, pairs in (("build-args", spec.build_args), ("build-contexts", spec.build_contexts)):
        for name, value in pairs:
            if _is_pair(name, value):
                yield f"{key}.{name if _BARE_KEY.fullmatch(name) else _quoted(name)} = {_quoted(value)}"


def _is_pair(name: str, value: str) -> bool:
    return bool(name.strip()) and _is_writable(name) and _is_writable(value)


def with_headroom(unpacked_bytes: int) -> str:
    """Add some headroom to a size and round it up to two digits: 3,930,000 B → ``4.4 MB``."""
    wanted = unpacked_bytes + -(-unpacked_bytes * HEADROOM_PERCENT // 100)
    unit, factor = next(((unit, factor) for unit, factor in _UNITS if wanted >= factor), ("B", 1))
    step = max(1, factor // 10 if wanted < 10 * factor else factor if wanted < 100 * factor else 10 * factor)
    rounded = -(-wanted // step) * step
    whole, tenths = divmod(rounded * 10 // factor, 10)
    return f"{whole}.{tenths} {unit}" if tenths else f"{whole} {unit}"


def _quoted(text: str) -> str:
    """Write a TOML basic string, which takes JSON's escapes of printable text."""
    return json.dumps(text, ensure_ascii=False)
