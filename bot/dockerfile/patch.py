"""Old text and new text → a unified diff that ``git apply`` takes; and back, applied to the letter or not at all."""

import re
from collections.abc import Callable, Iterator, Mapping
from difflib import unified_diff

from bot.errors import DockerfileError

_PLAIN_PATH = re.compile(r"[A-Za-z0-9._@+/-]+")
_HEADER = re.compile(r"--- (?:a/(?P<old>.*)|/dev/null)\n\+\+\+ b/(?P<new>.*)\n")
_HUNK = re.compile(r"^@@ -(?P<start>\d{1,7})(?:,\d{1,7})? \+\d{1,7}(?:,\d{1,7})? @@[^\n]*\n", re.MULTILINE)
_KEPT_FROM_US = (".github/", ".git/")
"""Folders that no proposal changes: what runs in CI is nobody's image."""
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


def patched(patch: str, read: Callable[[str], str | None]) -> Mapping[str, str]:
    """Apply a patch of ours to the files that ``read`` gives; returns the new texts by path.

    Raises ``DockerfileError`` where it does not fit to the letter, or would change what is no file of an image.
    """
    changed: dict[str, str] = {}
    for section in re.split(r"(?m)^diff --git [^\n]*\n", patch)[1:]:
        header = _HEADER.search(section)
        if header is None or not _is_plain(header["new"]) or header["old"] not in {None, header["new"]}:
            raise DockerfileError("The patch cannot be applied.", why="It names no file that a proposal may change.")
        before = read(header["new"]) if header["old"] else ""
        if before is None:
            raise DockerfileError("The patch cannot be applied.", why=f"There is no {header['new']}.")
        changed[header["new"]] = _applied(_split(before), section[header.end() :])
    if not changed:
        raise DockerfileError("The patch cannot be applied.", why="It changes nothing.")
    return changed


def _is_plain(path: str) -> bool:
    inside = _PLAIN_PATH.fullmatch(path) and not {"", ".", ".."} & set(path.split("/"))
    return bool(inside) and not path.startswith(_KEPT_FROM_US)


def _applied(before: list[str], hunks: str) -> str:
    after: list[str] = []
    at = 0
    for hunk, lines in _hunks(hunks):
        start = max(int(hunk["start"]) - 1, 0)
        after += before[at:start]
        at = start
        for sign, text in lines:
            if sign in {" ", "-"}:
                if before[at : at + 1] != [text]:
                    raise DockerfileError("The patch cannot be applied.", why="The file has changed since.")
                at += 1
            if sign in {" ", "+"}:
                after.append(text)
    return "".join([*after, *before[at:]])


def _hunks(text: str) -> Iterator[tuple[re.Match[str], list[tuple[str, str]]]]:
    found = list(_HUNK.finditer(text))
    ends = [*(one.start() for one in found[1:]), len(text)]
    for one, end in zip(found, ends, strict=True):
        yield one, _signed(_split(text[one.end() : end]))


def _signed(lines: list[str]) -> list[tuple[str, str]]:
    """Give each line of a hunk with its sign; one that a backslash follows has no line end."""
    signed: list[tuple[str, str]] = []
    for line in lines:
        if line.startswith("\\") and signed:
            signed[-1] = (signed[-1][0], signed[-1][1].removesuffix("\n"))
        elif line[:1] in {" ", "-", "+"}:
            signed.append((line[0], line[1:]))
    return signed
