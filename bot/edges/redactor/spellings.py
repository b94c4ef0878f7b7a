"""What is looked for: the lines and tokens of a secret value, and what Base64 and hexadecimal make of them."""

import base64
import re
from collections.abc import Iterator
from typing import Final

SHORTEST: Final = 6
"""Characters of a value that is hidden: hiding ``1`` or ``true`` would garble every text and hide nothing."""

SHORTEST_NUMBER: Final = 10
"""Digits of a value of digits alone: a shorter one may as well be a size."""

_PIECE_CHARACTERS: Final = 512
_TOKEN_CHARACTERS: Final = 16
_TOKENS: Final = re.compile(r"""[^\s=:"',;&?@<>(){}\[\]]+""")


def lines_of(value: str) -> tuple[str, ...]:
    """Split a value into its lines, without the blanks around them."""
    return tuple(dict.fromkeys(stripped for one in re.split(r"[\r\n]+", value) if (stripped := one.strip())))


def needles_of(line: str) -> Iterator[str]:
    """Yield what of a line is worth hiding: the line, a very long one in pieces, and tokens inside it."""
    pieces = (line[at : at + _PIECE_CHARACTERS] for at in range(0, len(line), _PIECE_CHARACTERS))
    yield from filter(_is_worth_hiding, (*pieces, *_tokens(line)))


def hexadecimal(value: str) -> str:
    """Spell a value's bytes in lower-case hexadecimal."""
    return value.encode("utf-8", "surrogateescape").hex()


def base64_cores(value: str) -> Iterator[str]:
    """Yield what Base64 makes of a value at each of the three places in a group where it may begin.

    The first and last characters hold bits of the neighbours, so they are left to whoever searches.
    """
    raw = value.encode("utf-8", "surrogateescape")
    for shift, skipped in enumerate((0, 2, 3)):
        encoded = base64.b64encode(bytes(shift) + raw).decode()
        core = encoded[skipped : (shift + len(raw)) * 8 // 6]
        if len(core) >= SHORTEST:
            yield core


def _is_worth_hiding(line: str) -> bool:
    return len(line) >= (SHORTEST_NUMBER if line.isdecimal() else SHORTEST)


def _tokens(line: str) -> Iterator[str]:
    """Yield the parts of a line that look like a token by themselves, as in ``//host/:_authToken=npm_x1``."""
    for match in _TOKENS.finditer(line):
        token = match[0]
        kinds = {kind for one in token for kind in (str.isdigit, str.isupper, str.islower) if kind(one)}
        if len(kinds) > 1 and _TOKEN_CHARACTERS <= len(token) <= _PIECE_CHARACTERS and token != line:
            yield token
