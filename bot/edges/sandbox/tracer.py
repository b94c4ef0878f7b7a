"""strace inside the box: put beside the program before it starts, and its log fetched after the end."""

from collections.abc import Mapping
from typing import Final

from bot.edges.engine import EngineRefusedError
from bot.edges.sandbox.box import Box
from bot.edges.sandbox.own_programs import LOADER, new_folder, packed
from bot.model.verify import Trace
from bot.verify.trace import CALLS, MOST_BYTES, parse_trace

_BLOCK: Final = 512


class Tracer:
    """A tracer for one box, under a folder name that nobody can foresee."""

    def __init__(self, programs: Mapping[str, bytes]) -> None:
        """Take strace with what it needs, see ``with_libraries``."""
        self._programs = programs
        self.folder = new_folder()

    def argv(self, command: tuple[str, ...]) -> tuple[str, ...]:
        """Return what is started instead of a command.

        Only calls that name a path stop the program, since the kernel sorts the others out.
        """
        place = f"/{self.folder}"
        loader = (f"{place}/{LOADER}", "--library-path", place) if LOADER in self._programs else ()
        options = ("--seccomp-bpf", "-f", "-y", "-qq", "-e", f"trace={CALLS}", "-e", "signal=none")
        return (*loader, f"{place}/strace", *options, "-o", f"{place}/log", "--", *command)

    def put_into(self, box: Box) -> None:
        """Put it into a container that is not started yet."""
        box.put(packed(self.folder, self._programs, ("log",)))

    def trace_of(self, box: Box, folder: str) -> Trace | None:
        """Fetch what was written down of a program that began in a folder; ``None`` if there is nothing."""
        try:
            archive = box.archive(f"/{self.folder}/log", MOST_BYTES + _BLOCK)
        except EngineRefusedError:
            return None
        # One member, whose header says nothing that matters: the log is the rest, up to the zeros that end a tar.
        log = archive[_BLOCK:].rstrip(b"\0")
        if not log:
            return None
        return parse_trace(log, without=self.folder.encode(), folder=folder.encode("utf-8", "surrogateescape"))
