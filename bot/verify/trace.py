"""What strace wrote down of one run → the paths that it asked for. The log is foreign: a program names its paths."""

import re
from collections.abc import Iterator
from typing import Final

from bot.model.verify import Trace

CALLS: Final = "%file,fchdir,?clone,?clone3,?fork,?vfork"
"""What has to be traced, in strace's words, with ``-f -y``."""

MOST_BYTES: Final = 64_000_000
"""A longer log is read up to here."""

_LONGEST_LINE: Final = 65_536
_LINE: Final = re.compile(rb"(\d{1,10}) +(?:<\.\.\. (\w+) resumed>)?(.*)", re.DOTALL)
_CALL: Final = re.compile(rb"(\w+)\(")
_FOLDER: Final = re.compile(rb"(?:AT_FDCWD|\d+)(?:<((?:[^>\\]|\\.)*)>)?(?:, |\))")
_QUOTED: Final = re.compile(rb'"((?:[^"\\]|\\.)*)"')
_RESULT: Final = re.compile(rb" = (-?\d+)(?:<((?:[^>\\]|\\.)*)>)?(?: (E[A-Z]+))?")
_ESCAPE: Final = re.compile(rb"\\([0-7]{1,3}|x[0-9a-fA-F]{2}|.)", re.DOTALL)
_PLAIN_ESCAPES: Final = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"v": b"\v", b"f": b"\f", b"a": b"\a", b"b": b"\b"}
_UNFINISHED: Final = b" <unfinished ...>"

_OPENS: Final = frozenset({b"open", b"openat", b"openat2", b"creat", b"readlink", b"readlinkat"})
_STARTS: Final = frozenset({b"execve", b"execveat"})
_LOOKS: Final = frozenset(
    {
        *(b"stat", b"lstat", b"stat64", b"lstat64", b"newfstatat", b"fstatat64", b"statx", b"statfs", b"statfs64"),
        *(b"access", b"faccessat", b"faccessat2", b"chdir", b"chmod", b"fchmodat", b"chown", b"lchown", b"fchownat"),
        *(b"getxattr", b"lgetxattr", b"utimensat", b"truncate"),
    }
)
_FORKS: Final = frozenset({b"clone", b"clone3", b"fork", b"vfork"})
_AT: Final = frozenset(
    {
        *(b"openat", b"openat2", b"readlinkat", b"execveat", b"newfstatat", b"fstatat64", b"statx", b"faccessat"),
        *(b"faccessat2", b"fchmodat", b"fchownat", b"utimensat"),
    }
)
_IN_VAIN: Final = frozenset({b"ENOENT", b"ENOTDIR"})
_NOT_OF_THE_IMAGE: Final = (b"proc/", b"sys/", b"dev/")


def parse_trace(log: bytes, *, without: bytes = b"", folder: bytes = b"/") -> Trace:
    """Read the log of ``strace -f -y -e trace=CALLS``; paths at or below ``without`` are the tracer's own.

    The first process begins in ``folder``: what it executes by a relative name says nothing of where it is. Lines that
    are none are passed over.
    """
    reading = _Reading(folder)
    for line in _lines(log):
        reading.hear(line)
    return Trace(
        opened=_of_the_image(reading.opened, without),
        executed=_of_the_image(reading.executed, without),
        missed=_of_the_image(reading.missed, without),
        looked_at=_of_the_image(reading.looked_at, without),
    )


def _lines(log: bytes) -> Iterator[bytes]:
    start, end = 0, min(len(log), MOST_BYTES)
    while start < end:
        stop = log.find(b"\n", start, end)
        stop = end if stop < 0 else stop
        if stop - start <= _LONGEST_LINE:
            yield log[start:stop]
        start = stop + 1


