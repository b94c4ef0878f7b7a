"""A text with what is not seen and what is spelt otherwise undone, layer by layer, and the way back to the original."""

import re
import sys
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, lru_cache
from html import unescape
from typing import Final

_MOST_LAYERS: Final = 3
_LAST: Final = sys.maxsize

# What may stand between two characters and is not seen: CSI and OSC sequences (ECMA-48), other escape sequences,
# controls but for the tabulator, and what has no width or changes direction.
_NOISE: Final = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])?"
    r"|[\x00-\x08\x0a-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff]"
)
# One character as JSON, HTML, URLs, shells and Markdown write it.
_ESCAPES: Final = re.compile(
    r"\\u(?P<wide>[0-9a-fA-F]{4})|\\x(?P<narrow>[0-9a-fA-F]{2})|(?P<percent>(?:%[0-9a-fA-F]{2})+)"
    r"|(?P<entity>&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]{2,8});)|\\(?P<plain>[!-/:-@\[-`{-~nrtbf])"
)
_CONTROLS: Final = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}

TextSpan = tuple[int, int]
Rewrite = Callable[[re.Match[str]], str]


class View:
    """A text, or what is left of another view's text when a pattern's finds are rewritten.

    Where its characters came from is worked out when somebody asks: in most texts there is nothing to hide.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._seen_through: tuple[View, re.Pattern[str], Rewrite] | None = None

    def without(self, pattern: re.Pattern[str], rewrite: Rewrite | None = None) -> "View":
        """Return the view in which a pattern's finds are gone, or rewritten."""
        made = View(pattern.sub(rewrite or "", self.text))
        made._seen_through = self, pattern, rewrite or (lambda _: "")
        return made

    def span(self, start: int, end: int) -> TextSpan:
        """Return the span of the original that the characters from ``start`` up to ``end`` came from."""
        if self._seen_through is None:
            return start, end
        return self._seen_through[0].span(self._origin(start)[0], self._origin(end - 1)[1])

    def _origin(self, position: int) -> TextSpan:
        """Return the span of the view below that one character came from."""
        index = bisect_right(self._rewritten, (position, _LAST, _LAST, _LAST)) - 1
        start, length, first, last = self._rewritten[index] if index >= 0 else (0, 0, 0, 0)
        if position < start + length:
            return first, last
        origin = last + position - start - length
        return origin, origin + 1

    @cached_property
    def _rewritten(self) -> Sequence[tuple[int, int, int, int]]:
        """List for each rewriting its position and length here, and its span in the view below."""
        found: list[tuple[int, int, int, int]] = []
        shift = 0
        below, pattern, rewrite = self._seen_through or (self, _NOISE, lambda _: "")
        for match in pattern.finditer(below.text):
            length = len(rewrite(match))
            found.append((match.start() + shift, length, match.start(), match.end()))
            shift += length - len(match[0])
        return found


def views(text: str) -> Iterator[View]:
    """Yield the text as it is, then without what is not seen, then with one layer of escapes after the other undone."""
    view = View(text)
    yield view
    for _ in range(_MOST_LAYERS + 1):
        plainer = view.without(_NOISE)
        # A view that is like the one before would be searched twice for nothing.
        if plainer.text != view.text:
            yield plainer
        view = plainer.without(_ESCAPES, _unescaped)
        if view.text == plainer.text:
            return
        yield view


def _unescaped(match: re.Match[str]) -> str:
    return _character(match[0])


@lru_cache(maxsize=4096)
def _character(escape: str) -> str:
    """Return what an escape stands for; a text has few different ones, and each of them many times."""
    match = _ESCAPES.fullmatch(escape)
    if match is None:
        return escape
    if code := match["wide"] or match["narrow"]:
        return chr(int(code, 16))
    if match["percent"]:
        return bytes.fromhex(match["percent"].replace("%", "")).decode("utf-8", "surrogateescape")
    if match["entity"]:
        return unescape(match["entity"])
    return _CONTROLS.get(match["plain"], match["plain"])
