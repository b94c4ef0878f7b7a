"""Sabotaged candidates on a real engine: built, looked at, run in the box, and refused every one of them."""

import os
import pathlib
import secrets
import subprocess
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

import pytest

from bot.edges.engine_address import EngineAddress
from bot.edges.sandbox import EngineSandbox
from bot.edges.sandbox.attendance import BoxTimes
from bot.edges.sources import Images, SourceOptions
from bot.model.explain import Measurement
from bot.model.image import ImageReference, Transport
from bot.model.verify import Behaviour, Check, CheckState, Questions, WebPage
from bot.stages.measure import measure_images
from bot.verify import awaiting, checks_of, meaning_of, preflight
from tests.verify.sabotaged import HONEST, MEANINGLESS, SABOTAGED, TOLD, Sabotaged

pytestmark = pytest.mark.engine


class Judged(NamedTuple):
    """Why the original's runs prove nothing, if so, and every check of the candidate."""

    meaning: str
    checks: tuple[Check, ...]

    @property
    def failed(self) -> list[str]:
        """What a report would tell."""
        return [
            f"{check.name}: {check.what} {check.detail}" for check in self.checks if check.state is CheckState.FAILED
        ]


class Workshop:
    """Builds, reads and runs images in one engine."""

    def __init__(self, environment: Mapping[str, str], folder: pathlib.Path) -> None:
        self._environment, self._folder = os.environ | dict(environment), folder
        self._images = Images(SourceOptions(engine=EngineAddress(environment["DOCKER_HOST"]), estimate_download=False))
        self.tags: list[str] = []

    def judge(self, case: Sabotaged) -> Judged:
        """Do with a candidate what the product does: look before it runs, and run only what may pass."""
        original, candidate = (self._measured(text, case.files) for text in (case.original, case.candidate))
        sandbox = EngineSandbox(self._environment, times=BoxTimes(start_seconds=4, blind_seconds=1))
        try:
            originals, questions = self._runs(sandbox, original, case)
            traces = [run.trace for run in originals[1].runs if run.trace]
            checks = preflight(original, candidate, traces[0] if traces else None)
            if all(check.state is not CheckState.FAILED for check in checks) and not meaning_of(originals):
                behaviour = sandbox.observe(candidate.image.reference, candidate.image.config, questions)
                checks = (*checks, *checks_of(originals, behaviour))
            return Judged(meaning_of(originals), checks)
        finally:
            sandbox.discard()

    def remove(self) -> None:
        """Remove every image."""
        subprocess.run(
            ["docker", "rmi", "--force", *self.tags], env=self._environment, capture_output=True, check=False
        )

    def _runs(
        self, sandbox: EngineSandbox, original: Measurement, case: Sabotaged
    ) -> tuple[tuple[Behaviour, Behaviour], Questions]:
        ports = [int(one.partition("/")[0]) for one in original.image.config.exposed_ports]
        pages = (*(WebPage(port, "/") for port in ports), *case.pages)
        questions = Questions(case.commands, tuple(dict.fromkeys(pages)), awaited=frozenset(ports))
        first = sandbox.observe(original.image.reference, original.image.config, questions)
        questions = awaiting(questions, first)
        second = sandbox.observe(original.image.reference, original.image.config, questions, traced=True)
        return (first, second), questions

    def _measured(self, dockerfile: str, files: Mapping[str, str]) -> Measurement:
        tag = f"deadweight-test-sabotage:{secrets.token_hex(6)}"
        folder = self._folder / tag.rpartition(":")[2]
        for name, text in {**files, "../Dockerfile": dockerfile}.items():
            file = folder / "context" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
            file.chmod(0o755)
        # Stand-ins of bases have labels that real bases have not; here they are not to tell two bases apart.
        labels = [f"--label={name}=" for name in ("dev.deadweight.stand-in", "dev.deadweight.stand-in.recipe")]
        where = ["--file", folder / "Dockerfile", folder / "context"]
        command = ["docker", "build", "--quiet", "--tag", tag, *labels, *where]
        done = subprocess.run(command, env=self._environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        self.tags.append(tag)
        (measured,) = measure_images([ImageReference(Transport.DOCKER_DAEMON, tag)], self._images, None)
        return measured


@pytest.fixture(scope="module")
def judged(
    modern_engine: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mapping[str, Future[Judged]]]:
    """Judge all of them, a few at a time: most of it is waiting for an engine."""
    workshop = Workshop(modern_engine, tmp_path_factory.mktemp("sabotage"))
    with ThreadPoolExecutor(4) as pool:
        cases = (*SABOTAGED, *TOLD, *HONEST, *MEANINGLESS)
        yield {case.trap: pool.submit(workshop.judge, case) for case in cases}
    workshop.remove()


@pytest.mark.parametrize("case", SABOTAGED, ids=lambda case: case.trap)
def test_sabotaged_candidate__is_refused(case: Sabotaged, judged: Mapping[str, Future[Judged]]):
    """A candidate that was broken on the way fails the check that is about it, and its original works."""
    found = judged[case.trap].result()

    assert found.meaning == ""
    assert case.refused_by in {one.partition(":")[0] for one in found.failed}, found


@pytest.mark.parametrize("case", TOLD, ids=lambda case: case.trap)
def test_what_no_run_can_show__is_told(case: Sabotaged, judged: Mapping[str, Future[Judged]]):
    """What is gone, and might be missed outside of a box, stands beside the claim as a check that was not made."""
    unmade = {check.name for check in judged[case.trap].result().checks if check.state is CheckState.NOT_MADE}

    assert case.refused_by in unmade


@pytest.mark.parametrize("case", HONEST, ids=lambda case: case.trap)
def test_honest_candidate__passes(case: Sabotaged, judged: Mapping[str, Future[Judged]]):
    """A candidate that was made smaller with everything it needs fails no check."""
    found = judged[case.trap].result()

    assert (found.meaning, found.failed) == ("", [])


@pytest.mark.parametrize("case", MEANINGLESS, ids=lambda case: case.trap)
def test_equal_failure__proves_nothing(case: Sabotaged, judged: Mapping[str, Future[Judged]]):
    """An original that does not work in the box proves nothing, though its candidate would do the very same."""
    assert judged[case.trap].result().meaning
