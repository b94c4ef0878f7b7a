"""Globs of paths in an image: ``*`` and ``?`` stay within one name, ``**`` alone between slashes crosses folders.

Rules ask for whole paths (``compile_glob``); budgets name files and folders, and mean all that lies below them
(``path_matcher``). The language is the same and stands here alone. That of ``.dockerignore`` is another one, defined by
BuildKit (see ``bot.dockerfile.context``).

However odd a glob, it goes over a path once: what stands between two stars is matched at the first place where it fits,
for good (an atomic group), because whatever may follow at a later place may follow there as well.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

_CROSSING: Final = re.compile(r"(?:^|/)\*\*(?=/|$)")
_STARS: Final = re.compile(r"\*+")
_CHARACTER: Final = rb"(?>[\xc0-\xf7][\x80-\xbf]{1,3}|[^/])"
_END: Final = rb"(?=/|\Z)"


@lru_cache(maxsize=4096)
def compile_glob(glob: str) -> re.Pattern[bytes]:
    """Compile a glob for ``fullmatch`` on whole paths as ``Entry.path`` has them: without a leading slash.

    ``**`` at the end stands for something, so that ``usr/**`` matches what lies below ``usr`` and not ``usr`` itself.
    """
    *runs, last = _runs(glob)
    if not runs:
        return re.compile(last, re.DOTALL)
    beginning = _beginning(runs)
    # The last run must end the path and so is no atomic group: the first place where it fits may not be the last one.
    ending = rb"(?:.*/)?" + last if last else b".*"
    return re.compile(beginning + (b"/" if beginning else b"") + ending, re.DOTALL)


def path_matcher(globs: Iterable[str]) -> re.Pattern[bytes]:
    """Compile globs such as ``/root/.cache/**`` and ``**/.git`` into one matcher for ``fullmatch`` on whole paths.

    It matches what one of the globs names and what lies below that.
    """
    return _compiled(tuple(globs))


@lru_cache(maxsize=64)
def _compiled(patterns: tuple[str, ...]) -> re.Pattern[bytes]:
    alternatives = b"|".join(_beginning(_runs(pattern)) or b".*" for pattern in patterns)
    return re.compile(b"(?:" + alternatives + b")(?:/.*)?" if patterns else rb"(?!)", re.DOTALL)


def literal_head(glob: str) -> bytes:
    """Return the directory part of a glob that has no wildcard: every match starts with it."""
    head = re.split(r"[*?]", glob, maxsplit=1)[0]
    return (head if head == glob else head[: head.rfind("/") + 1]).encode()


def _runs(glob: str) -> list[bytes]:
    """Translate what stands before, between and after each ``**``; empty where nothing does."""
    return [b"/".join(map(_name, filter(None, run.split("/")))) for run in _CROSSING.split(glob)]


def _beginning(runs: Sequence[bytes]) -> bytes:
    """Anchor the first run at the root; each other one floats to the first place behind where it fits."""
    first, *others = runs
    text = first and first + _END
    for run in filter(None, others):
        text += (b"/" if text else b"") + rb"(?>(?:.*?/)??" + run + _END + b")"
    return text


def _name(glob: str) -> bytes:
    first, *others = map(_literal, _STARS.split(glob))
    if not others:
        return first
    return first + b"".join(rb"(?>[^/]*?" + chunk + b")" for chunk in others[:-1]) + b"[^/]*" + others[-1]


def _literal(chunk: str) -> bytes:
    return _CHARACTER.join(re.escape(part.encode()) for part in chunk.split("?"))
