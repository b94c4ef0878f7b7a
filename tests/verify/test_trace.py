"""strace's log, read."""

from __future__ import annotations

from bot.verify import parse_trace

LOG = rb"""7 execve("/app/main", ["main"], 0x7ffe /* 3 vars */) = 0
7 access("/etc/ld.so.preload", R_OK) = -1 ENOENT (No such file or directory)
7 openat(AT_FDCWD</app>, "/lib/libc.so.6", O_RDONLY|O_CLOEXEC) = 3</usr/lib/libc-2.36.so>
7 openat(AT_FDCWD</app>, "config/words.json", O_RDONLY) = 4</app/config/words.json>
7 open("data/../data/./state", O_RDONLY) = 4</app/data/state>
7 readlink("/proc/self/exe", "/app/main", 4095) = 9
7 openat(AT_FDCWD</app>, "/dev/null", O_RDWR) = 5</dev/null>
7 newfstatat(4</app/config>, "", {st_mode=S_IFREG|0644}, AT_EMPTY_PATH) = 0
7 newfstatat(4</app/config>, "other.json", {st_mode=S_IFREG|0644, st_size=3}, 0) = 0
7 openat(9</app/views>, "page.html", O_RDONLY) = 6</app/views/page.html>
7 openat(AT_FDCWD</app>, "name with \"quotes\" and = 3</x>", O_RDONLY) = -1 ENOENT (No such file or directory)
7 openat(AT_FDCWD</app>, "\303\244\n", O_RDONLY) = 6</app/\303\244\n>
7 vfork( <unfinished ...>
8 execve("/bin/sh", ["sh"], 0x55 /* 3 vars */ <unfinished ...>
7 <... vfork resumed>) = 8
8 <... execve resumed>) = 0
8 open("relative", O_RDONLY) = 3</app/relative>
8 chdir("/srv") = 0
8 clone(child_stack=NULL, flags=SIGCHLD) = 9
9 stat("inside", {st_mode=S_IFREG}) = 0
7 stat("outside", 0x7ffe) = -1 ENOENT (No such file or directory)
9 fchdir(3</var/lib>) = 0
9 open("dpkg/status", O_RDONLY) = -1 EACCES (Permission denied)
9 openat(AT_FDCWD</var/lib>, "/.box/log", O_RDONLY) = 3</.box/log>
9 --- SIGCHLD {si_signo=SIGCHLD} ---
9 +++ exited with 0 +++
"""


def test_trace__paths_as_they_were_asked_for_and_where_they_led():
    """Names relative to a folder, to a descriptor and through links are told from the root."""
    trace = parse_trace(LOG, without=b".box")

    assert trace.opened == {
        *(b"lib/libc.so.6", b"usr/lib/libc-2.36.so", b"app/config/words.json", b"app/data/state", b"app/relative"),
        *(b"app/views/page.html", b"app/\xc3\xa4\n"),
    }
    assert trace.executed == {b"app/main", b"bin/sh"}


def test_trace__what_was_asked_for_in_vain_and_what_was_looked_at():
    """A path that is not there is missed; one that may not be read is neither."""
    trace = parse_trace(LOG, without=b".box")

    assert trace.missed == {b"etc/ld.so.preload", b'app/name with "quotes" and = 3</x>', b"app/outside"}
    assert trace.looked_at == {b"app/config/other.json", b"srv/inside", b"srv"}


def test_trace__of_anything_else():
    """Bytes that no strace wrote are passed over."""
    for log in (
        b"",
        b"\0" * 1000,
        b"7 " * 5000,
        b'7 open("' * 5000,
        b"7 open(\n7 <... x resumed>\n",
        b'7 open("a" = 3',
    ):
        assert parse_trace(log).opened == frozenset()


def test_trace__of_a_line_without_end():
    """A line that is longer than any path is passed over, and the next one is read."""
    log = b'7 open("' + b"a" * 70_000 + b'", O_RDONLY) = 3\n7 open("/b", O_RDONLY) = 3\n'

    assert parse_trace(log).opened == {b"b"}


def test_trace__begins_in_the_working_directory():
    """What the first process executes and looks for by a relative name lies where the image has it begin."""
    log = b"""12 execve("./server", ["./server"], 0x7ff) = 0
12 access("config/words.json", R_OK) = 0
12 openat(AT_FDCWD</app>, "data", O_RDONLY) = 3</app/data>
"""

    trace = parse_trace(log, folder=b"/app/")

    assert trace.executed == {b"app/server"}
    assert trace.looked_at == {b"app/config/words.json"}
    assert trace.opened == {b"app/data"}
