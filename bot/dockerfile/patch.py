"""Old text and new text → a unified diff that ``git apply`` takes."""

import re
from collections.abc import Iterator
from difflib import unified_diff

_PLAIN_PATH = re.compile(r"[A-Za-z0-9._@+/-]+")
_NO_NEWLINE = "\n\\ No newline at end of file\n"


def unified_patch(path: str, before: str, after: str) -> str:
    """Show a change of one file; an empty ``before`` creates it. Empty where nothing changes.

    Also empty for a path with characters that a diff header would have to quote: such a path is never worth the risk.
    """
    if before == after or not _PLAIN_PATH.fullmatch(path) or path.startswith("/"):
        return ""
    return "".join(_lines(path, before, after))


def _lines(path: str, before: str, after: str) -> Iterator[str]:
    yield f"diff --git a/{path} b/{path}\n"
    if not before:
        yield "new file mode 100644\n"
    source = f"a/{path}" if before else "/dev/null"
    for line in unified_diff(_split(before), _split(after), source, f"b/{path}"):
        yield line if line.endswith("\n") else line + _NO_NEWLINE


def _split(text: str) -> list[str]:
    return re.findall(r"[^\n]*\n|[^\n]+\Z", text)
