"""A command ends at once, and nothing that it printed is lost."""

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
