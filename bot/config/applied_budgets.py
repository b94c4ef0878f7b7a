"""Which budget applies to which image, where it stands, what it overrides; for ``config explain`` and ``check``."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase

from bot.config.kinds import shown
from bot.model.budget import Budget, BudgetKind, Waiver
from bot.model.config import Config
from bot.policy.effective import Effective, all_effective
from bot.policy.waivers import name_of


@dataclass(frozen=True, slots=True)
class BudgetRow:
    """One budget of one image. ``overrides`` are (value, place) of what it replaces, the nearest first."""

    budget: str
    value: str
    on_exceed: str
    source: str
    overrides: tuple[tuple[str, str], ...] = ()


def explain_image(config: Config, name: str, platform: str = "") -> tuple[BudgetRow, ...]:
    """The budgets of an image in the order in which they are judged, lifted ones included."""
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


def _row(item: Effective) -> BudgetRow:
    budget = item.budget
    return BudgetRow(
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


def _cells(row: BudgetRow) -> tuple[str, ...]:
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


def review_config(config: Config, names: Iterable[str], today: date) -> str:
    """Sum a configuration up for a terminal; ``names`` are the images that exist, declared or found."""
    known = list(dict.fromkeys(names))
    notes = dict.fromkeys((*_ended(config, today), *unused_tables(config, known), *config.notes))
    return "\n".join((_summary(config, len(known)), *notes)) + "\n"


def _summary(config: Config, images: int) -> str:
    if not config.source:
        return "There is no configuration."
    budgets = sum(len(budgets.budgets) for budgets in config.policy.sets if not budgets.adds)
    parts = (_counted(images, "image"), _counted(budgets, "budget"), _counted(len(config.policy.waivers), "waiver"))
    return f"{config.source}: {', '.join(parts)}, no mistakes."


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _ended(config: Config, today: date) -> Iterator[str]:
    for waiver in config.policy.waivers:
        if waiver.until is not None and waiver.until < today:
            yield f"{waiver.source}: the waiver of {waiver.allows} ended on {waiver.until}; take it out or renew it."


def value_text(budget: Budget) -> str:
    """What a budget allows: ``10 MB``, ``5 % in 30 days``, ``["**/.git/**"]``, ``none``."""
    if budget.lifted:
        return "none"
    if budget.limit is None:
        return "[" + ", ".join(shown(pattern) for pattern in budget.patterns) + "]"
    if budget.kind is BudgetKind.RATCHET:
        return f"smallest on record + {budget.limit.text}"
    if budget.kind is BudgetKind.CREEP:
        return f"{budget.limit.text} since {_since(budget.since_days)}"
    return budget.limit.text


def _since(days: int | None) -> str:
    return "the last release" if days is None else f"{days} day{'' if days == 1 else 's'} ago"


def images_text(images: str, platform: str) -> str:
    """Name an image, or the images that a glob stands for."""
    name = "every image" if images == "*" else f'"{images}"'
    return f"{name} on {platform}" if platform else name
