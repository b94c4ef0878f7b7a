"""What images weighed, for a terminal: a line of bars for each image and platform, and its latest commits."""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from itertools import pairwise
from typing import Final

from bot.model.history import History, Point
from bot.policy.size_record import as_json
from bot.render.phrases import plural
from bot.render.text import plain
from bot.units import NO_BREAK_SPACE, format_bytes, format_change

_BARS: Final = "▁▂▃▄▅▆▇█"
_WIDEST: Final = 60
_MOST_ROWS: Final = 20
_HEADER: Final = ("day", "commit", "unpacked", "change", "download", "layers", "release")
_LEFT_ALIGNED: Final = frozenset({0, 1, 6})


def history_text(history: History, images: Sequence[str] = ()) -> str:
    """Show a history, of the images that names or globs choose; bars go from the smallest to the largest size."""
    groups: dict[tuple[str, str], list[Point]] = defaultdict(list)
    for point in selected(history, images):
        groups[point.image, point.platform].append(point)
    blocks = ["\n".join(_block(group)) for group in groups.values()]
    text = "\n\n".join((*(blocks or ["Nothing is on record."]), *history.notes))
    return text.replace(NO_BREAK_SPACE, " ") + "\n"


def history_json(history: History, images: Sequence[str] = ()) -> str:
    """Write a history as a JSON array of objects, oldest first; their keys are those of sizes.jsonl."""
    return json.dumps([as_json(point) for point in selected(history, images)], indent=2) + "\n"


def selected(history: History, images: Sequence[str]) -> Iterator[Point]:
    """Choose the points of images by names or globs; without any, all."""
    return (point for point in history.points if not images or any(fnmatchcase(point.image, one) for one in images))


def sparkline(sizes: Sequence[int], widest: int = _WIDEST) -> str:
    """Draw sizes as bars, at most ``widest``: of several that share a bar the last is drawn."""
    count = min(len(sizes), widest)
    shown = [sizes[(number + 1) * len(sizes) // count - 1] for number in range(count)]
    low, high = min(shown, default=0), max(shown, default=0)
    return "".join(_BARS[(size - low) * (len(_BARS) - 1) // ((high - low) or 1)] for size in shown)


def _block(points: Sequence[Point]) -> Iterator[str]:
    """Show one image on one platform: a summary, the bars, and its latest commits, the newest last."""
    first, last = points[0], points[-1]
    sizes = [point.unpacked_bytes for point in points]
    span = f"{format_bytes(min(sizes))} to {format_bytes(max(sizes))}, now {format_bytes(sizes[-1])}"
    commits = f"{plural(len(points), 'commit')} since {first.day.isoformat()}"
    yield f"{plain(last.image)} on {plain(last.platform)}: {commits}, {span}"
    yield f"  {sparkline(sizes)}"
    hidden = max(len(points) - _MOST_ROWS, 0)
    changes = ["", *(format_change(now - before) for before, now in pairwise(sizes))]
    rows = [_row(point, change) for point, change in zip(points, changes, strict=True)]
    yield from _aligned([_HEADER, *rows[hidden:]])
    if hidden:
        yield f"  and {hidden:,} earlier"


def _row(point: Point, change: str) -> tuple[str, ...]:
    download = point.download
    estimated = "" if download is None or download.exact else "≈"
    return (
        point.day.isoformat(),
        point.commit[:7],
        format_bytes(point.unpacked_bytes),
        change,
        f"{estimated}{format_bytes(download.bytes)}" if download else "",
        f"{point.layers:,}",
        plain(point.release),
    )


def _aligned(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(len(row[at]) for row in rows) for at in range(len(_HEADER))]
    for row in rows:
        cells = (
            f"{cell:<{width}}" if at in _LEFT_ALIGNED else f"{cell:>{width}}"
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield f"  {'  '.join(cells)}".rstrip()
