"""Runs programs: found by absolute path, with an environment of their own, within a deadline, and never left behind."""

import contextlib
import os
import resource
import selectors
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NamedTuple

USUAL_FOLDERS = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")

_CHUNK_BYTES = 1 << 16
_POLL_SECONDS = 0.2
# The runner gives a cancelled container 7.5 s in all; our own clean-up needs the rest.
_GRACE_SECONDS = 3.0


class ProgramOutput(NamedTuple):
    """What a program left: its exit code (negative: the signal that ended it) and what it wrote, up to the limit."""

    exit_code: int
    stdout: bytes
    stderr: bytes
    expired: bool
    """True where the deadline ended it."""
    cut: bool
    """True where it wrote more to standard output than the limit."""


@dataclass(frozen=True, slots=True)
class Program:
    """A program by absolute path with its arguments and whole environment; ``stdin`` is all that it can read."""

    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    deadline_seconds: float
    stdin: bytes = b""
    folder: str = "/"
    limit_bytes: int = 1 << 28
    memory_bytes: int = 0
    """The most address space that it may have; 0 for no bound."""


def find_program(name: str, path: str = "") -> str | None:
    """Find a program in the absolute folders of a ``PATH`` and then in the usual ones; ``None`` where it is nowhere.

    Relative entries are passed over: they would lead into the checkout.
    """
    folders = [folder for folder in path.split(os.pathsep) if folder.startswith("/")]
    candidates = (Path(folder, name) for folder in (*folders, *USUAL_FOLDERS))
    return next((str(one) for one in candidates if one.is_file() and os.access(one, os.X_OK)), None)


def run(program: Program, listen: Callable[[bytes], None] | None = None) -> ProgramOutput:
    """Run a program to its end or its deadline; ``listen`` hears standard error as it comes, which is then not kept.

    The program is the leader of its own process group, and however this call ends, also by an exception raised by
    a signal handler, the whole group has ended too.
    """
    with _started(program) as process:
        sinks = _Sinks(process, program.limit_bytes, listen)
        expired = sinks.pump(time.monotonic() + program.deadline_seconds)
    return ProgramOutput(process.returncode, bytes(sinks.stdout), bytes(sinks.stderr), expired, sinks.cut)


@contextlib.contextmanager
def _started(program: Program) -> Iterator[subprocess.Popen[bytes]]:
    with tempfile.TemporaryFile() as stdin:
        stdin.write(program.stdin)
        stdin.seek(0)
        process = subprocess.Popen(
            program.arguments,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=program.folder,
            env=dict(program.environment),
            start_new_session=True,
            umask=0o022,
        )
        try:
            if program.memory_bytes:
                # One that has ended already needs no bound, and a bound below this one is as good.
                with contextlib.suppress(ProcessLookupError, PermissionError, ValueError):
                    resource.prlimit(process.pid, resource.RLIMIT_AS, (program.memory_bytes,) * 2)
            yield process
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the whole group: politely, so that a build is cancelled at its daemon, then surely."""
    if process.poll() is None:
        _signal_group(process, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE_SECONDS)
    _signal_group(process, signal.SIGKILL)
    process.wait()
    for pipe in (process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


class _Sinks:
    """Where a program's two streams go."""

    def __init__(
        self, process: subprocess.Popen[bytes], limit_bytes: int, listen: Callable[[bytes], None] | None
    ) -> None:
        self.stdout = bytearray()
        self.stderr = bytearray()
        self.cut = False
        self._process = process
        self._limit_bytes = limit_bytes
        self._listen = listen or self._keep_stderr

    def pump(self, deadline: float) -> bool:
        """Move bytes until the program ends; True where the deadline came first."""
        with selectors.DefaultSelector() as selector:
            self._register(selector)
            while selector.get_map() and not self.cut and self._process.poll() is None:
                if time.monotonic() >= deadline:
                    return True
                self._move(selector, _POLL_SECONDS)
            # All that it wrote lies ready now; grandchildren that hold a stream open are not waited for.
            while selector.get_map() and not self.cut and self._move(selector, 0):
                pass
        return not self.cut and self._outlives(deadline)

    def _outlives(self, deadline: float) -> bool:
        """Wait for a program that closed its streams before it ended."""
        try:
            self._process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            return True
        return False

    def _register(self, selector: selectors.BaseSelector) -> None:
        streams: tuple[tuple[IO[bytes] | None, Callable[[bytes], None]], ...] = (
            (self._process.stdout, self._keep_stdout),
            (self._process.stderr, self._listen),
        )
        for stream, sink in streams:
            if stream is not None:
                selector.register(stream, selectors.EVENT_READ, sink)

    @staticmethod
    def _move(selector: selectors.BaseSelector, seconds: float) -> bool:
        """Move what is ready; True where something was."""
        ready = selector.select(seconds)
        for key, _ in ready:
            chunk = os.read(key.fd, _CHUNK_BYTES)
            if chunk:
                key.data(chunk)
            else:
                selector.unregister(key.fileobj)
        return bool(ready)

    def _keep_stdout(self, chunk: bytes) -> None:
        room = self._limit_bytes - len(self.stdout)
        self.stdout += chunk[:room]
        self.cut = self.cut or len(chunk) > room

    def _keep_stderr(self, chunk: bytes) -> None:
        """Keep the end: that is where programs say what went wrong."""
        self.stderr += chunk
        del self.stderr[: max(0, len(self.stderr) - _CHUNK_BYTES)]
