"""Advice → the same, tried: candidates built, run beside the original and compared; the smallest that passes is kept.

Nothing here fails a run: whatever goes wrong is why nothing is verified, and the report is written all the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple, Protocol

from bot.candidates import Failure, RunEvidence, boldest_first, ladder, may_be_smaller, repair
from bot.dockerfile.patch import unified_patch
from bot.errors import CancelledError, DeadweightError
from bot.model.advice import Advice
from bot.model.config import VerifyMode
from bot.model.dockerfile import IgnoreFile
from bot.model.explain import Failed, Measurement, measurement_of
from bot.model.verify import Attempt, Behaviour, Candidate, Check, CheckState, Trace, Verification
from bot.rules.kit.proof import proven
from bot.verify import checks_of, joined_trace, meaning_of, preflight

MOST_ATTEMPTS: Final = 14
_MOST_REPAIRS: Final = 4

NO_CANDIDATE: Final = "there is no smaller image to propose"
NONE_SMALLER: Final = "no candidate is smaller"
NONE_PASSED: Final = "no candidate passed"
TIME_IS_OVER: Final = "no candidate passed before its time was over"
NOT_RUN: Final = "the configuration lets candidates be built, and not run"
BROKE_OFF: Final = "the search broke off"
LARGER: Final = "it is not smaller"
NETWORK: Final = "outbound network"
BEHAVIOUR: Final = "behaviour in a run"
SENTENCES: Final = frozenset({NO_CANDIDATE, NONE_SMALLER, NONE_PASSED, TIME_IS_OVER, NOT_RUN, BROKE_OFF})
"""Why nothing is verified, besides what ``bot.verify.meaning_of`` says."""


class Bench(Protocol):
    """Where the candidates of one image are built, read and run. Raises ``EngineError`` where the engine is gone."""

    def build(self, candidate: Candidate, seconds: float) -> Measurement | Failed:
        """Build and read a candidate within some seconds."""

    def observe(self, image: Measurement, *, traced: bool) -> Behaviour:
        """Run an image and ask it what the configuration says."""

    def read(self, paths: Sequence[bytes]) -> Mapping[bytes, bytes]:
        """Read small live files of the original."""

    def now(self) -> float:
        """Give the seconds of a clock that only goes forward."""


@dataclass(frozen=True, slots=True)
class SearchOrder:
    """How far a search goes, until when by the bench's clock, and what of the build context may be copied."""

    mode: VerifyMode
    until: float
    context_files: tuple[str, ...] = field(default=(), repr=False)


def verify(advice: Advice, order: SearchOrder, bench: Bench) -> Advice:
    """Search for the smallest candidate that behaves like the head; findings that it answers climb the ladder."""
    head = measurement_of(advice.explanation.difference.pair.head)
    if head is None or order.mode is VerifyMode.NEVER:
        return advice
    search, started = _Search(head, advice, order, bench), bench.now()
    try:
        why = search.run()
    except CancelledError:
        raise
    except DeadweightError as error:
        why = f"{BROKE_OFF}: {error.what}"
    found = search.found(why, bench.now() - started)
    return replace(advice, verification=found, findings=proven(advice.findings, found, search.winner, head))


class _Tried(NamedTuple):
    """An attempt, the image that it made, and what there is to learn from it."""

    attempt: Attempt
    image: Measurement | None = None
    failure: Failure | None = None
    ran: bool = False


