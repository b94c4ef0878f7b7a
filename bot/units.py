"""Bytes ↔ text, in Docker's decimal units: 1 MB = 10⁶ B, three significant digits."""

import re
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

NO_BREAK_SPACE: Final = "\u00a0"
MINUS: Final = "\u2212"

_DECIMAL_UNITS: Final = ("B", "kB", "MB", "GB", "TB", "PB")
_FACTORS: Final = {
    "b": 1,
    **{unit.lower(): 1000**power for power, unit in enumerate(_DECIMAL_UNITS)},
    **{unit: 1024**power for power, unit in enumerate(("kib", "mib", "gib", "tib", "pib"), start=1)},
}
_SIZE: Final = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,9})?)[ \u00a0]?([A-Za-z]{1,3})", re.ASCII)
_PERCENT: Final = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,4})?)[ \u00a0]?%", re.ASCII)

LARGEST_BYTES: Final = 2**53 - 1
"""The largest size that JSON consumers read exactly; nothing larger is accepted anywhere."""


def format_bytes(count: int) -> str:
    """Show a number of bytes as Docker does, such as ``859 MB``, ``3.93 MB``, ``0 B``; U+2212 for minus."""
    sign = MINUS if count < 0 else ""
    return f"{sign}{_magnitude(abs(count))}"


def format_change(count: int) -> str:
    """Show a difference of bytes with its sign: ``+855 MB``, ``−77 MB``, ``0 B``."""
    return f"+{format_bytes(count)}" if count > 0 else format_bytes(count)


def format_ratio(base_bytes: int, head_bytes: int) -> str:
    """Show a relation: ``×219`` and ``÷107`` from twofold up, else ``+27 %``; empty where base is zero."""
    if base_bytes <= 0 or head_bytes == base_bytes:
        return ""
    if head_bytes >= 2 * base_bytes:
        return f"×{_three_digits(Decimal(head_bytes) / base_bytes)}"
    if 0 < 2 * head_bytes <= base_bytes:
        return f"÷{_three_digits(Decimal(base_bytes) / head_bytes)}"
    return _signed_percent(Decimal(head_bytes - base_bytes) * 100 / base_bytes)


def format_share(part_bytes: int, whole_bytes: int) -> str:
    """Show a share as percent: ``16 %``; a positive share never shows as 0 %."""
    percent = Decimal(part_bytes) * 100 / whole_bytes if whole_bytes else Decimal(0)
    text = _two_digits(percent)
    return f"<0.1{NO_BREAK_SPACE}%" if text == "0" and part_bytes > 0 else f"{text}{NO_BREAK_SPACE}%"


def parse_size(text: str) -> int | None:
    """Read ``10 MB``, ``10MB``, ``9.5 MiB`` or ``0 B`` as bytes; ``None`` where the text is no size.

    Decimal and binary units are told apart and case does not matter. A fraction of a byte is rounded to even.
    """
    match = _SIZE.fullmatch(text)
    factor = _FACTORS.get(match[2].lower()) if match else None
    if match is None or factor is None:
        return None
    count = int((Decimal(match[1]) * factor).to_integral_value(ROUND_HALF_EVEN))
    return count if count <= LARGEST_BYTES else None


def parse_percent(text: str) -> Decimal | None:
    """Read ``5 %`` or ``2.5%`` as a number of percent; ``None`` where the text is no percentage."""
    match = _PERCENT.fullmatch(text)
    return Decimal(match[1]) if match else None


def _magnitude(count: int) -> str:
    value, unit = Decimal(count), 0
    while unit < len(_DECIMAL_UNITS) - 1 and (value >= 1000 or _rounds_up_to_thousand(value, unit)):
        value /= 1000
        unit += 1
    text = str(count) if unit == 0 else _three_digits(value)
    return f"{text}{NO_BREAK_SPACE}{_DECIMAL_UNITS[unit]}"


def _rounds_up_to_thousand(value: Decimal, unit: int) -> bool:
    return unit > 0 and value >= Decimal("999.5")


def _three_digits(value: Decimal) -> str:
    places = 0 if value >= Decimal("99.95") else 1 if value >= Decimal("9.995") else 2
    text = f"{value:.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text and text.endswith("00") else text


def _two_digits(value: Decimal) -> str:
    text = f"{value:.0f}" if abs(value) >= Decimal("9.95") else f"{value:.1f}"
    return text.removesuffix(".0")


def _signed_percent(percent: Decimal) -> str:
    text = _two_digits(abs(percent))
    if text == "0":
        text = "<0.1"
    return f"{'+' if percent > 0 else MINUS}{text}{NO_BREAK_SPACE}%"
