"""What a build says while it runs: its steps, the ends of their logs, warnings, and the text it fails with."""

import base64
import binascii
import json
import re
from collections import deque
from collections.abc import Callable, Iterator

_OF_STAGE = re.compile(r"\[(?!internal\])[^\]]*\] ")
_METADATA = "[internal] load metadata for "
_TAIL_LINES = 200
_TEXT_LINES = 400
_WARNINGS = 100
# One event carries at most a few lines of log; more in one piece is not an event.
_EVENT_LIMIT_BYTES = 1 << 24


class Step:
    """One vertex of a build: its name such as ``[builder 2/4] RUN make``, how it went, and the end of its log."""

    def __init__(self) -> None:
        self.name = ""
        self.error = ""
        self.cached = False
        self.tail: deque[str] = deque(maxlen=_TAIL_LINES)
        self.open_line = ""

    @property
    def instruction(self) -> str:
        """The instruction without ``[builder 2/4]`` before it; empty for what the builder does around the Dockerfile.

        An image whose metadata is loaded stands for the FROM that names it.
        """
        match = _OF_STAGE.match(self.name)
        if match is not None:
            return " ".join(self.name[match.end() :].split())
        return f"FROM {self.name.removeprefix(_METADATA)}" if self.name.startswith(_METADATA) else ""

    @property
    def makes_files(self) -> bool:
        """True for an instruction that is run, not only looked up."""
        return bool(self.instruction) and not self.instruction.startswith("FROM ")


class BuildProgress:
    """Listens to one build's rawjson stream; ``show`` hears a line of foreign text for each thing worth a log line."""

    def __init__(self, show: Callable[[str], None]) -> None:
        self.steps: dict[str, Step] = {}
        self.text: deque[str] = deque(maxlen=_TEXT_LINES)
        self.warnings: deque[str] = deque(maxlen=_WARNINGS)
        self._show = show
        self._begun: list[Step] = []
        self._stream = RawJson(self._on_event, self.text.append)

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of standard error."""
        self._stream.feed(chunk)

    def close(self) -> None:
        """Take the end of the stream."""
        self._stream.close()
        for step in self.steps.values():
            self._end_line(step)

    @property
    def cached(self) -> bool:
        """True where no instruction had to run."""
        return all(step.cached for step in self.steps.values() if step.makes_files)

    @property
    def failed(self) -> Step | None:
        """The step that failed; the last one where several did, since others are cancelled because of it."""
        failed = [step for step in self.steps.values() if step.error and "context canceled" not in step.error]
        return failed[-1] if failed else None

    @property
    def latest(self) -> Step | None:
        """The instruction that began last: where a build was that did not come to its end."""
        begun = [step for step in self._begun if step.instruction]
        return begun[-1] if begun else None

    def _on_event(self, event: dict[str, object]) -> None:
        for vertex in _objects(event.get("vertexes")):
            self._on_vertex(vertex)
        for log in _objects(event.get("logs")):
            self._on_log(log)
        for warning in _objects(event.get("warnings")):
            self.warnings.append(_decoded(warning.get("short")))

    def _on_vertex(self, vertex: dict[str, object]) -> None:
        step = self._step(vertex.get("digest"))
        step.name = _text(vertex.get("name")) or step.name
        step.error = _text(vertex.get("error")) or step.error
        step.cached = step.cached or vertex.get("cached") is True
        if vertex.get("started") and step not in self._begun:
            self._begun.append(step)
            self._show(step.name)

    def _on_log(self, log: dict[str, object]) -> None:
        step = self._step(log.get("vertex"))
        *lines, step.open_line = (step.open_line + _decoded(log.get("data"))).split("\n")
        for line in lines:
            self._take_line(step, line)

    def _end_line(self, step: Step) -> None:
        if step.open_line:
            self._take_line(step, step.open_line)
            step.open_line = ""

    def _take_line(self, step: Step, line: str) -> None:
        step.tail.append(line)
        self._show(line)

    def _step(self, digest: object) -> Step:
        return self.steps.setdefault(_text(digest), Step())


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
            self._on_text(_decoded_line(line))
        self._rest = self._open = b""

    def _take(self, line: bytes) -> None:
        if not self._open and not line.startswith(b"{"):
            self._on_text(_decoded_line(line))
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
                self._on_text(_decoded_line(line))


def _decoded_line(line: bytes) -> str:
    return line.decode("utf-8", "replace").rstrip("\r")


def _objects(found: object) -> Iterator[dict[str, object]]:
    if isinstance(found, list):
        yield from (one for one in found if isinstance(one, dict))


def _text(found: object) -> str:
    return found if isinstance(found, str) else ""


def _decoded(found: object) -> str:
    try:
        return base64.b64decode(_text(found)).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""
