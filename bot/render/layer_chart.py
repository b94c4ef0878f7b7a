"""The layers of both sides as a bar chart in plain text, for a fence or a terminal."""

from collections.abc import Sequence
from itertools import groupby
from typing import Final, NamedTuple

from bot.model.bounds import clip
from bot.model.report import LayerRow
from bot.render.text import visible
from bot.units import format_bytes

_EIGHTHS: Final = ("", "▏", "▎", "▍", "▌", "▋", "▊", "▉")
_BAR_CELLS: Final = 20
_TEXT_WIDTH: Final = 44


class Bar(NamedTuple):
    """One line of the chart: which side, what, how much, and how much it was where that differs."""

    side: str
    text: str
    bytes: int
    before: int


def layer_chart(rows: Sequence[LayerRow], head_word: str, most: int) -> list[str]:
    """Draw one line for each layer, the largest ``most`` of them, in their order from the lowest up."""
    word = head_word.removeprefix("This ").replace("Head", "head")
    bars = _merged([_bar(row, word) for row in rows])
    largest = sorted(bars, key=lambda bar: -bar.bytes)[:most]
    shown = [bar for bar in bars if bar in largest][:most]
    scale = max((bar.bytes for bar in shown), default=0)
    width = max((len(bar.side) for bar in shown), default=0)
    lines = [_line(bar, scale, width) for bar in shown]
    return [*lines, f"… {len(bars) - len(shown)} smaller layers"] if len(bars) > len(shown) else lines


def draw_bar(part: int, whole: int, cells: int = _BAR_CELLS) -> str:
    """Draw a bar in eighths of a character cell; a positive part is always seen."""
    eighths = max(round(part * cells * 8 / whole), 1) if part > 0 and whole > 0 else 0
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8]


def _bar(row: LayerRow, head_word: str) -> Bar:
    if row.head_bytes is None:
        return Bar("base", row.text, row.base_bytes or 0, row.base_bytes or 0)
    if row.base_bytes is None:
        return Bar(head_word, row.text, row.head_bytes, row.head_bytes)
    return Bar("both", row.text, row.head_bytes, row.base_bytes)


def _merged(bars: Sequence[Bar]) -> list[Bar]:
    """Join neighbours that stand for one thing, such as the layers of the base image."""
    groups = [list(group) for _, group in groupby(bars, key=lambda bar: (bar.side, bar.text))]
    return [_sum(group) for group in groups]


def _sum(group: Sequence[Bar]) -> Bar:
    first, count = group[0], len(group)
    text = f"{clip(first.text, _TEXT_WIDTH - 12)} ({count} layers)" if count > 1 else first.text
    return Bar(first.side, text, sum(bar.bytes for bar in group), sum(bar.before for bar in group))


def _line(bar: Bar, scale: int, width: int) -> str:
    text = clip(visible(bar.text), _TEXT_WIDTH)
    line = f"{bar.side:<{width}}  {text:<{_TEXT_WIDTH}}  {format_bytes(bar.bytes):>8} {draw_bar(bar.bytes, scale)}"
    line += f" (was {format_bytes(bar.before)})" if bar.before != bar.bytes else ""
    return line.replace("\u00a0", " ").rstrip()
