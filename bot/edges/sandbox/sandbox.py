"""The Sandbox port: runs an image's own command and each that is asked, every one in a new box."""

import secrets
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from threading import Thread
from typing import Final, NamedTuple

from bot.edges.builders.builder import find_engine
from bot.edges.engine import Engine, EngineRefusedError
from bot.edges.sandbox.attendance import Attendance, BoxTimes
from bot.edges.sandbox.box import Box, remove_all, remove_leftovers
from bot.edges.sandbox.box_order import BoxOrder, BoxOwner
from bot.edges.sandbox.helper import Helper
from bot.edges.sandbox.own_programs import Programs, find_programs, is_ours
from bot.edges.sandbox.tracer import Tracer
from bot.errors import UsageError
from bot.model.image import ImageConfig, ImageReference, Transport
from bot.model.verify import Behaviour, Questions, Run

_MOMENT_SECONDS: Final = 0.5
_NO_HELPER: Final = "ports and pages, since there is no static busybox for the engine's machine"
_NO_TRACER: Final = "opened files, since there is no strace for the engine's machine"
_NO_TRACE: Final = "opened files, since strace could not follow the program"


class EngineSandbox:
    """Boxes on the engine that answers. Nothing of the environment is handed to them, and nothing is mounted."""

    def __init__(
        self, environment: Mapping[str, str], *, times: BoxTimes | None = None, programs: Programs | None = None
    ) -> None:
        """Take the environment to find the engine in, and our own programs unless they are given."""
        self._environment = environment
        self._programs = programs
        self._times = times or BoxTimes()
        self._run = secrets.token_hex(8)
        self._connected: _Equipment | None = None
        self._removals: list[Thread] = []

    def observe(
        self, image: ImageReference, config: ImageConfig, questions: Questions, *, traced: bool = False
    ) -> Behaviour:
        """Run the image's own command and then the others, see ``Sandbox``. Raises ``EngineError``."""
        if image.transport is not Transport.DOCKER_DAEMON:
            raise UsageError(f"{image} cannot be run", why="it is not in the engine", fix="docker load brings it there")
        asked = _Asked(image.name, config, questions, traced)
        equipment = self._equipment()
        try:
            return Behaviour(tuple(self._observe(equipment, asked, command) for command in ((), *questions.commands)))
        finally:
            while self._removals:
                self._removals.pop().join()

    def discard(self) -> None:
        """Remove every container that is left of ours."""
        if self._connected is not None:
            remove_all(self._connected.engine, self._run)
            self._connected.engine.close()
            self._connected = None

    def _equipment(self) -> "_Equipment":
        if self._connected is None:
            engine = find_engine(self._environment)
            programs = self._programs or find_programs(engine, self._environment.get("PATH", ""))
            self._connected = _Equipment(engine, programs)
            remove_leftovers(engine)
        return self._connected

    def _observe(self, equipment: "_Equipment", asked: "_Asked", command: tuple[str, ...]) -> Run:
        """Run one command in a new box; everything that is made for it is gone afterwards."""
        begin = time.monotonic()
        tracer = equipment.tracer() if asked.traced else None
        run = Run(command, not_made=equipment.shortcomings(traced=asked.traced, asks=not command))
        order = asked.order(BoxOwner(self._run, self._times.life_seconds), command, tracer)
        try:
            with ExitStack() as removals:
                box = Box(equipment.engine, order)
                removals.callback(self._remove, box)
                if tracer:
                    tracer.put_into(box)
                if problem := box.start():
                    return replace(run, problem=problem)
                helper = None if asked.is_over(box, command) else self._joined(equipment, order, box, removals)
                run = _attended(Attendance(box, helper, asked.questions, self._times), asked, run)
                run = _inspected(box, tracer, asked.config.working_dir, run)
        except EngineRefusedError as refusal:
            return replace(run, problem=refusal.message or str(refusal.status))
        return replace(run, seconds=time.monotonic() - begin)

    def _joined(self, equipment: "_Equipment", order: BoxOrder, box: Box, removals: ExitStack) -> Helper | None:
        """Have a helper join a box; ``None`` where the box was over before."""
        if equipment.programs.helper is None:
            return None
        joining = replace(order, network=f"container:{box.identity}")
        try:
            helper = Helper(equipment.engine, joining, equipment.programs.helper)
        except EngineRefusedError:
            return None
        removals.callback(self._remove, helper)
        return helper if helper.start() else None

    def _remove(self, one: Box | Helper) -> None:
        """Remove a container while we go on; an engine takes its time for that."""
        removal = Thread(target=one.remove)
        removal.start()
        self._removals.append(removal)


class _Asked(NamedTuple):
    """An image and what is asked of it."""

    image: str
    config: ImageConfig
    questions: Questions
    traced: bool

    def is_over(self, box: Box, command: tuple[str, ...]) -> bool:
        """Tell whether nobody is to be asked: for a command, or where an image without ports ends within a moment."""
        if command or self.questions.pages or self.questions.awaited or self.config.exposed_ports:
            return bool(command)
        end = time.monotonic() + _MOMENT_SECONDS
        while time.monotonic() < end:
            if box.state().exit_code is not None:
                return True
            time.sleep(_MOMENT_SECONDS / 5)
        return False

    def order(self, owner: BoxOwner, command: tuple[str, ...], tracer: Tracer | None) -> BoxOrder:
        """Spell what is to run; the image's own words stand where nothing has to be put before them."""
        own = (*(self.config.entrypoint or ()), *(self.config.cmd or ()))
        argv = tracer.argv(command or own) if tracer else command or None
        check = None if command else self.config.health_check
        return BoxOrder(self.image, owner, argv, self.questions.environment, check)


class _Equipment(NamedTuple):
    """An engine, and our programs that can run on its machine."""

    engine: Engine
    programs: Programs

    def tracer(self) -> Tracer | None:
        """A new tracer, if there is one for the engine's machine."""
        return Tracer(self.programs.strace) if self.programs.strace else None

    def shortcomings(self, *, traced: bool, asks: bool) -> tuple[str, ...]:
        """Say what cannot be observed with what there is."""
        blind = (_NO_HELPER,) if asks and self.programs.helper is None else ()
        return (*blind, *((_NO_TRACER,) if traced and not self.programs.strace else ()))


def _attended(attendance: Attendance, asked: _Asked, run: Run) -> Run:
    if run.command:
        return attendance.seen(attendance.wait_for_end(), run)
    state = attendance.wait_until_ready()
    if state.exit_code is None and asked.config.health_check:
        state = attendance.wait_for_health(state)
    if state.exit_code is None:
        attendance.ask_pages()
    run = attendance.seen(state, run)
    if run.exit_code is None and not asked.traced:
        return replace(run, stopped=attendance.stop(asked.config.stop_signal))
    return run


def _inspected(box: Box, tracer: Tracer | None, folder: str, run: Run) -> Run:
    """Add what a box is told to hold once it has shown what it does."""
    trace = tracer.trace_of(box, folder) if tracer else None
    written = box.written()
    lost = (_NO_TRACE,) if tracer and trace is None else ()
    unknown = ("written files, since they are too many",) if written is None else ()
    kept = frozenset(path for path in written or () if not is_ours(path))
    return replace(run, trace=trace, written=kept, not_made=(*run.not_made, *lost, *unknown))
