"""Who hears what a build says."""

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.edges.builders.log_text import plain
from bot.edges.redactor import Redactor


@dataclass(frozen=True, slots=True)
class Listener:
    """Hears the log of one build line by line, made plain; ``redactor`` knows what of it must not be told."""

    show: Callable[[str], None]
    redactor: Redactor = field(repr=False)

    def hear(self, line: str) -> None:
        """Hear one line of foreign text."""
        self.show(self.plain(line))

    def plain(self, line: str) -> str:
        """Give a line as it may be told."""
        return plain(line, self.redactor)
