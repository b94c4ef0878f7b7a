"""The search for smaller images: what is asked, on which checkout, how long, and what an earlier run has found."""

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, NamedTuple

from bot.contents.work_budget import LARGEST_FILE_BYTES
from bot.dockerfile.build_inputs import BuildInputs
from bot.dockerfile.build_tree import BuildTree
from bot.dockerfile.context import read_dockerignore
from bot.errors import CancelledError, DeadweightError, DockerfileError
from bot.flows.search_memory import SearchKey, recalled, remembered
from bot.flows.world import World
from bot.model.advice import Advice
from bot.model.build import Absent, BuiltPair, ImageSpec
from bot.model.config import Settings, VerifyMode, VerifyOptions
from bot.model.explain import Failed, Measurement, measurement_of
from bot.model.verify import Behaviour, Candidate, Questions, Verification
from bot.policy.verifying import asked_of, mode_of
from bot.ports import OpenImage
from bot.stages.build import MakeProposal, rebuilding
from bot.stages.measure import measure
from bot.stages.verify import BROKE_OFF, SearchOrder, verify
from bot.verify import awaiting, questions_of

_STAGE: Final = re.compile(r"^[ \t]*FROM[ \t]", re.IGNORECASE | re.MULTILINE)
_COPY: Final = re.compile(r"^[ \t]*(?:COPY|ADD)[ \t].*", re.IGNORECASE | re.MULTILINE)
_MOST_CONTEXT_FILES: Final = 50_000


class Subject(NamedTuple):
    """An image that is to be made smaller: what is advised upon it, and how its head is built."""

    advice: Advice
    spec: ImageSpec


@dataclass(frozen=True, slots=True)
class SearchTask:
    """Which commit is searched, how far and how long, how its images are built, and with what."""

    commit: str
    options: VerifyOptions
    settings: Settings
    world: World
    known_as: str = ""
    """The commit that its readers know, where it is another one: a pull request's own head, not its merge."""


def searched(subjects: Sequence[Subject], task: SearchTask) -> tuple[Advice, ...]:
    """Search for a smaller image of each subject, those that promise most first, within the time for all of them."""
    clock, runner = task.world.clock, task.world.runner
    until = clock() + task.options.seconds
    found = [subject.advice for subject in subjects]
    order = sorted(range(len(subjects)), key=lambda index: -subjects[index].advice.claimed.total)
    with runner.group("Verify advice"):
        for done, index in enumerate(order):
            # What one of them leaves of its share is shared by those that follow.
            share = clock() + (until - clock()) / (len(order) - done)
            found[index] = _guarded(subjects[index], task, share)
            runner.log(_told(found[index]))
    return tuple(found)


def _guarded(subject: Subject, task: SearchTask, until: float) -> Advice:
    """Search; whatever breaks is why nothing is verified, since nobody's report may be lost for the sake of advice."""
    try:
        return _search(subject, task, until)
    except CancelledError:
        raise
    except DeadweightError as error:
        why = f"{BROKE_OFF}: {error.what}"
    except Exception as error:  # noqa: BLE001 - a mistake of ours in here must not take the measured report away
        why = f"{BROKE_OFF}: {type(error).__name__}"
    head = _head_of(subject)
    return replace(subject.advice, verification=Verification(head.image.unpacked_bytes, why=why) if head else None)


def _head_of(subject: Subject) -> Measurement | None:
    return measurement_of(subject.advice.explanation.difference.pair.head)


def _told(advice: Advice) -> str:
    found, name = advice.verification, advice.explanation.difference.pair.name
    if found is None:
        return f"{name}: nothing was tried"
    tries = [
        f"  {one.candidate.rung} on {one.candidate.base or 'its own base'}: "
        f"{one.unpacked_bytes if one.unpacked_bytes is not None else 'no'} B in {one.seconds} s"
        f"{f', {one.problem}' if one.problem else ''}"
        for one in found.attempts
    ]
    end = "verified" if found.verified else f"not verified, {found.why}"
    return "\n".join([f"{name}: {end} ({found.seconds} s)", *tries])


