"""Why git failed, in its own words, made fit for a report."""

import pytest

from bot.edges.git.command import reason
from bot.edges.programs import ProgramOutput


@pytest.mark.parametrize(
    ("stderr", "told"),
    [
        (b"", "It gave no reason."),
        (b"\n  \n", "It gave no reason."),
        (b"warning: a\nfatal: no such remote\nhint: b\n", "fatal: no such remote"),
        (b"hint: a\nerror: cannot lock\n", "error: cannot lock"),
        (b"something else\nand more\n", "something else"),
        (b"fatal: \x1b[31mred\x07\n", "fatal:  [31mred "),
        (b"fatal: " + b"x" * 400, "fatal: " + "x" * 293),
    ],
)
def test_reason__is_gits_own(stderr: bytes, told: str):
    """The first line that git calls an error is told, else its first line, printable and of at most 300 characters."""
    assert reason(ProgramOutput(128, b"", stderr, expired=False, cut=False)) == told


def test_reason__of_what_was_ended():
    """A deadline and an answer that is too long are told as what they are."""
    assert reason(ProgramOutput(-15, b"", b"fatal: x", expired=True, cut=False)) == "It took longer than 600 s."
    assert (
        reason(ProgramOutput(0, b"", b"fatal: x", expired=False, cut=True)) == "It answered with more than can be read."
    )
