"""Globs over paths inside an image: ``*`` and ``?`` stay within one name, ``**`` crosses directories."""

import re
from collections.abc import Iterator
from functools import lru_cache

_PARTS = re.compile(rb"/\*\*/|\*\*/|/\*\*|\*\*|\*|\?|[^*?/]+|/")
_TRANSLATIONS = {
    b"/**/": rb"/(?:.*/)?",
    b"**/": rb"(?:.*/)?",
    b"/**": rb"/.*",
    b"**": rb".*",
    b"*": rb"[^/]*",
    b"?": rb"[^/]",
}

_CROSSING = frozenset({b"/**/", b"**/", b"/**", b"**"})
_BEFORE = frozenset({b"/**/", b"**/"})
# What is left of the second one once its slash is part of the text between the two.
_AFTER = {b"/**/": b"**/", b"/**": b"**"}


@lru_cache(maxsize=4096)
def compile_glob(glob: str) -> re.Pattern[bytes]:
    """Compile a glob for ``fullmatch`` on paths as ``Entry.path`` has them: relative, without a leading slash."""
    return re.compile(b"".join(_translated(_PARTS.findall(glob.encode()))), re.DOTALL)


def _translated(parts: list[bytes]) -> Iterator[bytes]:
    """Give the parts as an expression that goes over a path once, however many ``**`` there are.

    What stands between two of them is matched at the first place where it fits, for good (an atomic group): whatever
    may follow at a later place may follow there as well.
    """
    start = 0
    while start < len(parts):
        end = next((at for at in range(start + 1, len(parts)) if parts[at] in _CROSSING), start)
        if parts[start] in _BEFORE and parts[end] in _AFTER and end > start + 1:
            slash = b"/" if parts[start] == b"/**/" else b""
            yield slash + rb"(?>(?:.*?/)??" + b"".join(map(_text, parts[start + 1 : end])) + b"/)"
            parts[end] = _AFTER[parts[end]]
            start = end
        else:
            yield _text(parts[start])
            start += 1


def _text(part: bytes) -> bytes:
    return _TRANSLATIONS.get(part, re.escape(part))


def literal_head(glob: str) -> bytes:
    """Give the directory part of a glob that has no wildcard: every match starts with it."""
    head = re.split(r"[*?]", glob, maxsplit=1)[0]
    return (head if head == glob else head[: head.rfind("/") + 1]).encode()
