"""Sizes, percentages, counts and durations as people write them → limits; units are never guessed."""

import re
from collections.abc import Iterable
from dataclasses import fields, replace
from decimal import Decimal
from typing import Final

from bot.config.kinds import Kind, Mistake, did_you_mean, one_of, shown
from bot.model.budget import Limit
from bot.model.limits import Limits
from bot.units import LARGEST_BYTES, parse_percent, parse_size

MOST_LAYERS: Final = 10_000
"""No image has more; engines stop at 127."""

_NUMBER_AND_UNIT: Final = re.compile(r"\s*([0-9]{1,6}(?:\.[0-9]{1,3})?)\s*([kmgtp]?)", re.IGNORECASE | re.ASCII)
_SEVEN_DIGITS: Final = re.compile(r"\s*[0-9]{7}", re.ASCII)
"""More than ``_NUMBER_AND_UNIT`` takes in: what it matches is then only the beginning of the number."""
_SECONDS: Final = {"s": 1, "min": 60, "h": 3600}
_DURATION: Final = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,3})?) ?(s|min|h)", re.ASCII)
_COUNT: Final = re.compile(r"[0-9]{1,6}", re.ASCII)
_LONG_COUNT: Final = re.compile(r"[0-9]{1,12}", re.ASCII)
_CAPS: Final = {one.name.replace("_", "-"): one.name for one in fields(Limits)}


def size_limit(text: str) -> Limit:
    """Read a size such as ``10 MB``. Raises ``Mistake``."""
    if (count := parse_size(text)) is not None:
        return Limit(amount=count, text=text)
    if parse_percent(text) is not None:
        raise Mistake(
            f'{shown(text)} is a percentage, and nothing is there to take it of; write a size such as "50 MB"'
        )
    raise Mistake(f"{shown(text)} is not a size; {_right_size(text)}")


def growth_limit(text: str) -> Limit:
    """Read a size, or a percentage of the base such as ``5 %``. Raises ``Mistake``."""
    if (percent := parse_percent(text)) is not None:
        return Limit(percent=percent, text=text)
    if (count := parse_size(text)) is not None:
        return Limit(amount=count, text=text)
    if text.strip().endswith("%") or "percent" in text:
        raise Mistake(f'{shown(text)} is not a percentage; write it as "5 %" or "2.5 %"')
    raise Mistake(f"{shown(text)} is neither a size nor a percentage; {_right_size(text)}")


def count_limit(text: str) -> Limit:
    """Read a whole number such as ``40``. Raises ``Mistake``."""
    if _COUNT.fullmatch(text) is None or int(text) > MOST_LAYERS:
        raise Mistake(f"{shown(text)} is not a number of layers; write a whole number from 0 to {MOST_LAYERS:,}")
    return Limit(amount=int(text), text=text)


def duration_seconds(text: str) -> float:
    """Read a duration such as ``90 s``, ``45 min`` or ``1.5 h`` as seconds. Raises ``Mistake``."""
    match = _DURATION.fullmatch(text)
    seconds = float(match[1]) * _SECONDS[match[2]] if match else 0.0
    if seconds <= 0:
        raise Mistake(f'{shown(text)} is not a duration; write "90 s", "45 min" or "1.5 h"')
    return seconds


def read_limits(pairs: Iterable[tuple[str, str]]) -> Limits:
    """Read caps on foreign images, each as its name and a number or a size. Raises ``Mistake``."""
    changed: dict[str, int] = {}
    for name, text in ((name.strip(), text.strip()) for name, text in pairs):
        if name not in _CAPS:
            raise Mistake(f"has no {shown(name)}; there are {one_of(_CAPS)}{did_you_mean(name, _CAPS)}")
        changed[_CAPS[name]] = _cap(name, text)
    return replace(Limits(), **changed)


def _cap(name: str, text: str) -> int:
    count = _size(name, text) if name.endswith("-bytes") else int(text) if _LONG_COUNT.fullmatch(text) else None
    if count is None:
        raise Mistake(f"{name} {shown(text)} is not a whole number")
    if not count:
        raise Mistake(f"{name} {shown(text)} would refuse every image")
    return count


def _size(name: str, text: str) -> int | None:
    try:
        return size_limit(text).amount
    except Mistake as mistake:
        raise Mistake(f"{name} {mistake}") from mistake


def _right_size(text: str) -> str:
    if "-" in text or "\N{MINUS SIGN}" in text:
        return "a limit is never below zero"
    match = _NUMBER_AND_UNIT.match(text)
    if match is None:
        return 'write it as "50 MB" (50,000,000 B) or "50 MiB" (52,428,800 B)'
    number, letter = match[1], match[2].upper() or "M"
    decimal, binary = ("kB" if letter == "K" else f"{letter}B"), ("KiB" if letter == "K" else f"{letter}iB")
    power = "KMGTP".index(letter) + 1
    if Decimal(number) * 1024**power > LARGEST_BYTES or _SEVEN_DIGITS.match(text):
        return f"the most that can be counted is {LARGEST_BYTES:,} B"
    one, other = _bytes(number, 1000**power), _bytes(number, 1024**power)
    return f'write "{number} {decimal}" ({one}) or "{number} {binary}" ({other})'


def _bytes(number: str, factor: int) -> str:
    return f"{int(Decimal(number) * factor):,} B"


def size_value(value: object) -> Limit:
    """Accept a size in quotes."""
    return size_limit(_quoted(value, '"500 MB"'))


def growth_value(value: object) -> Limit:
    """Accept a size or a percentage in quotes."""
    return growth_limit(_quoted(value, '"10 MB" or "5 %"'))


def count_value(value: object) -> Limit:
    """Accept a whole number."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise Mistake(f"must be a whole number without quotes, such as 40, not {shown(value)}")
    if not 0 <= value <= MOST_LAYERS:
        raise Mistake(f"{shown(value)} is not a number of layers; write a whole number from 0 to {MOST_LAYERS:,}")
    return count_limit(str(value))


def _quoted(value: object, example: str) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        number = shown(value)
        raise Mistake(f'{number} has no unit; write "{number} B", "{number} kB" or "{number} MB"')
    if not isinstance(value, str):
        raise Mistake(f"must be in quotes and have a unit, such as {example}, not {shown(value)}")
    return value


SIZE_OR_PERCENT: Final = Kind(
    "size or percentage", growth_value, {"anyOf": [{"$ref": "#/$defs/size"}, {"$ref": "#/$defs/percent"}]}
)
SIZE: Final = Kind("size", size_value, {"$ref": "#/$defs/size"})
