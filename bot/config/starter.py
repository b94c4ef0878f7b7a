"""The images that a repository has → a first deadweight.toml, ready to be committed; for ``config init``.

The rules of a ``.dive-ci`` (dive's README, "CI Integration") become the budgets that mean the same here, with a word
about those that have no counterpart; kebab-case is accepted as well, and ``disabled`` turns a rule off.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Final, NamedTuple

from bot.config.kinds import LONGEST_TEXT, is_visible
from bot.model.build import ImageSpec
from bot.units import parse_size

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


class DiveRules(NamedTuple):
    """What was found: text for ``max-dead``, empty if there is none, and comments for the reader."""

    max_dead: str
    remarks: tuple[str, ...]


def starter_config(images: Sequence[ImageSpec], sizes: Mapping[str, int], dive_ci: str = "") -> str:
    """Write a configuration with one table for each image.

    ``sizes`` are unpacked bytes by name: each gets some headroom. An image without a known size gets its budget
    as a comment; one whose paths hold characters that no configuration may hold is left out. ``dive_ci`` is the text
    of a ``.dive-ci``, whose rules are translated.
    """
    rules = read_dive_ci(dive_ci) if dive_ci else DiveRules("", ())
    head = _HEAD + "".join(f"{line}\n" for line in _dive_lines(rules))
    tables = ("\n".join(_image_lines(image, name, sizes.get(image.name))) + "\n" for name, image in _named(images))
    return "\n".join((head, _DISCOVER, *tables))


def _named(images: Sequence[ImageSpec]) -> Iterator[tuple[str, ImageSpec]]:
    """Name each image that can be written down: a name that a configuration may hold, and that no other has."""
    taken = set[str]()
    for image in images:
        if all(map(_is_writable, (image.dockerfile, image.context, image.target))):
            stem = _NOT_IN_NAMES.sub("-", image.name).lstrip("-._/")[:_LONGEST_NAME] or "image"
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


def _image_lines(image: ImageSpec, name: str, unpacked_bytes: int | None) -> Iterator[str]:
    yield "[[image]]"
    yield f"name = {_quoted(name)}"
    if image.parents and name == image.name:
        yield "# Built from another image of this repository, so it is left to be found: only its budgets are here."
    else:
        yield from _definition_lines(image)
    if unpacked_bytes is None:
        yield '# budget.max-size = "100 MB"   # deadweight config init --measure fills in what it weighs'
    else:
        yield f"# weighs {unpacked_bytes:,} B today"
        yield f"budget.max-size = {_quoted(with_headroom(unpacked_bytes))}"


def _definition_lines(image: ImageSpec) -> Iterator[str]:
    """How an image is built, as what ships it says; what a configuration may not hold is named as left out."""
    if image.source and _is_writable(image.source):
        yield f"# as {image.source} says"
    yield f"dockerfile = {_quoted(image.dockerfile)}"
    yield f"context = {_quoted(image.context)}"
    if image.target:
        yield f"target = {_quoted(image.target)}"
    for key, pairs in (("build-args", image.build_args), ("build-contexts", image.build_contexts)):
        for name, value in pairs:
            if _BARE_KEY.fullmatch(name) and _is_writable(value):
                yield f"{key}.{name} = {_quoted(value)}"
            else:
                yield f"# left out: one of its {key}, which cannot be written here"


def with_headroom(unpacked_bytes: int) -> str:
    """Add some headroom to a size and round it up to two digits: 3,930,000 B → ``4.4 MB``."""
    wanted = unpacked_bytes + -(-unpacked_bytes * HEADROOM_PERCENT // 100)
    unit, factor = next(((unit, factor) for unit, factor in _UNITS if wanted >= factor), ("B", 1))
    step = max(1, factor // 10 if wanted < 10 * factor else factor if wanted < 100 * factor else 10 * factor)
    rounded = -(-wanted // step) * step
    whole, tenths = divmod(rounded * 10 // factor, 10)
    return f"{whole}.{tenths} {unit}" if tenths else f"{whole} {unit}"


def starter_files(
    images: Sequence[ImageSpec], sizes: Mapping[str, int], workflows: Mapping[str, str], dive_ci: str = ""
) -> Mapping[str, str]:
    """Every file that ``config init`` writes, by path; ``workflows`` are texts by file name."""
    return {
        "deadweight.toml": starter_config(images, sizes, dive_ci),
        **{f".github/workflows/{name}": text for name, text in workflows.items()},
    }


def _quoted(text: str) -> str:
    """Write a TOML basic string, which takes JSON's escapes of printable text."""
    return json.dumps(text, ensure_ascii=False)


_RULE: Final = re.compile(
    r"^[ \t]*(?:-[ \t]+)?(lowest-?efficiency|highest-?wasted-?bytes|highest-?user-?wasted-?percent)[ \t]*[:=][ \t]*"
    r"[\"']?([A-Za-z0-9.% ]{1,40}?)[\"']?[ \t]*(?:\#.*)?$",
    re.IGNORECASE | re.MULTILINE,
)
_WASTED_BYTES: Final = "highestwastedbytes"


def read_dive_ci(text: str) -> DiveRules:
    """Translate a ``.dive-ci``; what is not understood is said, never guessed."""
    rules = {match[1].lower().replace("-", ""): match[2].strip() for match in _RULE.finditer(text)}
    wasted = rules.pop(_WASTED_BYTES, "disabled")
    known = parse_size(wasted) is not None
    remarks = [
        f"{_NAMES[name]} = {value} of .dive-ci has no counterpart: {_WHY[name]}" for name, value in rules.items()
    ]
    if known:
        remarks.insert(0, _WHY_DEAD)
    elif wasted != "disabled":
        remarks.insert(0, "highestWastedBytes of .dive-ci is not a size that can be read")
    return DiveRules(wasted if known else "", tuple(remarks))


_NAMES: Final = {"lowestefficiency": "lowestEfficiency", "highestuserwastedpercent": "highestUserWastedPercent"}
_WHY: Final = {
    "lowestefficiency": "a share says nothing about the bytes; max-dead and max-size do",
    "highestuserwastedpercent": "dead bytes are bounded in bytes, by max-dead",
}
_WHY_DEAD: Final = (
    "max-dead is highestWastedBytes of .dive-ci; only bytes that are not in the final filesystem count here, "
    "so it is never stricter"
)
