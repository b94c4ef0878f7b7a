"""One command with all that the outside gave it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from bot.cli import Invocation
from bot.edges.redactor import Redactor
from bot.model.config import Settings
from bot.ports import Runner


@dataclass(frozen=True, slots=True)
class Call:
    """What was typed, what it means, and where it was typed."""

    invocation: Invocation
    settings: Settings
    environment: Mapping[str, str]
    runner: Runner
    token: str = field(default="", repr=False)
    redactor: Redactor = field(default_factory=Redactor, repr=False)

    @property
    def today(self) -> date:
        """The day in UTC, as waivers count days."""
        return datetime.now(UTC).date()
