"""One container in the box's bounds, from its creation to its removal, and what the engine tells of it."""

import json
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final, NamedTuple
from urllib.parse import quote, urlencode

from bot.edges.engine import Engine, EngineRefusedError
from bot.edges.sandbox.box_order import LABEL, LOG_BYTES, UNTIL, BoxOrder
from bot.edges.sandbox.frames import read_frames
from bot.errors import EngineError, ImageError
from bot.formats.documents import Json, inner, text, texts

_KEPT_BYTES: Final = 1_000_000
_MOST_WRITTEN: Final = 20_000
_MODIFIED: Final = 0
_DELETED: Final = 2


class BoxState(NamedTuple):
    """What a container is doing: ``exit_code`` is ``None`` while it runs."""

    exit_code: int | None
    out_of_memory: bool
    health: str
    failed_probes: int
    health_output: bytes


class BoxLog(NamedTuple):
    """What was written to standard output and error, as far as it is kept."""

    output: bytes
    errors: bytes
    cut: bool


class Box:
    """A container that was created; ``remove`` it in the end."""

    def __init__(self, engine: Engine, order: BoxOrder) -> None:
        """Create it. Raises ``EngineRefusedError`` where the image cannot be used so."""
        self._engine = engine
        self.identity = quote(text(engine.ask("POST", "/containers/create", order.body()), "Id"), safe="")
        self._path = f"/containers/{self.identity}"

    def put(self, archive: bytes) -> None:
        """Unpack a tar at the root of its files."""
        self._engine.put(f"{self._path}/archive?path=%2F", archive)

    def start(self) -> str:
        """Start it; returns what the engine objects, empty for nothing."""
        try:
            self._engine.ask("POST", f"{self._path}/start")
        except EngineRefusedError as refusal:
            return refusal.message or str(refusal.status)
        return ""

    def signal(self, name: str) -> None:
        """Send a signal to its first process; one that has ended is fine."""
        with suppress(EngineRefusedError):
            self._engine.ask("POST", f"{self._path}/kill?{urlencode({'signal': name})}")

    def state(self) -> BoxState:
        """Ask what it is doing."""
        state = inner(self._engine.get(f"{self._path}/json"), "State")
        health = inner(state, "Health")
        probes = health.get("Log")
        last: Json = probes[-1] if isinstance(probes, list) and probes and isinstance(probes[-1], dict) else {}
        code = state.get("ExitCode")
        streak = health.get("FailingStreak")
        return BoxState(
            exit_code=None if state.get("Running") else code if isinstance(code, int) else -1,
            out_of_memory=state.get("OOMKilled") is True,
            health=text(health, "Status").replace("none", ""),
            failed_probes=streak if isinstance(streak, int) else 0,
            health_output=text(last, "Output").encode("utf-8", "replace"),
        )

    def log(self) -> BoxLog:
        """Read what it has written."""
        with self._engine.stream("GET", f"{self._path}/logs?stdout=1&stderr=1") as response:
            found = read_frames(response, _KEPT_BYTES)
        # Beyond its limit the engine's log forgets what came first. It keeps JSON, in which a character may take six.
        return BoxLog(found.output, found.errors, found.cut or found.logged_bytes >= LOG_BYTES // 8)

    def execute(self, argv: Sequence[str], most: int) -> bytes:
        """Run a program beside the first one; returns what it wrote to standard output, at most so many bytes."""
        order = {"Cmd": list(argv), "AttachStdout": True, "User": "0:0"}
        identity = quote(text(self._engine.ask("POST", f"{self._path}/exec", order), "Id"), safe="")
        with self._engine.stream("POST", f"/exec/{identity}/start", {"Detach": False, "Tty": False}) as response:
            return read_frames(response, most).output

    def users(self) -> frozenset[int]:
        """Return the numeric users of its processes; none where the engine cannot tell."""
        try:
            answer = self._engine.get(f"{self._path}/top?{urlencode({'ps_args': '-eo pid,uid'})}")
        except EngineRefusedError:
            return frozenset()
        titles = [title.upper() for title in texts(answer, "Titles") or ()]
        rows = answer.get("Processes")
        if "UID" not in titles or not isinstance(rows, list):
            return frozenset()
        column = titles.index("UID")
        named = [row[column] for row in rows if isinstance(row, list) and len(row) > column]
        return frozenset(int(one) for one in named if isinstance(one, str) and one.isdecimal())

    def written(self) -> frozenset[bytes] | None:
        """Return the paths that were added or changed, without folders that only hold such; ``None`` for too many."""
        try:
            with self._engine.stream("GET", f"{self._path}/changes") as response:
                rows = _rows(response.read(_KEPT_BYTES * 16))
        except EngineError:
            return None
        found = sorted((path.strip("/"), kind) for path, kind in rows)[:_MOST_WRITTEN]
        folders = {path.rpartition("/")[0] for path, _ in found}
        kept = (path for path, kind in found if kind != _DELETED and not (kind == _MODIFIED and path in folders))
        return frozenset(path.encode("utf-8", "surrogateescape") for path in kept)

    def archive(self, path: str, most: int) -> bytes:
        """Return the tar of a file, cut where it is longer."""
        content, buffer = bytearray(), memoryview(bytearray(1 << 16))
        with self._engine.stream("GET", f"{self._path}/archive?{urlencode({'path': path})}") as response:
            while len(content) < most and (count := response.readinto(buffer)):
                content += buffer[:count]
        return bytes(content[:most])

    def remove(self) -> None:
        """Remove it with its anonymous volumes, running or not; one that is gone already is fine."""
        remove(self._engine, self.identity)


def _rows(answer: bytes) -> list[tuple[str, int]]:
    """Read the changes of a container; an engine writes ``null`` for none."""
    try:
        rows = json.loads(answer)
    except (ValueError, RecursionError):
        return []
    known = (row for row in rows or () if isinstance(row, Mapping)) if isinstance(rows, list) else ()
    return [(text(row, "Path"), kind) for row in known if isinstance(kind := row.get("Kind"), int)]


def remove(engine: Engine, identity: str) -> None:
    """Remove a container with its anonymous volumes, running or not; one that is gone already is fine."""
    with suppress(EngineError):
        engine.delete(f"/containers/{identity}?force=1&v=1")


def remove_all(engine: Engine, run: str) -> None:
    """Remove what a run has made."""
    for identity, _ in _labelled(engine, f"{LABEL}={run}"):
        remove(engine, identity)


def remove_leftovers(engine: Engine) -> None:
    """Remove what runs have left behind that were killed: what carries our label and is past its time."""
    now = time.time()
    for identity, until in _labelled(engine, LABEL):
        if until.isdecimal() and int(until) < now:
            remove(engine, identity)


def _labelled(engine: Engine, label: str) -> list[tuple[str, str]]:
    query = urlencode({"all": "1", "filters": json.dumps({"label": [label]})})
    with suppress(EngineError, ImageError):
        rows = engine.get_list(f"/containers/json?{query}")
        return [(quote(text(row, "Id"), safe=""), text(inner(row, "Labels"), UNTIL)) for row in rows]
    return []
