"""Globs of paths in an image: ``*`` and ``?`` within a segment, ``**`` across; a match covers what lies below."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

_STARS: Final = re.compile(r"\*+")
_CHARACTER: Final = rb"(?>[\xc0-\xf7][\x80-\xbf]{1,3}|[^/])"
_END: Final = rb"(?=/|\Z)"


def path_matcher(patterns: Iterable[str]) -> "re.Pattern[bytes]":
    """Compile globs such as ``/root/.cache/**`` and ``**/.git`` into one matcher of paths without leading slash.

    A path is matched (``fullmatch``) where a glob covers it or a folder above it. A star that is followed by another
    never gives back what it has matched (atomic groups): the first place where the text between the two fits is always
    good enough. So no glob, however odd, makes matching slow.
    """
    return _compiled(tuple(patterns))


@lru_cache(maxsize=64)
def _compiled(patterns: tuple[str, ...]) -> "re.Pattern[bytes]":
    alternatives = b"|".join(_glob(pattern) for pattern in patterns)
    return re.compile(b"(?:" + alternatives + b")(?:/.*)?" if patterns else rb"(?!)", re.DOTALL)


def _glob(pattern: str) -> bytes:
    """Translate a glob: the first run of segments is anchored at the root, the others float after a ``**``."""
    anchored, *floating = (_run(part) for part in re.split(r"(?:^|/)\*\*(?=/|$)", pattern))
    text = anchored
    for run in filter(None, floating):
        slash = b"/" if text else b""
        text += slash + rb"(?>(?:[^/]+/)*?" + run + b")"
    return text or b".*"


def _run(text: str) -> bytes:
    segments = b"/".join(_segment(segment) for segment in text.split("/") if segment)
    return segments + _END if segments else b""


def _segment(segment: str) -> bytes:
    first, *others = map(_literal, _STARS.split(segment))
    if not others:
        return first
    return first + b"".join(rb"(?>[^/]*?" + chunk + b")" for chunk in others[:-1]) + b"[^/]*" + others[-1]


def _literal(chunk: str) -> bytes:
    return _CHARACTER.join(re.escape(part.encode()) for part in chunk.split("?"))
