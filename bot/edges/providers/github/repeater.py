"""Asking again after trouble, for what must not simply be asked twice."""

from collections.abc import Callable
from typing import TypeVar

from bot.edges.providers.github.patience import Patience, Waits
from bot.edges.providers.github.trouble import GitHubError, Trouble

_WORTH_REPEATING = frozenset({Trouble.CONFLICT, Trouble.DOUBTFUL, Trouble.LIMITED})

Made = TypeVar("Made")


class Repeater:
    """Repeats within the run's patience."""

    def __init__(self, patience: Patience, waits: Waits) -> None:
        self._patience = patience
        self._waits = waits

    def once(self, make: Callable[[], Made], find: Callable[[], Made | None]) -> Made:
        """Make something; after a doubtful answer look for it before making it again. Raises ``GitHubError``."""
        for _ in range(self._patience.tries - 1):
            try:
                return make()
            except GitHubError as error:
                if not self.pause_after(error):
                    raise
            if (made := find()) is not None:
                return made
        return make()

    def pause_after(self, error: GitHubError) -> bool:
        """Wait as long as the trouble asks for; False where it cannot pass or would take too long."""
        if error.trouble not in _WORTH_REPEATING:
            return False
        limited = error.trouble is Trouble.LIMITED
        default = self._patience.limit_seconds if limited else self._patience.backoff_seconds
        return self._waits.sleep(default if error.retry_after_seconds is None else error.retry_after_seconds)

    def settled(self, look: Callable[[], Made], shows: Callable[[Made], bool]) -> Made:
        """Look until what was written shows, since GitHub's lists lag behind its writes; gives the last look."""
        seen = look()
        for pause_seconds in self._patience.settle_seconds:
            if shows(seen) or not self._waits.sleep(pause_seconds):
                break
            seen = look()
        return seen
