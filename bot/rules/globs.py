"""Globs over paths inside an image: ``*`` and ``?`` stay within one name, ``**`` crosses directories."""

import re
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


@lru_cache(maxsize=4096)
def compile_glob(glob: str) -> re.Pattern[bytes]:
    """Compile a glob for ``fullmatch`` on paths as ``Entry.path`` has them: relative, without a leading slash."""
    parts = _PARTS.findall(glob.encode())
    return re.compile(b"".join(_TRANSLATIONS.get(part, re.escape(part)) for part in parts), re.DOTALL)


def literal_head(glob: str) -> bytes:
    """Give the directory part of a glob that has no wildcard: every match starts with it."""
    head = re.split(r"[*?]", glob, maxsplit=1)[0]
    return (head if head == glob else head[: head.rfind("/") + 1]).encode()
