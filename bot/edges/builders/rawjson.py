"""Decodes what ``buildx build --progress=rawjson`` writes: events as JSON, then, for a failure, plain text."""

import json
from collections.abc import Callable

# One event carries at most a few lines of log; more in one piece is not an event.
_EVENT_LIMIT_BYTES = 1 << 24


class RawJson:
    """Cuts a byte stream into events (JSON objects) and lines of text, and hands each on as it is complete.

    buildx 0.13 indents its events over many lines, later ones write one a line; both end with a line that closes the
    object. What starts like an event and is none is text.
    """

    def __init__(self, on_event: Callable[[dict[str, object]], None], on_text: Callable[[str], None]) -> None:
        self._on_event = on_event
        self._on_text = on_text
        self._rest = b""
        self._open = b""

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of the stream."""
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            self._take(line)
        if len(self._rest) > _EVENT_LIMIT_BYTES:
            self._rest = b""

    def close(self) -> None:
        """Take the end of the stream: a last line without a line feed, an object that was never closed."""
        if self._rest:
            self._take(self._rest)
        for line in self._open.splitlines():
            self._on_text(_decode(line))
        self._rest = self._open = b""

    def _take(self, line: bytes) -> None:
        if not self._open and not line.startswith(b"{"):
            self._on_text(_decode(line))
            return
        self._open += line + b"\n"
        if line.endswith(b"}") and not line.startswith((b" ", b"\t")):
            self._finish()
        elif len(self._open) > _EVENT_LIMIT_BYTES:
            self._open = b""

    def _finish(self) -> None:
        text, self._open = self._open, b""
        try:
            event = json.loads(text)
        except (ValueError, RecursionError):
            event = None
        if isinstance(event, dict):
            self._on_event(event)
        else:
            for line in text.splitlines():
                self._on_text(_decode(line))


def _decode(line: bytes) -> str:
    return line.decode("utf-8", "replace").rstrip("\r")
