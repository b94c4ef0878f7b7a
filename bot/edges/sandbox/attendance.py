"""Attending one box: waiting until it is ready or over, asking it, and writing down what it showed."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from bot.edges.sandbox.box import Box, BoxState
from bot.edges.sandbox.helper import Helper, Listening
from bot.model.verify import Answer, Questions, Run, WebPage
from bot.verify.web_pages import MOST_LINKS, links_of

_STEP_SECONDS: Final = 0.1
_SETTLED_SECONDS: Final = 0.4
_LATE_SECONDS: Final = 5.0
_RETRIES: Final = 4
_RETRY_SECONDS: Final = 0.7
_FAILED_PROBES: Final = 3
_HEALTH_SECONDS: Final = 12.0
_QUIET_SECONDS: Final = 0.3
_ASKING_SECONDS: Final = 30.0
_TOO_SLOW: Final = "some pages, since answers took too long"
_STOP_SECONDS: Final = 0.5
_KNOWN_STOP_SECONDS: Final = 4.0
_SERVER_ERROR: Final = 500


@dataclass(frozen=True, slots=True)
class BoxTimes:
    """How long a box may take to listen or to end, in seconds; ``blind_seconds`` where its ports cannot be seen."""

    start_seconds: float = 20.0
    blind_seconds: float = 6.0
    life_seconds: float = 300.0
    """After which a box is nobody's, so that a later run removes it; everything above has to fit into it."""


class Attendance:
    """One box that was started, and who looks after it."""

    def __init__(self, box: Box, helper: Helper | None, questions: Questions, times: BoxTimes) -> None:
        self._box = box
        self._helper = helper
        self._questions = questions
        self._times = times
        self._listening = Listening()
        self._answers: dict[WebPage, Answer] = {}
        self._followed: frozenset[WebPage] = frozenset()
        self._asking_ends = 0.0
        self._slow = False
        self._retries = _RETRIES

    def wait_for_end(self) -> BoxState:
        """Wait until a command has ended, or its time is over."""
        return self._wait(lambda _: False)

    def wait_until_ready(self) -> BoxState:
        """Wait until the ports that are expected are listened on, or any has been for a while, or it has ended."""
        changed = time.monotonic()

        def is_ready(elapsed: float) -> bool:
            nonlocal changed
            if self._helper is None:
                return elapsed >= self._times.blind_seconds
            found = self._helper.listening()
            if found != self._listening:
                changed, self._listening = time.monotonic(), found
            settled = time.monotonic() - changed
            if not found.ports:
                return False
            return settled >= (_SETTLED_SECONDS if self._questions.awaited <= found.ports else _LATE_SECONDS)

        return self._wait(is_ready)

    def wait_for_health(self, state: BoxState) -> BoxState:
        """Wait until a health check has succeeded, or failed several times in a row since the image is ready."""
        end = time.monotonic() + _HEALTH_SECONDS
        most_failed = state.failed_probes + _FAILED_PROBES
        while state.health == "starting" and state.exit_code is None and time.monotonic() < end:
            if state.failed_probes >= most_failed:
                break
            time.sleep(_STEP_SECONDS)
            state = self._box.state()
        if state.health == "starting" and state.failed_probes:
            return state._replace(health="unhealthy")
        return state

    def ask_pages(self) -> None:
        """Ask for the pages of the questions, the root of every port, and then for links of what came."""
        if self._helper is None or not (self._listening.ports or self._questions.pages):
            return
        roots = (WebPage(port, "/") for port in sorted(self._listening.ports - self._questions.awaited))
        self._asking_ends = time.monotonic() + _ASKING_SECONDS
        for page in (*self._questions.pages, *roots):
            self._ask(self._helper, page)
        found = [link for page, answer in self._answers.items() for link in links_of(page, answer)]
        new = [link for link in dict.fromkeys(found) if link not in self._answers]
        for link in new[:MOST_LINKS]:
            self._ask(self._helper, link)
        self._followed = frozenset(link for link in new if link in self._answers)
        self._listening = self._helper.listening()

    def _ask(self, helper: Helper, page: WebPage) -> None:
        """Ask for a page; a server that is still starting is asked again, a few times in all."""
        if time.monotonic() > self._asking_ends:
            self._slow = True
            return
        is_open = page.port in self._listening.ports
        answer = helper.ask(page) if is_open else Answer(0)
        while is_open and self._retries and (answer.status >= _SERVER_ERROR or (not answer.status and not answer.body)):
            self._retries -= 1
            time.sleep(_RETRY_SECONDS)
            answer = helper.ask(page)
        self._answers[page] = answer

    def stop(self, signal: str) -> int | None:
        """Send the stop signal; returns the exit code of one that ends soon."""
        self._box.signal(signal or "SIGTERM")
        end = time.monotonic() + (_KNOWN_STOP_SECONDS if self._questions.ends_when_told else _STOP_SECONDS)
        while time.monotonic() < end:
            time.sleep(_STEP_SECONDS)
            if (code := self._box.state().exit_code) is not None:
                return code
        return None

    def seen(self, state: BoxState, run: Run) -> Run:
        """Fill in what it has shown by now."""
        if state.exit_code is None:
            time.sleep(_QUIET_SECONDS)
        users = self._box.users() if state.exit_code is None else frozenset[int]()
        log = self._box.log()
        state = state._replace(exit_code=self._box.state().exit_code)
        return replace(
            run,
            exit_code=state.exit_code,
            output=log.output,
            errors=log.errors,
            cut=log.cut,
            out_of_memory=state.out_of_memory,
            listening=self._listening.ports,
            loopback=self._listening.loopback,
            answers=self._answers,
            followed=self._followed,
            health=state.health,
            health_output=state.health_output,
            users=users,
            not_made=(*run.not_made, *((_TOO_SLOW,) if self._slow else ())),
        )

    def _wait(self, is_ready: Callable[[float], bool]) -> BoxState:
        begin = time.monotonic()
        while True:
            state = self._box.state()
            elapsed = time.monotonic() - begin
            if state.exit_code is not None or elapsed >= self._times.start_seconds or is_ready(elapsed):
                return state
            time.sleep(_STEP_SECONDS)
