"""Small parts that many nouns of a report have: texts, lines, sizes, things, days."""

import re
from datetime import date
from decimal import Decimal
from typing import Final

from bot.model import bounds
from bot.model.bounds import stays_inside
from bot.model.image import DownloadSize
from bot.render.report_json.reader import Node

_DAY: Final = re.compile(r"20[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])", re.ASCII)
_DIFF_ID: Final = re.compile(r"[a-z0-9+._-]{1,20}:[0-9a-f]{32,128}", re.ASCII)
_PERCENT: Final = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,4})?", re.ASCII)
_LARGEST_LINE: Final = 1_000_000


def size(node: Node) -> DownloadSize:
    """Read download bytes."""
    part = node.record("bytes", "exact")
    return DownloadSize(part["bytes"].count(), part["exact"].flag())


def size_change(node: Node) -> DownloadSize:
    """Read a difference of download bytes."""
    part = node.record("bytes", "exact")
    return DownloadSize(part["bytes"].change(), part["exact"].flag())


def thing(node: Node) -> tuple[str, int]:
    """Read the name of a path or package and its bytes."""
    part = node.record("name", "bytes")
    return text(part["name"]), part["bytes"].count()


def moved(node: Node) -> tuple[str, int]:
    """Read the name of a path or package and by how much it changed."""
    part = node.record("name", "bytes")
    return text(part["name"]), part["bytes"].change()


def lines(node: Node) -> tuple[int, int]:
    """Read a first and a last line."""
    pair = node.items(lambda line: line.whole(1, _LARGEST_LINE), 2)
    if len(pair) != 2 or pair[0] > pair[1]:
        raise node.refusal("is not a first and a last line")
    return pair[0], pair[1]


def day(node: Node) -> date:
    """Read a day of the calendar."""
    try:
        return date.fromisoformat(node.matching(_DAY))
    except ValueError as error:
        raise node.refusal("is not a day of the calendar") from error


def percent(node: Node) -> Decimal:
    """Read a percentage, written as a decimal number."""
    return Decimal(node.matching(_PERCENT))


def diff_id(node: Node) -> str:
    """Read the digest that identifies a layer."""
    return node.matching(_DIFF_ID)


def path(node: Node) -> str:
    """Read a path of the repository, relative to its root; empty if there is none."""
    file = text(node)
    if not stays_inside(file):
        raise node.refusal("is not a path inside the repository (absolute, '..', a backslash or a control character)")
    return file


def text(node: Node) -> str:
    """Read a text of ordinary length."""
    return node.text(bounds.TEXT_LIMIT)
