"""A configuration without mistakes → what it holds, and what in it has no effect; for ``config check``."""

from collections.abc import Iterable, Iterator
from datetime import date

from bot.config.applied_budgets import unused_tables
from bot.model.config import Config


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
