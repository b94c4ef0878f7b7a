"""What varies by nature is not compared; what a program computed is."""

from __future__ import annotations

import time

import pytest

from bot.verify.normalise import normalised_lines

SAME = [
    ("2026-11-24T22:16:20.123Z up", "2026-11-25T01:02:03.9Z up"),
    ("2026/11/24 22:16:20 up", "2026/11/24 22:16:59 up"),
    ("[24/Nov/2026:22:16:20 +0000] GET /", "[25/Nov/2026:01:16:20 +0000] GET /"),
    ("Tue, 24 Nov 2026 22:16:20 GMT", "Wed, 25 Nov 2026 01:00:00 GMT"),
    ("Nov 24, 2026 10:12:14 PM org.Main", "Nov 25, 2026 1:12:14 AM org.Main"),
    ("Tue Nov 24 22:12:14 2026", "Wed Nov 25 01:12:14 2026"),
    ("took 12ms", "took 340ms"),
    ("took 1.25 seconds", "took 0.3 seconds"),
    ("took 12µs", "took 9µs"),
    ("request 3f2504e0-4f89-11d3-9a0c-0305e82c3301", "request 00000000-4f89-11d3-9a0c-0305e82c3301"),
    ("session deadbeef12", "session 0123456789abcdef"),
    ("at 0x7f3a12", "at 0x55d0aa"),
    ("[7] started", "[12] started"),
    ("server (pid 7)", "server (pid 12)"),
    ("Booting worker with pid: 9", "Booting worker with pid: 11"),
    (
        "[2026-11-24 22:16:20 +0000] [7] [INFO] at http://x (7)",
        "[2026-11-24 22:17:20 +0000] [9] [INFO] at http://x (9)",
    ),
    ("now=1764022334", "now=1764022999"),
    ("file /tmp/tmpab12", "file /tmp/tmpzz99"),
    ("from 127.0.0.1:45678", "from 127.0.0.1:51234"),
    ("\x1b[32mINFO\x1b[0m up", "INFO up"),
    ("2026/11/24 22:16:20 [notice] 7#7: start", "2026/11/24 22:16:20 [notice] 12#12: start"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_lines__that_are_the_same_but_for_their_nature(one: str, other: str):
    """Times, durations, processes, random names and ephemeral ports are taken for one another."""
    assert normalised_lines(one.encode()) == normalised_lines(other.encode())


DIFFERENT = [
    ("max=61", "max=247"),
    ("42 words", "41 words"),
    ("version 3.12.1", "version 3.12.2"),
    ("listening on 8080", "listening on 8081"),
    ("listening on 127.0.0.1:8080", "listening on 127.0.0.1:8081"),
    ("crc cbf43926 as hexadecimal", "crc cbf43927 of hexadecimal"),
    ("crc 12345678", "crc 12345679"),
    ("size 5 MB", "size 6 MB"),
    ("found (3)", "found (4)"),
    ("é", "?"),
]


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_lines__that_say_something_else(one: str, other: str):
    """Numbers and words that a program computed stay what they are."""
    assert normalised_lines(one.encode()) != normalised_lines(other.encode())


@pytest.mark.parametrize(
    "text", ["a" * 300_000, "0" * 300_000, "1:" * 100_000, "\x1b[" * 100_000, "/tmp/" * 60_000, "9-" * 150_000]
)
def test_lines__that_are_hostile_take_no_time(text: str):
    """No expression goes over a long line more than once for each of its places."""
    begin = time.process_time()

    normalised_lines("\n".join([text] * 5).encode())

    assert time.process_time() - begin < 2
