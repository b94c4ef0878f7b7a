"""Which budget applies to which image, where it stands, and what it overrides; for ``config explain``."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from bot.config.describe import images_text, value_text
from bot.model.budget import Waiver
from bot.model.config import Config
from bot.policy.effective import Effective, all_effective
from bot.policy.waivers import name_of


@dataclass(frozen=True, slots=True)
class Row:
    """One budget of one image. ``overrides`` are (value, place) of what it replaces, the nearest first."""

    budget: str
    value: str
    on_exceed: str
    source: str
    overrides: tuple[tuple[str, str], ...] = ()


def explain_image(config: Config, name: str, platform: str = "") -> tuple[Row, ...]:
    """Give the budgets of an image in the order in which they are judged, lifted ones included."""
    return tuple(_row(item) for item in all_effective(config.policy, name, platform))


def explain_config(config: Config, names: Sequence[str] = ()) -> str:
    """Write the budgets and waivers of images for a terminal: of those named, else of all that are declared."""
    declared = [(image.name, str(image.platform or "")) for image in config.images]
    images = [image for image in declared if image[0] in names] if names else declared
    others = [(name, "") for name in names if name not in {image for image, _ in declared}]
    blocks = [_block(config, name, platform) for name, platform in (*images, *others)]
    title = f"Configuration: {config.source or 'none'}"
    parts = (title, *(blocks or [_block(config, "", "")]), "\n".join(config.notes))
    return "\n\n".join(part for part in parts if part) + "\n"


def unused_tables(config: Config, names: Iterable[str]) -> tuple[str, ...]:
    """Name what is written for images that do not exist: it never applies, and nobody would notice."""
    known = list(names)
    tables = [(sets.images, sets.source) for sets in config.policy.sets if not sets.adds]
    waivers = [(waiver.image, waiver.source) for waiver in config.policy.waivers]
    ignored = [(item.image, item.source) for item in config.suppressions]
    return tuple(
        f'{source}: "{glob}" matches no image, so this applies to nothing.'
        for glob, source in dict.fromkeys((*tables, *waivers, *ignored))
        if glob != "*" and not any(fnmatchcase(name, glob) for name in known)
    )


def _row(item: Effective) -> Row:
    budget = item.budget
    return Row(
        budget=name_of(budget),
        value=value_text(budget),
        on_exceed="" if budget.lifted else str(budget.on_exceed),
        source=budget.source,
        overrides=tuple((value_text(other), other.source) for other in reversed(item.overridden)),
    )


def _block(config: Config, name: str, platform: str) -> str:
    rows = [_cells(row) for row in explain_image(config, name, platform)] or [("no budget",)]
    waivers = [_waiver(waiver) for waiver in config.policy.waivers if fnmatchcase(name, waiver.image)]
    title = images_text(name, platform) if name else "an image without a table of its own"
    return "\n".join((title, *_aligned([*rows, *waivers])))


def _cells(row: Row) -> tuple[str, ...]:
    instead = ", ".join(f"{value} ({source})" for value, source in row.overrides)
    return (row.budget, row.value, row.on_exceed, row.source, f"instead of {instead}" if instead else "")


def _waiver(waiver: Waiver) -> tuple[str, ...]:
    until = f"until {waiver.until}" if waiver.until else ""
    return (f"waiver of {waiver.allows}", until, "warn", waiver.source, waiver.reason)


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Pad every column but the last to its widest cell."""
    columns = max(map(len, rows))
    padded = [(*row, *[""] * (columns - len(row))) for row in rows]
    widths = [max(len(row[at]) for row in padded) for at in range(columns)]
    return [
        "  " + "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in padded
    ]
