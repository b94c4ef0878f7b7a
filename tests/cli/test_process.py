"""A command ends at once, and nothing that it printed is lost."""

import os
import subprocess
import sys
from pathlib import Path


def leave(before: str, *, stdout: int = subprocess.PIPE) -> subprocess.CompletedProcess[str]:
    """Run a process that prints and leaves."""
    script = f"import sys\nfrom bot.edges.process import leave\n{before}\nleave(7)"
    return subprocess.run([sys.executable, "-c", script], stdout=stdout, stderr=subprocess.PIPE, text=True, check=False)


def test_leave__everything_is_written() -> None:
    """What was printed arrives whole, and the exit code is the one that was given."""
    ended = leave("print('x' * 100_000)\nprint('told', file=sys.stderr, end='')")

    assert (7, 100_001, "told") == (ended.returncode, len(ended.stdout), ended.stderr)


def test_leave__nothing_is_freed() -> None:
    """No finalizer runs, which is what the time went into."""
    ended = leave("class Late:\n    def __del__(self): print('freed')\nkept = Late()")

    assert (7, "") == (ended.returncode, ended.stdout)


def test_leave__full_disk() -> None:
    """Output that cannot be written is told, and the process does not end as if it had been."""
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        ended = leave("print('lost')", stdout=full.fileno())

    assert ended.returncode not in {0, 7}
    assert "No space left" in ended.stderr


def told(stdout: int, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a process whose runner prints a result, then leaves as the program does."""
    script = (
        "from bot.__main__ import _tell\nfrom bot.edges.process import leave\nfrom bot.edges.runner import make_runner\n"
        "from bot.errors import UsageError\nrunner = make_runner({})\n"
        "try:\n    runner.print('\u26aa')\nexcept UsageError as error:\n    _tell(error, runner)\n    leave(2)\nleave(0)"
    )
    command = [sys.executable, "-c", script]
    given = {**os.environ, **environment}
    return subprocess.run(command, stdout=stdout, stderr=subprocess.PIPE, text=True, check=False, env=given)


def test_print__to_a_full_disk() -> None:
    """A result that cannot be written is told in words, once, and never as success."""
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        ended = told(full.fileno())

    assert (ended.returncode, ended.stderr.count("No space left")) == (2, 1)
    assert "Traceback" not in ended.stderr
    assert "--output FILE" in ended.stderr


def test_print__to_a_reader_who_has_left() -> None:
    """A reader who has seen enough, such as head, is no failure."""
    reader, writer = os.pipe()
    os.close(reader)
    ended = told(writer)
    os.close(writer)

    assert (ended.returncode, ended.stderr) == (0, "")


def test_print__in_a_locale_without_the_character() -> None:
    """What a terminal cannot show is spelt out."""
    ended = told(subprocess.PIPE, PYTHONIOENCODING="ascii")

    assert (ended.returncode, ended.stdout) == (0, "\\u26aa\n")
