"""Dockerfiles whose text makes an expression or a loop try every place: read in one pass."""

from bot.dockerfile import parse
from tests.cpu import within_seconds_of_cpu


def test_directive__of_blanks():
    """A comment of blanks that almost is a directive is told from one in a pass."""
    code = "from bot.dockerfile.parser import _DIRECTIVE\nassert not _DIRECTIVE.fullmatch('# a = b' + ' ' * 400_000 + 'x\\ny')"

    assert within_seconds_of_cpu(code)


def test_flags__without_end():
    """A hundred thousand flags of one instruction are passed over without copying what follows each."""
    code = "from bot.dockerfile.parser import _body_start\nassert _body_start('RUN ' + '--a ' * 120_000 + 'x', '\\\\')"

    assert within_seconds_of_cpu(code)


def test_directive__still_read():
    """A directive with blanks around its value is obeyed."""
    assert parse("#  escape =  `  \nFROM a\nRUN b `\n  c\n").escape == "`"
