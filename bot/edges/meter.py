"""A line at a terminal that tells how much has been read."""

from collections.abc import Callable
from threading import Lock
from typing import Final, TextIO

from bot.units import NO_BREAK_SPACE, format_bytes

_PATIENCE_SECONDS: Final = 1.0
_BETWEEN_SECONDS: Final = 0.1
_ERASE_LINE: Final = "\r\x1b[K"


class Meter:
    """Shows in place how many bytes have been read; silent for work that is done within a second."""

    def __init__(self, terminal: TextIO, clock: Callable[[], float]) -> None:
        self._terminal = terminal
        self._clock = clock
        self._started = clock()
        self._shown = 0.0
        self._bytes = 0
        self._lock = Lock()

    def __call__(self, count: int) -> None:
        """Add bytes that were read."""
        with self._lock:
            self._bytes += count
            now = self._clock()
            if now - self._started >= _PATIENCE_SECONDS and now - self._shown >= _BETWEEN_SECONDS:
                self._shown = now
                amount = format_bytes(self._bytes).replace(NO_BREAK_SPACE, " ")
                self._terminal.write(f"{_ERASE_LINE}reading images: {amount}")
                self._terminal.flush()

    def close(self) -> None:
        """Take the line away."""
        if self._shown:
            self._terminal.write(_ERASE_LINE)
            self._terminal.flush()
            self._shown = 0.0