class _Search:
    """One search: what was tried so far, and the best of it."""

    def __init__(self, head: Measurement, advice: Advice, order: SearchOrder, bench: Bench) -> None:
        self._head, self._advice, self._order, self._bench = head, advice, order, bench
        self._originals: tuple[Behaviour, Behaviour] | None = None
        self._trace: Trace | None = None
        self._tried: list[Attempt] = []
        self._best: _Tried | None = None
        self._run_seconds = 0.0

    @property
    def winner(self) -> Measurement | None:
        """The image of the best attempt."""
        return self._best.image if self._best else None

    def run(self) -> str:
        """Try candidates until nothing smaller can come; gives why nothing is verified, empty where something is."""
        why = self._run_originals()
        evidence = self._evidence()
        waiting = boldest_first(ladder(evidence), self._advice.plan, self._head.target)
        while waiting and len(self._tried) < MOST_ATTEMPTS:
            if self._is_over():
                break
            candidate = waiting.pop(0)
            if self._best and not may_be_smaller(candidate, self._best.attempt, self._head):
                continue
            tried = self._try(candidate)
            self._tried.append(tried.attempt)
            if tried.attempt.passed:
                self._best = tried
            elif mended := self._mended(tried, evidence):
                waiting.insert(0, mended)
        return self._why(why, out_of_time=bool(waiting))

    def found(self, why: str, seconds: float) -> Verification:
        """Sum up."""
        best, verified = (self._best.attempt, self._best.ran) if self._best else (None, False)
        checks = best.checks if best else ()
        unmade = dict.fromkeys(check.what for check in checks if check.state is CheckState.NOT_MADE)
        return Verification(
            original_bytes=self._head.image.unpacked_bytes,
            attempts=tuple(self._tried),
            best=best,
            verified=verified,
            patch=_patch(self._head, best.candidate) if best else "",
            not_checked=((NETWORK if verified else BEHAVIOUR), *unmade) if best else (),
            why="" if verified else why,
            seconds=round(seconds, 1),
        )

    def _run_originals(self) -> str:
        """Run the original twice, the second time traced; give why the runs prove nothing, if they do not."""
        if self._order.mode is not VerifyMode.RUN:
            return NOT_RUN
        begun = self._bench.now()
        first = self._bench.observe(self._head, traced=False)
        self._run_seconds = self._bench.now() - begun
        originals = first, self._bench.observe(self._head, traced=True)
        self._originals, self._trace = originals, joined_trace(originals[1])
        return meaning_of(originals)

    def _evidence(self) -> RunEvidence:
        head = self._head
        return RunEvidence(
            head=head,
            behaviour=self._originals[1] if self._originals else Behaviour(()),
            context_files=self._order.context_files,
            read=lambda paths: self._bench.read(tuple(paths)),
            ignore=head.ignore.text if head.ignore and head.ignore.text else None,
            findings=self._advice.findings,
        )

    def _is_over(self) -> bool:
        return self._bench.now() + self._run_seconds >= self._order.until

    def _try(self, candidate: Candidate) -> _Tried:
        begun = self._bench.now()
        tried = self._built(candidate, self._order.until - begun)
        return tried._replace(attempt=replace(tried.attempt, seconds=round(self._bench.now() - begun, 1)))

    def _built(self, candidate: Candidate, seconds: float) -> _Tried:
        image = self._bench.build(candidate, seconds)
        if isinstance(image, Failed):
            return _Tried(Attempt(candidate, problem=image.why), failure=Failure(build=image.why))
        least = self._best.attempt.unpacked_bytes if self._best else None
        size = image.image.unpacked_bytes
        attempt = Attempt(candidate, size, image.image.download, len(image.image.layers))
        if size >= (self._head.image.unpacked_bytes if least is None else least):
            return _Tried(replace(attempt, problem=LARGER), image)
        checks = preflight(self._head, image, self._trace, candidate.altered)
        if _failed(checks):
            return _Tried(replace(attempt, checks=checks, problem=_told(checks)), image, Failure(checks))
        return self._compared(replace(attempt, checks=checks), image)

    def _compared(self, attempt: Attempt, image: Measurement) -> _Tried:
        """Run a candidate as the original was run; one that fails is run once more, traced, and may pass then."""
        if self._originals is None or meaning_of(self._originals):
            return _Tried(attempt, image)
        behaviour = Behaviour(())
        for traced in (False, True):
            behaviour = self._bench.observe(image, traced=traced)
            made = checks_of(self._originals, behaviour, attempt.candidate.altered)
            checks = (*attempt.checks, *made)
            if not _failed(checks):
                return _Tried(replace(attempt, checks=checks), image, ran=True)
        return _Tried(replace(attempt, checks=checks, problem=_told(checks)), image, Failure(checks, behaviour))

    def _mended(self, tried: _Tried, evidence: RunEvidence) -> Candidate | None:
        candidate = tried.attempt.candidate
        if tried.failure is None or candidate.repaired >= _MOST_REPAIRS:
            return None
        mended = repair(candidate, evidence, tried.failure)
        return None if mended is None or mended.dockerfile == candidate.dockerfile else mended

    def _why(self, meaningless: str, *, out_of_time: bool) -> str:
        if meaningless:
            return meaningless
        if not self._tried:
            return TIME_IS_OVER if out_of_time else NO_CANDIDATE
        if all(one.problem == LARGER for one in self._tried):
            return NONE_SMALLER
        return TIME_IS_OVER if out_of_time else NONE_PASSED


def _failed(checks: Sequence[Check]) -> list[Check]:
    return [check for check in checks if check.state is CheckState.FAILED]


def _told(checks: Sequence[Check]) -> str:
    """Say in one line of our own words what failed; what was seen stands with the checks."""
    return ", ".join(dict.fromkeys(check.what for check in _failed(checks)[:3]))


def _patch(head: Measurement, candidate: Candidate) -> str:
    """Show a candidate as one diff against the head's own files, empty where one of them cannot be shown."""
    before = head.dockerfile.text if head.dockerfile else ""
    changes = [unified_patch(head.dockerfile_path, before, candidate.dockerfile)]
    ignore = head.ignore or IgnoreFile("", "")
    if candidate.ignore is not None and candidate.ignore != ignore.text:
        changes.append(unified_patch(ignore.path, ignore.text, candidate.ignore))
    return "".join(changes) if all(changes) else ""
