"""Whether a smaller image is searched for: how far that may go, what is asked of it, and when it is worth the time."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Final

from bot.model.budget import Limit, Verdict
from bot.model.config import VerifyMode, VerifyOptions, VerifySet
from bot.model.report import ImageReport, ImageState, SideReport
from bot.model.verify import Questions

LABEL: Final = "image-size-verify"
"""Asks for a search on a pull request, whatever its images grew."""

_NOISE_BYTES: Final = 10_000
_NOISE_SHARE: Final = 1_000
_FURTHEST_LAST: Final = tuple(VerifyMode)


def mode_of(options: VerifyOptions, image: str) -> VerifyMode:
    """Tell how far the search for an image may go: as far as everybody lets who is asked."""
    stated = [one.mode for one in _sets(options, image) if one.mode is not None]
    own = stated[-1] if stated else options.mode
    return min((own, *(mode_of(one, image) for one in options.ceilings)), key=_FURTHEST_LAST.index)


def asked_of(options: VerifyOptions, image: str) -> Questions:
    """Give what is asked of an image besides its own command, ports and health check; the last that says it holds."""
    commands = [one.smoke for one in _sets(options, image) if one.smoke is not None]
    pages = [one.pages for one in _sets(options, image) if one.pages is not None]
    return Questions(commands[-1] if commands else (), pages[-1] if pages else ())


def is_worth_a_search(image: ImageReport, options: VerifyOptions) -> bool:
    """Tell whether an image grew or is over a budget, and something found in it promises more than the least."""
    head = image.head
    if not isinstance(head, SideReport) or not (_grew(image, head) or _is_over(image)):
        return False
    least = _bytes(options.least, head.unpacked_bytes)
    return any(one.claimed.total > least for one in image.findings if not one.suppressed)


def _grew(image: ImageReport, head: SideReport) -> bool:
    noise = max(_NOISE_BYTES, head.unpacked_bytes // _NOISE_SHARE)
    return image.state is ImageState.NEW or (image.delta is not None and image.delta.unpacked_bytes > noise)


def _is_over(image: ImageReport) -> bool:
    return any(judged.verdict in {Verdict.FAIL, Verdict.WARN} for judged in image.budgets)


def _bytes(limit: Limit, whole: int) -> int:
    return int(whole * limit.percent / 100) if limit.percent is not None else limit.amount or 0


def _sets(options: VerifyOptions, image: str) -> Iterator[VerifySet]:
    return (one for one in options.sets if one.images == image or fnmatchcase(image, one.images))
