"""Dockerfiles whose text makes an expression or a loop try every place: read in one pass."""

import pytest

from bot.dockerfile import parse
from bot.errors import DockerfileError
from tests.cpu import within_seconds_of_cpu


def test_directive__of_blanks():
    """A comment of blanks that almost is a directive is told from one in a pass."""
    code = "from bot.dockerfile.parser import _DIRECTIVE\nassert not _DIRECTIVE.fullmatch('# a = b' + ' ' * 400_000 + 'x\\ny')"

    assert within_seconds_of_cpu(code)


@pytest.mark.parametrize("instruction", ["", "FROM a\nONBUILD ", "\ufeff"])
def test_comment__of_blanks(instruction):
    """A first comment of blanks that almost end it is parsed in a pass, also where ONBUILD defers it."""
    code = (
        "from bot.dockerfile import parse\nfrom bot.errors import DockerfileError\n"
        f"try: parse({instruction!r} + '# a = b' + ' ' * 200_000 + 'x\\nFROM a\\n')\nexcept DockerfileError: pass"
    )

    assert within_seconds_of_cpu(code)


def test_directive__too_long():
    """A directive of blanks is refused with its line."""
    with pytest.raises(DockerfileError, match="longer than 1000 characters") as caught:
        parse("# syntax=a\n# check = a" + " " * 200_000 + "x\nFROM a\n")

    assert caught.value.line == 2


def test_comment__first_of_a_file():
    """What the first comment says moves no instruction, and a long one after it that looks like a directive is none."""
    parsed = parse("# hello\r\n#check=" + "x" * 2_000 + "\r\nFROM a\r\n")

    assert parsed.text[slice(*parsed.instructions[0].span)] == "FROM a"
    assert parsed.directives == {}


def test_flags__without_end():
    """A hundred thousand flags of one instruction are passed over without copying what follows each.

    A character outside the first 65,536 makes a copy four times as large, so that copying takes minutes.
    """
    code = (
        "from bot.dockerfile.parser import _body_start\n"
        "assert _body_start('RUN ' + '--a ' * 180_000 + '\\U0001f600', '\\\\')"
    )

    assert within_seconds_of_cpu(code)


def test_directive__still_read():
    """A directive with blanks around its value is obeyed."""
    assert parse("#  escape =  `  \nFROM a\nRUN b `\n  c\n").escape == "`"
