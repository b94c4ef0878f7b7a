"""The one place where foreign text becomes safe: for Markdown, HTML, the terminal and annotations.

Foreign is everything that a pull request can shape: paths, packages, image and branch names, instructions, labels,
build output, reasons, and what a report file claims. Each renderer passes it through one of the functions here.
"""

import html
import re
from collections.abc import Iterable
from itertools import cycle, groupby
from typing import Final
from urllib.parse import quote

from bot.model.bounds import clip, stays_inside
from bot.units import NO_BREAK_SPACE

NAME_LIMIT: Final = 80
"""Characters of a name or path that a table cell shows."""

INSTRUCTION_LIMIT: Final = 72
"""Characters of a Dockerfile instruction that a table cell shows."""

LOG_LINE_LIMIT: Final = 300
"""Characters of a line of build output."""

"""A path below a root: not absolute, never up, no backslash, no control character (as in docs/report.schema.json)."""

_EMPTY: Final = "(empty)"
_BACKTICKS: Final = re.compile(r"`+")
# GitHub's parser, cmark-gfm, opens no code span with more than 80 backticks (MAXBACKTICKS), and keeps the length of a
# fence in one byte: 255 backticks end any longer one. One more than the longest run inside must stay below both.
_LONGEST_RUN_IN_SPAN: Final = 79
_LONGEST_RUN_IN_FENCE: Final = 254
_REFERENCE: Final = re.compile(r"\b(?:[0-9a-f]{7,64}|gh-[0-9]+)\b", re.IGNORECASE)
# Letters and digits, joined by apostrophes, hyphens or decimal points, in ordinary punctuation; never a list marker.
_WORD: Final = re.compile(
    r"""(?![0-9]+[.)](?![0-9]))[("'“]{0,2}"""
    r"""(?:[+−≈×÷]?[0-9]+(?:\.[0-9]+)*(?:\u00a0(?:[kMGTP]?i?B|%))?|[^\W_]+(?:['’-][^\W_]+)*|[%→·×])"""
    r"""[%…]?[)"'”]{0,2}[,;:!?]?\.?"""
    r"""|[.,;:!?)]{1,3}"""
)

# Printable by category, yet they show nothing: Unicode's Default_Ignorable_Code_Point (DerivedCoreProperties.txt).
_UNSEEN: Final = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0"
    + "".join(map(chr, range(0xFE00, 0xFE10)))
    + "".join(map(chr, range(0xE0100, 0xE01F0)))
)


def code(text: str, limit: int = NAME_LIMIT) -> str:
    r"""Make foreign text a Markdown code span that cannot be left: this function is what disarms it.

    Inside a code span GitHub neither links mentions, issues, hashes or addresses nor renders HTML, math or emoji
    codes. The fence is longer than any run of backticks inside (a run too long for that is cut); what does not print
    shows as ``\u202E`` or, for a byte that is no UTF-8, ``\xff``; more than ``limit`` characters are cut in the middle.
    Pipes are the table's task (``markdown.row``).
    """
    shown = _cut_runs(visible(clip(text, limit)), _LONGEST_RUN_IN_SPAN)
    if not shown:
        return f"`{_EMPTY}`"
    ticks = "`" * (_longest_run(shown) + 1)
    pad = " " if (shown[0] in "` " or shown[-1] in "` ") and shown.strip(" ") else ""
    return f"{ticks}{pad}{shown}{pad}{ticks}"


def html_code(text: str, limit: int = NAME_LIMIT) -> str:
    """Make foreign text an HTML ``<code>`` element, for where Markdown is not read: every symbol is an entity."""
    shown = visible(clip(text, limit)) or _EMPTY
    return f"<code>{''.join(c if c.isalnum() and c.isascii() else f'&#{ord(c)};' for c in shown)}</code>"


def html_text(text: str, limit: int = 1000) -> str:
    """Make foreign text fit for HTML text and for double-quoted attributes."""
    return html.escape(plain(text, limit))


def html_prose(text: str, limit: int = 1000) -> str:
    """Make a sentence from elsewhere fit for HTML text; what it has between backticks is code."""
    pieces = clip(text, limit).split("`")
    if len(pieces) % 2 == 0:
        return html_text(text, limit)
    forms = cycle(("{}", "<code>{}</code>"))
    return "".join(form.format(html_text(piece, limit)) for form, piece in zip(forms, pieces, strict=False))