def _search(subject: Subject, task: SearchTask, until: float) -> Advice:
    """Recall what an earlier run has found for the same inputs, else search and keep what is found."""
    advice, head, mode = subject.advice, _head_of(subject), _mode(subject, task)
    if head is None or mode is VerifyMode.NEVER:
        return advice
    git, memory = task.world.git, task.world.memory
    inputs = BuildTree(git.tree(task.commit), partial(git.read_file, task.commit)).inputs(subject.spec)
    questions = questions_of(asked_of(task.options, _name(subject)), head.image.config)
    key = SearchKey(git.name(), inputs, questions, mode, head).digest
    if memory and (known := recalled(advice, memory.recall(key), head)):
        return known
    with _bench(subject, task, head, questions) as bench:
        found = verify(advice, SearchOrder(mode, until, _context_files(inputs)), bench)
    if memory and found.verification and found.verification.best:
        memory.keep(key, remembered(found, task.known_as or task.commit))
    return found


def _name(subject: Subject) -> str:
    return subject.advice.explanation.difference.pair.name


def _mode(subject: Subject, task: SearchTask) -> VerifyMode:
    """Tell how far the search may go; without a sandbox nothing is run."""
    mode = mode_of(task.options, _name(subject))
    return VerifyMode.BUILD if mode is VerifyMode.RUN and task.world.sandbox is None else mode


@contextmanager
def _bench(subject: Subject, task: SearchTask, head: Measurement, questions: Questions) -> Iterator["_WorldBench"]:
    world, spec = task.world, subject.spec
    checkout = rebuilding(spec, task.commit, task.settings, world.git, world.builder)
    with checkout as make, world.images.open((head.image.reference,), spec.platform) as (opened,):
        yield _WorldBench(subject, make, opened, questions, world)


def _context_files(inputs: BuildInputs) -> tuple[str, ...]:
    """List the files of the build context that its ignore list lets through."""
    try:
        ignored = read_dockerignore(inputs.ignore_text)
    except DockerfileError:
        return ()
    if "://" in inputs.spec.context:
        return ()
    paths = sorted(inputs.below(inputs.spec.context))
    return tuple(path for path in paths[:_MOST_CONTEXT_FILES] if not ignored.matches(path))


def _copies_its_context(dockerfile: str) -> bool:
    """Tell whether the last stage copies from the build context, and so perhaps the Dockerfile itself."""
    last = _STAGE.split(dockerfile)[-1]
    return any("--from" not in line for line in _COPY.findall(last))


class _WorldBench:
    """The bench of one image in the real world, or in a test's."""

    def __init__(
        self, subject: Subject, make: MakeProposal, opened: OpenImage, questions: Questions, world: World
    ) -> None:
        self._subject, self._make, self._opened = subject, make, opened
        self._questions, self._world = questions, world

    def build(self, candidate: Candidate, seconds: float) -> Measurement | Failed:
        """Build a candidate on the head's checkout, and read it as the head was read.

        Its Dockerfile lies aside, so that steps after ``COPY . .`` come from the cache, unless the image would ship it.
        """
        until = self.now() + seconds
        if not _copies_its_context(candidate.dockerfile):
            image = self._built(candidate, seconds, aside=True)
            if isinstance(image, Failed) or not self._ships_what_changes(image):
                return image
        return self._built(candidate, until - self.now(), aside=False)

    def _ships_what_changes(self, image: Measurement) -> bool:
        changing = {posixpath.basename(self._subject.spec.dockerfile).encode(), b".dockerignore"}
        return any(posixpath.basename(path) in changing for path in image.tree.live)

    def _built(self, candidate: Candidate, seconds: float, *, aside: bool) -> Measurement | Failed:
        spec, pair = self._subject.spec, self._subject.advice.explanation.difference.pair
        head = _head_of(self._subject)
        texts = {spec.dockerfile: candidate.dockerfile}
        if candidate.ignore is not None and head is not None and head.ignore is not None:
            texts[head.ignore.path] = candidate.ignore
        made = BuiltPair(pair.name, Absent(), self._make(texts, max(seconds, 1.0), aside=aside))
        (measured,) = measure((made,), self._world.images)
        side = measured.head
        return side if isinstance(side, Measurement | Failed) else Failed("it was not built")

    def observe(self, image: Measurement, *, traced: bool) -> Behaviour:
        """Run an image in the sandbox; once its ports are known, the next run is asked as soon as they are open."""
        if self._world.sandbox is None:
            return Behaviour(())
        config = image.image.config
        seen = self._world.sandbox.observe(image.image.reference, config, self._questions, traced=traced)
        self._questions = awaiting(self._questions, seen)
        return seen

    def read(self, paths: Sequence[bytes]) -> Mapping[bytes, bytes]:
        """Read small files of the head."""
        return self._opened.read_files(paths, limit_bytes=LARGEST_FILE_BYTES)

    def now(self) -> float:
        """Give the time."""
        return self._world.clock()
