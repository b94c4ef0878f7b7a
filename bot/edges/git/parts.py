"""What a checkout makes of a tree besides copying its files: conversions, submodules and Git LFS objects.

Attributes of the tree ask for other line ends or another encoding. actions/checkout applies them, so the image that CI
ships is built from what they make. Only the tree's own count: no ``info/attributes``, no file of the user's or the
machine's, no ``core.autocrlf``, and no filter but Git LFS is run. ``export-subst`` and ``export-ignore`` are for
archives and do nothing to a checkout. Submodules and LFS objects are found where the user's own checkout keeps them.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from bot.edges.git.command import SafeGit, decode
from bot.edges.git.scratch import Scratch

_ATTRIBUTES = ".gitattributes"
_LFS = "lfs"
_ASKED = ("text", "crlf", "eol", "working-tree-encoding", "ident", "filter")
_NOTHING = frozenset({"unspecified", "unset"})
_UTF_8 = frozenset({"utf-8", "utf8"})
# https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md: a pointer is less than 1024 bytes, its version comes first.
_POINTER = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\n(?:[^\n]*\n)*?oid sha256:([0-9a-f]{64})\nsize [0-9]+\n"
)
_POINTER_LIMIT_BYTES = 1024
_SUBMODULE_MODE = "160000"
_SUBMODULE_PATH = re.compile(r"submodule\.(.+)\.path")


class Submodule(NamedTuple):
    """A submodule of a tree: its path, its commit, and git for its repository, ``None`` where that is not here."""

    path: str
    commit: str
    repository: SafeGit | None


class Pointer(NamedTuple):
    """A Git LFS pointer of a tree: its path, and the file with the content, ``None`` where that is not here."""

    path: str
    content: Path | None


def submodules(scratch: Scratch, commit: str) -> tuple[Submodule, ...]:
    """List the submodules of a commit's tree."""
    entries = [one for one in _entries(scratch, commit) if one.mode == _SUBMODULE_MODE]
    names = _names(scratch, commit) if entries else {}
    return tuple(
        Submodule(one.path, one.object_id, _repository(scratch, names.get(one.path, ""), one)) for one in entries
    )


def speaks_of_lfs(scratch: Scratch, commit: str) -> bool:
    """Tell whether any attributes file of a commit's tree asks for Git LFS."""
    entries = [one for one in _entries(scratch, commit) if one.path.rpartition("/")[2] == _ATTRIBUTES]
    return any(b"filter=lfs" in content for _, content in _contents(scratch, entries))


def pointers(scratch: Scratch, commit: str) -> tuple[Pointer, ...]:
    """List the Git LFS pointers of a commit's tree: files that are one and whose attributes ask for LFS."""
    if not speaks_of_lfs(scratch, commit):
        return ()
    entries = list(_entries(scratch, commit, "-l"))
    changes = conversions(scratch, commit, [one.path for one in entries])
    asking = {path for path, names in changes.items() if _LFS in names.split()}
    small = [one for one in entries if one.path in asking and 0 < one.size < _POINTER_LIMIT_BYTES]
    return tuple(
        Pointer(one.path, _stored(scratch, match[1].decode()))
        for one, content in _contents(scratch, small)
        if (match := _POINTER.fullmatch(content))
    )


class _Entry(NamedTuple):
    path: str
    mode: str
    object_id: str
    size: int


def _entries(scratch: Scratch, commit: str, *options: str) -> Iterator[_Entry]:
    """List a tree; sizes are there with the option ``-l`` only, which needs every blob."""
    listing = decode(scratch.git.bytes("ls-tree", "-r", "-z", "--full-tree", *options, commit))
    for line in listing.split("\0"):
        described, separator, path = line.partition("\t")
        if separator:
            mode, _, object_id, size = (*described.split(), "-")[:4]
            yield _Entry(path, mode, object_id, int(size) if size.isdecimal() else 0)


def _names(scratch: Scratch, commit: str) -> Mapping[str, str]:
    """Map the path of each submodule to its name, as .gitmodules says."""
    output = scratch.git.attempt("config", "--null", f"--blob={commit}:.gitmodules", "--list")
    settings = (line.partition("\n") for line in decode(output.stdout).split("\0"))
    return {path: match[1] for key, _, path in settings if (match := _SUBMODULE_PATH.fullmatch(key))}


def _repository(scratch: Scratch, name: str, entry: _Entry) -> SafeGit | None:
    """Find the repository that has the commit: where git keeps submodules, or in the working tree as of old."""
    safe = name and ".." not in name.split("/") and not name.startswith("/")
    folders = [scratch.kept("modules") / name] if safe else []
    for folder in (*folders, Path(scratch.work_tree, entry.path, ".git")):
        if (folder / "HEAD").is_file() and not folder.is_symlink():
            repository = scratch.git.at(str(folder))
            if repository.attempt("cat-file", "-e", f"{entry.object_id}^{{tree}}").exit_code == 0:
                return repository
    return None


def _contents(scratch: Scratch, entries: list[_Entry]) -> Iterator[tuple[_Entry, bytes]]:
    """Read many small blobs at once; ``cat-file --batch`` answers ``ID blob SIZE``, the content, and a line feed."""
    asked = "".join(f"{one.object_id}\n" for one in entries).encode("ascii")
    answer = scratch.git.bytes("cat-file", "--batch", stdin=asked) if entries else b""
    position = 0
    for one in entries:
        end = answer.index(b"\n", position)
        header = answer[position:end].split()
        size = int(header[2]) if header[1:2] == [b"blob"] else 0
        yield one, answer[end + 1 : end + 1 + size]
        position = end + 1 + (size + 1 if header[1:2] == [b"blob"] else 0)


def _stored(scratch: Scratch, oid: str) -> Path | None:
    path = scratch.kept("lfs") / "objects" / oid[:2] / oid[2:4] / oid
    return path if path.is_file() and not path.is_symlink() else None


def conversions(scratch: Scratch, commit: str, paths: Sequence[str]) -> Mapping[str, str]:
    """Map the regular files that a checkout changes, or may change, to the names of the changes."""
    if not any(path.rpartition("/")[2] == _ATTRIBUTES for path in paths):
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
        yield _LFS
