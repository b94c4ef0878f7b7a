"""How long we wait for GitHub: for one answer, between two tries, and in all."""

import time
from dataclasses import dataclass


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
        """Take a wait from what is left; False, and nothing taken, where it would be too long."""
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
