"""sizes.jsonl, the record of what images weighed: one JSON object a line, read without trust."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Final

from bot.errors import GitError, PublishError
from bot.model.budget import BudgetKind
from bot.model.config import Policy
from bot.model.history import History, Point
from bot.model.image import DownloadSize
from bot.units import LARGEST_BYTES

BRANCH: Final = "deadweight-history"
FILE: Final = "sizes.jsonl"
MISSING: Final = (
    f"No history could be read from the branch {BRANCH}: a ratchet looks at the base alone, and creep is not checked."
)

_LOOKING_BACK: Final = frozenset({BudgetKind.RATCHET, BudgetKind.CREEP})
_LONGEST_LINE_BYTES: Final = 4_000
_LONGEST_NAME: Final = 1_000
_MOST_LAYERS: Final = 10_000
_COMMIT: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?", re.ASCII)
_DAY: Final = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}", re.ASCII)


def recall(policy: Policy, read: Callable[[], bytes | None]) -> History:
    """Return what is on record where a budget looks back; ``read`` fetches the file, and is not called for nothing."""
    budgets = (budget for budgets in policy.sets for budget in budgets.budgets)
    if not any(budget.kind in _LOOKING_BACK and not budget.lifted for budget in budgets):
        return History()
    try:
        content = read()
    except (GitError, PublishError):
        content = None
    return History(notes=(MISSING,)) if content is None else read_history(content)


def read_history(content: bytes) -> History:
    """Read ``sizes.jsonl``. A line that is not what we write is skipped, and that is said.

    Of two lines about one image, platform and commit the later one holds.
    """
    lines = [line for line in content.split(b"\n") if line.strip()]
    points = [point for line in lines if (point := _point(line)) is not None]
    return History(in_order(points), _notes(len(lines) - len(points)))


def _notes(skipped: int) -> tuple[str, ...]:
    words = f"{skipped} lines of the recorded history are" if skipped > 1 else "A line of the recorded history is"
    return (f"{words} not readable and left out.",) * bool(skipped)


def write_history(points: Iterable[Point]) -> bytes:
    """Write ``sizes.jsonl``, which is plain ASCII."""
    return b"".join(map(line_of, points))


def line_of(point: Point) -> bytes:
    """Write one line, its line feed included."""
    return json.dumps(as_json(point), separators=(",", ":")).encode("ascii") + b"\n"


def as_json(point: Point) -> Mapping[str, object]:
    """Return a point as JSON has it; sizes are written as in report.json."""
    download = point.download
    return {
        "day": point.day.isoformat(),
        "commit": point.commit,
        "image": point.image,
        "platform": point.platform,
        "unpacked_bytes": point.unpacked_bytes,
        "download_bytes": {"bytes": download.bytes, "exact": download.exact} if download else None,
        "layers": point.layers,
        **({"release": point.release} if point.release else {}),
    }


def in_order(points: Iterable[Point]) -> tuple[Point, ...]:
    """Sort by day, those of one day as they came; a later point replaces an earlier one of the same commit."""
    return tuple(sorted({key_of(point): point for point in points}.values(), key=lambda point: point.day))


def key_of(point: Point) -> tuple[str, str, str]:
    """Return what there is one point of: image, platform and commit."""
    return point.image, point.platform, point.commit


def is_name(text: str) -> bool:
    """Tell whether a text may be the name of an image or a tag here: not empty, not endless, and seen when printed."""
    return 0 < len(text) <= _LONGEST_NAME and text.isprintable()


# --- one line, read without trust ---


def _point(line: bytes) -> Point | None:
    try:
        value = json.loads(line.decode()) if len(line) <= _LONGEST_LINE_BYTES else None
        return _checked(value) if isinstance(value, dict) else None
    except (ValueError, RecursionError):
        return None


def _checked(value: Mapping[str, object]) -> Point:
    """Check every field of a line; unknown ones are left out. Raises ``ValueError``."""
    return Point(
        image=_name(value.get("image")),
        platform=_name(value.get("platform")),
        commit=_matching(value.get("commit"), _COMMIT),
        day=date.fromisoformat(_matching(value.get("day"), _DAY)),
        unpacked_bytes=_count(value.get("unpacked_bytes"), LARGEST_BYTES),
        download=_download(value.get("download_bytes")),
        layers=_count(value.get("layers"), _MOST_LAYERS),
        release=_name(value["release"]) if "release" in value else "",
    )


def _name(value: object) -> str:
    if isinstance(value, str) and is_name(value):
        return value
    raise ValueError("no name")


def _matching(value: object, pattern: re.Pattern[str]) -> str:
    if isinstance(value, str) and pattern.fullmatch(value):
        return value
    raise ValueError("not as it is written")


def _count(value: object, largest: int) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= largest:
        return value
    raise ValueError("no count")


def _download(value: object) -> DownloadSize | None:
    if value is None:
        return None
    if isinstance(value, dict):
        return DownloadSize(_count(value.get("bytes"), LARGEST_BYTES), value.get("exact") is True)
    raise ValueError("no size")
