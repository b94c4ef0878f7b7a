"""A report from elsewhere against the configuration of the base: what must be in it, and names that only look like it.

A report that leaves an image out, or calls it by another name, would keep every budget of it. So whatever the
configuration declares must be there; what is missing is not measured, never kept.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Final, NamedTuple

from bot.model.budget import BudgetKind, Verdict, worst
from bot.model.build import ImageSpec
from bot.model.config import Config
from bot.model.report import ImageReport, ImageState, MissingSide, SideReport
from bot.policy.effective import without_default

NOT_THERE: Final = "the base's configuration declares this image, and the report does not have it"
NOT_NEW: Final = "the report calls this image new, but the base has its Dockerfile"

_GLOB: Final = re.compile(r"[*?\[]")
_BELIEVED: Final = frozenset({BudgetKind.DENY_PATHS, BudgetKind.DENY_PACKAGES, BudgetKind.PATHS})
_ALIKE: Final = str.maketrans(
    {"0": "o", "1": "l", "i": "l", "|": "l", "5": "s", "_": "-", ".": "-", "/": "-", " ": "-"}
)
_ALIKE_PAIRS: Final = (("rn", "m"), ("vv", "w"))
_UNSEEN: Final = frozenset({"Mn", "Me", "Cf", "Cc", "Zs", "Zl", "Zp", "Cs"})
_FILLERS: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_ORDINARY: Final = re.compile(r"[^A-Za-z0-9._/-]")


class Expected(NamedTuple):
    """An image that must be in a report; ``dockerfile`` is where the base has it, empty where that is not declared."""

    name: str
    platform: str = ""
    dockerfile: str = ""


def expected_images(config: Config, wanted: Sequence[str] = ()) -> tuple[Expected, ...]:
    """List what a configuration declares: its images, and the names that have budgets of their own.

    ``wanted`` are the globs of the images that are measured at all; none: all of them.
    """
    declared = [_expected(spec) for spec in config.images]
    known = {one.name for one in declared}
    names = dict.fromkeys(sets.images for sets in config.policy.sets if not _GLOB.search(sets.images))
    every = (*declared, *(Expected(name) for name in names if name not in known))
    return tuple(one for one in every if not wanted or any(fnmatchcase(one.name, glob) for glob in wanted))


def _expected(spec: ImageSpec) -> Expected:
    return Expected(spec.name, str(spec.platform or ""), spec.dockerfile)


def held_to(
    images: Collection[ImageReport], expected: Iterable[Expected], base_has: Callable[[str], bool]
) -> tuple[ImageReport, ...]:
    """Return the images of a report with those that are missing or said to be new, as not measured.

    ``base_has`` tells whether the base has a file.
    """
    wanted = tuple(expected)
    old = {one.name for one in wanted if _is_said_to_be_new(one, images) and base_has(one.dockerfile)}
    kept = [_lost(image.name, image.platform, NOT_NEW) if _is_old(image, old) else image for image in images]
    missing = (one for one in wanted if not any(_is(image, one) for image in images))
    return (*kept, *(_lost(one.name, one.platform, NOT_THERE) for one in missing))


def unanswered(image: ImageReport) -> ImageReport:
    """Never call an image kept whose report says nothing of a budget that only it can tell of."""
    silent = any(one.budget.kind in _BELIEVED and one.verdict is Verdict.NOT_MEASURED for one in image.budgets)
    if not silent or not isinstance(image.head, SideReport):
        return image
    return replace(image, verdict=worst((image.verdict, Verdict.NOT_MEASURED)))


def _is(image: ImageReport, one: Expected) -> bool:
    """Tell whether an entry is the expected one; an entry without a platform was read on none."""
    alike = without_default(image.platform) == without_default(one.platform)
    return image.name == one.name and (alike or not image.platform or not one.platform)


def _is_said_to_be_new(one: Expected, images: Iterable[ImageReport]) -> bool:
    return bool(one.dockerfile) and any(_is_old(image, {one.name}) for image in images)


def _is_old(image: ImageReport, old: Collection[str]) -> bool:
    alone = image.state is ImageState.NOT_COMPARED and image.base is None
    return image.name in old and (image.state is ImageState.NEW or alone)


def _lost(name: str, platform: str, why: str) -> ImageReport:
    return ImageReport(name, platform, ImageState.NOT_MEASURED, None, MissingSide(why), None)


class LookAlike(NamedTuple):
    """A name that no configuration knows, spelled out, and the name that it may be taken for."""

    shown: str
    known: str


def look_alike(name: str, known: Iterable[str]) -> LookAlike | None:
    """Find the known name that another may be taken for: by other letters, other case, or characters that hide.

    There is no table of letters: any letter that is not ASCII may stand for one or two that are.
    """
    names = tuple(known)
    if name in names:
        return None
    seen = _as_seen(name)
    return next((LookAlike(spelled_out(name), other) for other in names if _reads(seen, _as_seen(other))), None)


def spelled_out(name: str) -> str:
    """Write every character that is not an ordinary one of a name as its code point."""
    return _ORDINARY.sub(lambda match: _point(ord(match[0])), name)


def _point(code: int) -> str:
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _as_seen(name: str) -> str:
    shown = "".join(c for c in name.casefold() if c == " " or not (unicodedata.category(c) in _UNSEEN or c in _FILLERS))
    folded = shown.strip().translate(_ALIKE)
    for pair, one in _ALIKE_PAIRS:
        folded = folded.replace(pair, one)
    return folded


def _reads(name: str, known: str) -> bool:
    """Tell whether a name can be read as a known one; in one pass, however many letters are strange."""
    if len(name) > len(known):
        return False
    reached = {0}
    for letter in name:
        reached = set(_after(letter, known, reached))
    return len(known) in reached


def _after(letter: str, known: str, reached: Iterable[int]) -> Iterator[int]:
    for at in reached:
        if letter.isascii():
            yield from (at + 1,) if known[at : at + 1] == letter else ()
        else:
            yield from (end for end in (at + 1, at + 2) if end <= len(known))
