"""Hides secret values in text, however a build, a renderer or a file format has spelt them.

One redactor belongs to a process; everything that leaves the process passes it. It does not look for spellings of a
secret in a text; it undoes the spellings of the text, remembers where each character came from, and looks for the
secret in what is left.
"""

import base64
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from bot.edges.redactor.views import TextSpan, View, views

__all__ = ["MASK", "Redactor"]

MASK: Final = "***"

_MOST_NEEDLES: Final = 4_000
_ELLIPSIS: Final = "…"
_HEX_SEPARATORS: Final = re.compile(r"(?:\\x|0x|[\s:,])+")
_URL_SAFE: Final = str.maketrans("-_", "+/")
_LOWER_HEX: Final = str.maketrans("ABCDEF", "abcdef")
_BASE64: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_")


class Redactor:
    """Knows the values that nobody may see; ``text`` gives a text without them."""

    def __init__(self) -> None:
        self._lines: set[str] = set()
        self._values: dict[str, None] = {}
        self._encoded: dict[str, None] = {}
        self._hexadecimal: dict[str, None] = {}
        self._listeners: list[Callable[[str], None]] = []

    def knowing(self, values: Iterable[str]) -> "Redactor":
        """Return a redactor that hides these values too, for a part of the process; nobody is told of them."""
        made = Redactor()
        made._lines.update(self._lines)
        for own, taken in ((made._values, self._values), (made._encoded, self._encoded)):
            own.update(taken)
        made._hexadecimal.update(self._hexadecimal)
        for value in values:
            made.hide(value)
        return made

    def listen(self, listener: Callable[[str], None]) -> None:
        """Tell somebody of each line of a value that is hidden from now on."""
        self._listeners.append(listener)

    def hide(self, value: str) -> None:
        """Hide a value from now on: its lines, and the tokens in them.

        Values of fewer than six characters, and numbers of fewer than ten digits, stay visible.
        """
        for line in lines_of(value):
            if line not in self._lines and len(self._values) < _MOST_NEEDLES:
                self._hide_line(line)
        if len(value) >= SHORTEST:
            self._encoded.update(dict.fromkeys(base64_cores(value)))

    def _hide_line(self, line: str) -> None:
        self._lines.add(line)
        for listener in self._listeners:
            listener(line)
        for needle in needles_of(line):
            self._values[needle] = None
            self._encoded.update(dict.fromkeys(base64_cores(needle)))
            self._hexadecimal[hexadecimal(needle)] = None

    def text(self, text: str) -> str:
        """Replace every hidden value by ``***``."""
        if not self._values or not text:
            return text
        # All views first, then one replacement: a mask that was written in between would hide what the next view has to
        # see.
        spans = _merged(span for view in views(text) for span in self._spans(view))
        parts, position = [], 0
        for start, end in spans:
            parts += [text[position:start], MASK]
            position = end
        return "".join((*parts, text[position:]))

    def lines(self, lines: Iterable[str]) -> list[str]:
        """Redact lines, also a value that a line's end splits."""
        return self.text("\n".join(lines)).split("\n")

    def content(self, content: bytes) -> bytes:
        """Redact a file's content."""
        if not self._values:
            return content
        return self.text(content.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")

    def _spans(self, view: View) -> Iterator[TextSpan]:
        r"""Find what a view shows of the values: as they are, cut short, in Base64, and in hexadecimal.

        Each is looked for in a text of its own: a build prints URL-safe Base64 or upper-case digits as well, and tools
        put blanks, colons or ``\x`` between the bytes of a dump.
        """
        for start, end in (*_found(list(self._values), view.text), *_cut_short(list(self._values), view.text)):
            yield view.span(start, end)
        # Character for character, so that positions stay those of the view.
        plain = view.text.translate(_URL_SAFE)
        for start, end in _words_around(plain, sorted(_found(list(self._encoded), plain))):
            yield view.span(start, end)
        bare = view.without(_HEX_SEPARATORS)
        for start, end in _found(list(self._hexadecimal), bare.text.translate(_LOWER_HEX)):
            yield bare.span(start, end)


# A find is only the bits that no neighbour shares; what remained of the word around it would still tell the value's
# first and last bytes, so the whole word goes. A long word with many finds is walked once, not once for each of them.
def _words_around(text: str, spans: Iterable[TextSpan]) -> Iterator[TextSpan]:
    """Widen finds, which are in order, to the Base64 around them, padding included; each word is walked once."""
    reached = 0
    for start, end in spans:
        if end > reached:
            first = _back(text, start, reached)
            reached = end
            while reached < len(text) and text[reached] in _BASE64:
                reached += 1
            while reached < len(text) and text[reached] == "=":
                reached += 1
            yield first, reached


def _back(text: str, position: int, bound: int) -> int:
    while position > bound and text[position - 1] in _BASE64:
        position -= 1
    return position


def _found(needles: Iterable[str], text: str) -> Iterator[TextSpan]:
    for needle in needles:
        for position in _positions(needle, text):
            yield position, position + len(needle)


def _cut_short(needles: Iterable[str], text: str) -> Iterator[TextSpan]:
    """Find what a cut left of a value: six or more of its first characters before ``…``, or of its last after it."""
    if _ELLIPSIS not in text:
        return
    for needle in needles:
        for start in _positions(needle[:SHORTEST], text):
            end = start + _alike(needle, text[start : start + len(needle)])
            if text.startswith(_ELLIPSIS, end):
                yield start, end
        for position in _positions(needle[-SHORTEST:], text):
            end = position + SHORTEST
            start = end - _alike(needle[::-1], text[max(0, end - len(needle)) : end][::-1])
            if text.endswith(_ELLIPSIS, 0, start):
                yield start, end


def _alike(one: str, other: str) -> int:
    """Count the characters that two texts begin with alike."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((index for index, (left, right) in pairs if left != right), min(len(one), len(other)))


def _positions(needle: str, text: str) -> Iterator[int]:
    position = text.find(needle)
    while position >= 0:
        yield position
        position = text.find(needle, position + len(needle))


def _merged(spans: Iterable[TextSpan]) -> list[TextSpan]:
    merged: list[TextSpan] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged


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