class _Reading:
    """The paths heard of so far, and where each process is."""

    def __init__(self, folder: bytes) -> None:
        self._first = b"/" + folder.strip(b"/")
        self.opened: set[bytes] = set()
        self.executed: set[bytes] = set()
        self.missed: set[bytes] = set()
        self.looked_at: set[bytes] = set()
        self._folders: dict[bytes, bytes] = {}
        self._begun: dict[bytes, bytes] = {}
        self._forking = b""

    def hear(self, line: bytes) -> None:
        """Take one line; a call that another process interrupted is put together again."""
        match = _LINE.fullmatch(line)
        if not match:
            return
        process, resumed, rest = match.groups()
        self._meet(process)
        if resumed:
            rest = self._begun.pop(process, b"") + rest
        call = _CALL.match(rest)
        if not call:
            return
        if rest.endswith(_UNFINISHED):
            self._begun[process] = rest[: -len(_UNFINISHED)]
            self._forking = process if call[1] in _FORKS else self._forking
            return
        self._hear_call(process, call[1], rest, call.end())

    def _meet(self, process: bytes) -> None:
        """A process that is new begins where the one is that was forking when it came."""
        if process not in self._folders:
            self._folders[process] = self._folders.get(self._forking, self._first)

    def _hear_call(self, process: bytes, name: bytes, text: bytes, start: int) -> None:
        result = _last_result(text)
        if result is None:
            return
        number, leads_to, error = result.groups()
        failed = number.startswith(b"-")
        if name in _FORKS:
            if not failed:
                self._folders.setdefault(number, self._folders[process])
            return
        path = self._path(process, name, text, start)
        if name in {b"chdir", b"fchdir"} and not failed and path is not None:
            self._folders[process] = path
        if path is not None:
            self._note(name, path, b"" if not failed else error or b"E")
        if leads_to and not failed and name in _OPENS and leads_to.startswith(b"/"):
            self.opened.add(_unescaped(leads_to))

    def _path(self, process: bytes, name: bytes, text: bytes, start: int) -> bytes | None:
        """Read the path of a call as an absolute one; ``None`` for a call that names none."""
        folder = self._folders[process]
        if name in _AT or name == b"fchdir":
            at = _FOLDER.match(text, start)
            if at is None:
                return None
            start = at.end()
            if at[1] is not None:
                folder = _unescaped(at[1])
            if at[0].startswith(b"AT_FDCWD") and at[1] is not None:
                self._folders[process] = folder
            if name == b"fchdir":
                return folder if at[1] is not None else None
        quoted = _QUOTED.match(text, start)
        if quoted is None or not quoted[1]:
            return None
        return _joined(folder, _unescaped(quoted[1]))

    def _note(self, name: bytes, path: bytes, error: bytes) -> None:
        if name not in _OPENS and name not in _STARTS and name not in _LOOKS:
            return
        if error:
            if error in _IN_VAIN:
                self.missed.add(path)
        elif name in _STARTS:
            self.executed.add(path)
        elif name in _OPENS:
            self.opened.add(path)
        else:
            self.looked_at.add(path)


def _last_result(text: bytes) -> "re.Match[bytes] | None":
    """Find the result of a call: what follows the last `` = ``, since a path may hold one as well."""
    at = text.rfind(b") ")
    at = text.find(b" = ", at) if at >= 0 else -1
    return _RESULT.match(text, at) if at >= 0 else None


def _unescaped(text: bytes) -> bytes:
    return _ESCAPE.sub(_character, text) if b"\\" in text else text


def _character(match: "re.Match[bytes]") -> bytes:
    code = match[1]
    if code[:1].isdigit():
        return bytes([int(code, 8) & 0xFF])
    if code[:1] == b"x" and len(code) > 1:
        return bytes([int(code[1:], 16)])
    return _PLAIN_ESCAPES.get(code, code)


def _joined(folder: bytes, path: bytes) -> bytes:
    whole = path if path.startswith(b"/") else folder + b"/" + path
    if b"//" not in whole and b"/." not in whole:
        return whole
    reached: list[bytes] = []
    for part in whole.split(b"/"):
        if part == b"..":
            del reached[-1:]
        elif part not in {b"", b"."}:
            reached.append(part)
    return b"/" + b"/".join(reached)


def _of_the_image(paths: set[bytes], without: bytes) -> frozenset[bytes]:
    relative = (path.strip(b"/") for path in paths)
    own = without.strip(b"/")
    return frozenset(
        path for path in relative if path and not (path + b"/").startswith(_NOT_OF_THE_IMAGE) and not _below(path, own)
    )


def _below(path: bytes, folder: bytes) -> bool:
    return bool(folder) and (path == folder or path.startswith(folder + b"/"))