def fence(lines: Iterable[str], language: str = "text") -> str:
    """Put lines of foreign text into a fenced code block that none of them can end."""
    printable = (visible(clip(line, LOG_LINE_LIMIT).replace("\t", "    ")) for line in lines)
    shown = [_cut_runs(line, _LONGEST_RUN_IN_FENCE) for line in printable]
    ticks = "`" * max(3, _longest_run("\n".join(shown)) + 1)
    return "\n".join([f"{ticks}{language}", *shown, ticks])


def plain(text: str, limit: int = 400) -> str:
    """Make foreign text one harmless line for a terminal or an annotation: no control characters, no ANSI escapes."""
    return NO_BREAK_SPACE.join(map(visible, clip(text, limit).split(NO_BREAK_SPACE)))


def prose(text: str, limit: int = 300) -> str:
    """Show a sentence that came through a report or a configuration: harmless words as they are, the rest as code.

    A word stays where it is letters and digits with ordinary punctuation around; what Markdown or GitHub could give
    a meaning (addresses, mentions, hashes, markup) goes into a code span, neighbours together. What the sentence
    itself has between backticks is code as well.
    """
    pieces = clip(text, limit).split("`")
    if len(pieces) % 2 == 0:
        pieces[-2:] = ["`".join(pieces[-2:])]
    forms = cycle((_words, code))
    return _side_by_side(form(piece, limit) for form, piece in zip(forms, pieces, strict=False))


def sentence(text: str, limit: int = 300) -> str:
    """Show a title of our own as a sentence that another may follow."""
    shown = prose(text, limit)
    return shown if not shown or shown.endswith((".", "!", "?")) else f"{shown}."


def visible(text: str) -> str:
    r"""Show every character that does not print, or that could change how others do, as ``\uXXXX`` or ``\xXX``."""
    if text.isprintable() and _UNSEEN.isdisjoint(text):
        return text
    return "".join(c if c.isprintable() and c not in _UNSEEN else _escape(ord(c)) for c in text)


def link(label: str, url: str) -> str:
    """Link a label of our own Markdown; without an address it is the label alone."""
    return f"[{label}]({url})" if url else label


def url_path(path: str) -> str:
    """Encode a path for use in an address below a repository; empty where it would lead out of it.

    Nothing is left that Markdown could take for its own; and no ``..``, which a browser resolves before it asks.
    """
    return quote(path.encode("utf-8", "surrogateescape"), safe="/") if stays_inside(path) else ""


def _side_by_side(parts: Iterable[str]) -> str:
    """Join, keeping code spans apart from each other and from words, so that no two make one."""
    text = ""
    for part in parts:
        text += f" {part}" if text and part and _touch(text[-1], part[0]) else part
    return text


def _touch(last: str, first: str) -> bool:
    return (last == "`" and (first == "`" or first.isalnum())) or (first == "`" and last.isalnum())


def _words(text: str, limit: int) -> str:
    runs = groupby(text.split(" "), key=_is_inert)
    return " ".join(" ".join(run) if inert else _code_inside(" ".join(run), limit) for inert, run in runs)


def _code_inside(run: str, limit: int) -> str:
    """Show words as code, but for the punctuation of the sentence around them."""
    core = run.lstrip("(").rstrip(".,;:!?)")
    before, _, after = run.partition(core) if core else ("", "", "")
    return f"{before}{code(core or run, limit)}{after}"


def _cut_runs(text: str, most: int) -> str:
    return _BACKTICKS.sub(lambda run: clip(run[0], most), text)


def _longest_run(text: str) -> int:
    return max((len(run) for run in _BACKTICKS.findall(text)), default=0)


def _escape(point: int) -> str:
    if 0xDC80 <= point <= 0xDCFF:
        return f"\\x{point - 0xDC00:02x}"
    return f"\\u{point:04X}" if point <= 0xFFFF else f"\\U{point:08X}"


def _is_inert(word: str) -> bool:
    return not word or bool(_WORD.fullmatch(word) and not _REFERENCE.search(word) and _UNSEEN.isdisjoint(word))
