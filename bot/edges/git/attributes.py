"""What a commit's own attributes make of its files when they are checked out: other line ends, another encoding.

actions/checkout applies them, so the image that CI ships is built from what they make. Only the tree's own count: no
``info/attributes``, no file of the user's or the machine's, no ``core.autocrlf``, and no filter but Git LFS is run.
``export-subst`` and ``export-ignore`` are for archives and do nothing to a checkout.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bot.edges.git.command import decode
from bot.edges.git.scratch import Scratch

FILE = ".gitattributes"
LFS = "lfs"
_ASKED = ("text", "crlf", "eol", "working-tree-encoding", "ident", "filter")
_NOTHING = frozenset({"unspecified", "unset"})
_UTF_8 = frozenset({"utf-8", "utf8"})


def conversions(scratch: Scratch, commit: str, paths: Sequence[str]) -> Mapping[str, str]:
    """Map the regular files that a checkout changes, or may change, to the names of the changes."""
    if not any(path.rpartition("/")[2] == FILE for path in paths):
        return {}
    found = ((path, " ".join(_changes(values))) for path, values in _attributes(scratch, commit, paths))
    return {path: changes for path, changes in found if changes}


def _attributes(scratch: Scratch, commit: str, paths: Sequence[str]) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Ask git itself, with the commit in an index of its own; it answers ``path attribute value`` for each of them."""
    index = Path(scratch.folder, "attributes-index")
    git, variables = scratch.isolated(), {"GIT_INDEX_FILE": str(index)}
    asked = b"".join(path.encode("utf-8", "surrogateescape") + b"\0" for path in paths)
    try:
        git.bytes("read-tree", commit, variables=variables)
        answer = git.bytes("check-attr", "--cached", "--stdin", "-z", *_ASKED, stdin=asked, variables=variables)
    finally:
        index.unlink(missing_ok=True)
    fields, width = decode(answer).split("\0"), 3 * len(_ASKED)
    for start in range(0, len(fields) - width + 1, width):
        yield fields[start], dict(zip(fields[start + 1 : start + width : 3], fields[start + 2 :: 3], strict=False))


def _changes(values: Mapping[str, str]) -> Iterator[str]:
    """Name what changes a file's bytes on its way out, as git's ``convert.c`` decides it where lines end with LF."""
    text = values["text"] if values["text"] != "unspecified" else values["crlf"]
    if values["eol"] == "crlf" and text not in {"unset", "input"}:
        yield "auto-crlf" if text == "auto" else "crlf"
    encoding = values["working-tree-encoding"]
    if encoding not in _NOTHING and encoding.lower() not in _UTF_8:
        yield f"encoding={encoding}"
    if values["ident"] == "set":
        yield "ident"
    if values["filter"] == "lfs":
        yield LFS
