"""How long we wait for GitHub (for one answer, between two tries, and in all), and what is asked again."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from bot.edges.providers.github.trouble import GitHubError, Trouble

_WORTH_REPEATING: Final = frozenset({Trouble.CONFLICT, Trouble.DOUBTFUL, Trouble.LIMITED})

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds unless said otherwise. The defaults keep a run within two minutes of waiting, whatever GitHub does.

    ``limit_seconds`` is waited after a secondary rate limit that names no time (GitHub asks for a minute);
    ``settle_seconds`` are the pauses in which a comment just written may appear in lists.
    """

    answer_seconds: int = 15
    tries: int = 4
    backoff_seconds: float = 1.0
    limit_seconds: float = 60.0
    longest_wait_seconds: int = 60
    total_wait_seconds: float = 120.0
    between_writes_seconds: float = 1.0
    settle_seconds: tuple[float, ...] = (0.25, 0.5, 1.0, 2.0, 4.0)


class Waits:
    """The waiting that is left of ``Patience.total_wait_seconds`` for everything that one run asks of GitHub."""

    def __init__(self, patience: Patience) -> None:
        self._longest_seconds = patience.longest_wait_seconds
        self._left_seconds = patience.total_wait_seconds

    def grant(self, seconds: float) -> bool:
        """Take a wait from what is left; False, and nothing taken, if it would be too long."""
        if seconds > min(self._longest_seconds, self._left_seconds):
            return False
        self._left_seconds -= seconds
        return True

    def sleep(self, seconds: float) -> bool:
        """Wait if that is granted."""
        granted = self.grant(seconds)
        if granted:
            time.sleep(seconds)
        return granted


class Repeater:
    """Repeats what must not simply be asked twice, within the run's patience."""

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
        """Wait as long as the trouble asks for; False if it cannot pass or would take too long."""
        if error.trouble not in _WORTH_REPEATING:
            return False
        limited = error.trouble is Trouble.LIMITED
        default = self._patience.limit_seconds if limited else self._patience.backoff_seconds
        return self._waits.sleep(default if error.retry_after_seconds is None else error.retry_after_seconds)

    def settled(self, look: Callable[[], Made], shows: Callable[[Made], bool]) -> Made:
        """Look until what was written shows, since GitHub's lists lag behind its writes; returns the last look."""
        seen = look()
        for pause_seconds in self._patience.settle_seconds:
            if shows(seen) or not self._waits.sleep(pause_seconds):
                break
            seen = look()
        return seen
