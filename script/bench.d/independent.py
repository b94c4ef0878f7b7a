"""An image asked by hand: plain ``docker run``, the host's own HTTP client, ``docker save``; nothing of the product."""

import json
import re
import subprocess
import tarfile
import time
import urllib.error
import urllib.request
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

START_SECONDS = 60.0
HEALTH_SECONDS = 40.0
SETTLE_SECONDS = 1.5
LABEL = "dev.deadweight.bench"


@dataclass(frozen=True)
class Asked:
    """What is asked: pages in order, commands in the place of the image's own, variables for all of them."""

    pages: tuple[tuple[str, str], ...] = ()
    commands: tuple[tuple[str, ...], ...] = ()
    environment: tuple[str, ...] = ()

    @classmethod
    def read(cls, text: str) -> "Asked":
        """Read a ``verify.json``."""
        found = json.loads(text)
        return cls(
            tuple((str(port), path) for port, path in found.get("http", [])),
            tuple(tuple(words) for words in found.get("smoke", [])),
            tuple(found.get("env", [])),
        )


@dataclass
class Shown:
    """What one run showed; pages as (status, type, body), ``health`` empty if there is no health check."""

    name: str
    exit_code: int | None = None
    output: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    pages: dict[str, tuple[int, str, str]] = field(default_factory=dict)
    health: str = ""
    problem: str = ""


def docker(*words: str, check: bool = True, seconds: float = 900) -> str:
    """Run docker, and return what it printed."""
    done = subprocess.run(["docker", *words], capture_output=True, text=True, timeout=seconds)  # noqa: PLW1510
    if check and done.returncode:
        message = f"docker {words[0]}: {done.stderr.strip()[-600:]}"
        raise RuntimeError(message)
    return done.stdout


def show(image: str, asked: Asked) -> list[Shown]:
    """Run an image's own command and each command that is asked."""
    own = _own_run(image, asked)
    return [own, *(_command_run(image, words, asked) for words in asked.commands)]


def differences(one: Sequence[Shown], other: Sequence[Shown], candidate: Sequence[Shown]) -> list[str]:
    """Say in what a candidate differs from an original that ran twice; what those runs differ in is left out."""
    return [text for runs in zip(one, other, candidate, strict=True) for text in _compared(*runs)]


def unsound(runs: Sequence[Shown]) -> str:
    """Say why what an original shows proves nothing; empty if it does prove something."""
    own = runs[0]
    if own.problem:
        return f"the original does not start: {own.problem}"
    broken = [path for path, (status, _, _) in own.pages.items() if status == 0 or status >= 500]
    if broken:
        return f"the original does not answer {broken[0]}"
    if own.health not in {"", "healthy"}:
        return f"the original is {own.health}"
    if own.exit_code not in {None, 0} and not any(run.exit_code == 0 for run in runs[1:]):
        return f"the original ends with {own.exit_code}"
    return ""


def saved_bytes(image: str) -> int:
    """Add up the files of all layers, as ``docker save`` writes them."""
    with subprocess.Popen(["docker", "save", image], stdout=subprocess.PIPE) as saving:
        total = 0
        with tarfile.open(fileobj=saving.stdout, mode="r|") as archive:
            for member in archive:
                content = archive.extractfile(member) if member.isfile() and _may_be_layer(member) else None
                if content is not None:
                    total += _layer_bytes(content)
        if saving.stdout is not None:
            saving.stdout.read()
    return total


def history_bytes(image: str) -> int:
    """Add up what ``docker history`` says of all layers."""
    sizes = docker("history", "--human=false", "--format", "{{.Size}}", image).split()
    return sum(int(size) for size in sizes)


def _may_be_layer(member: tarfile.TarInfo) -> bool:
    return member.name.endswith("layer.tar") or bool(re.fullmatch(r"blobs/sha256/[0-9a-f]{64}", member.name))


def _layer_bytes(content: object) -> int:
    try:
        with tarfile.open(fileobj=content, mode="r|*") as layer:  # type: ignore[call-overload]
            return sum(member.size for member in layer if member.isreg())
    except tarfile.ReadError:
        return 0  # a manifest or a configuration lies among the layers


@contextmanager
def _container(image: str, *options: str, words: Sequence[str] = ()) -> Iterator[str]:
    name = f"bench-{uuid.uuid4().hex[:12]}"
    limits = ("--memory", "1g", "--pids-limit", "512", "--hostname", "bench")
    try:
        docker("run", "--detach", "--name", name, "--label", LABEL, *limits, *options, image, *words)
        yield name
    finally:
        docker("rm", "--force", "--volumes", name, check=False)


def _own_run(image: str, asked: Asked) -> Shown:
    shown = Shown("its own command")
    options = [word for one in asked.environment for word in ("--env", one)]
    config = json.loads(docker("image", "inspect", "--format", "{{json .Config}}", image))
    if config.get("Healthcheck"):
        options += ["--health-interval", "1s"]
    if not (config.get("Entrypoint") or config.get("Cmd")):
        return shown
    try:
        with _container(image, *options) as name:
            address = docker("inspect", "--format", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", name)
            for port, path in asked.pages:
                shown.pages[f"{port}{path} #{len(shown.pages)}"] = _answer(name, address.strip(), port, path)
            if not asked.pages:
                _wait_for_end(name)
            if config.get("Healthcheck"):
                shown.health = _health(name)
            time.sleep(SETTLE_SECONDS)
            _collect(name, shown)
    except RuntimeError as error:
        shown.problem = str(error)
    return shown


def _command_run(image: str, words: Sequence[str], asked: Asked) -> Shown:
    shown = Shown(" ".join(words))
    options = [word for one in asked.environment for word in ("--env", one)]
    try:
        with _container(image, *options, "--no-healthcheck", "--entrypoint", words[0], words=words[1:]) as name:
            _wait_for_end(name)
            _collect(name, shown)
    except RuntimeError as error:
        shown.problem = str(error)
    return shown


def _running(name: str) -> bool:
    return docker("inspect", "--format", "{{.State.Running}}", name).strip() == "true"


def _wait_for_end(name: str) -> None:
    end = time.monotonic() + START_SECONDS / 4
    while _running(name) and time.monotonic() < end:
        time.sleep(0.2)


def _health(name: str) -> str:
    end = time.monotonic() + HEALTH_SECONDS
    while True:
        health = docker("inspect", "--format", "{{.State.Health.Status}}", name).strip()
        if health != "starting" or time.monotonic() > end or not _running(name):
            return health
        time.sleep(0.3)


def _answer(name: str, address: str, port: str, path: str) -> tuple[int, str, str]:
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            request = urllib.request.Request(f"http://{address}:{port}{path.replace('<', '%3C').replace('>', '%3E')}")
            with urllib.request.urlopen(request, timeout=20) as answer:
                return (
                    answer.status,
                    answer.headers.get("Content-Type", ""),
                    answer.read(1_000_000).decode("utf-8", "replace"),
                )
        except urllib.error.HTTPError as error:
            return error.code, error.headers.get("Content-Type", ""), error.read(1_000_000).decode("utf-8", "replace")
        except OSError as error:
            if time.monotonic() > end or not _running(name):
                return 0, "", type(error).__name__
            time.sleep(0.2)


def _collect(name: str, shown: Shown) -> None:
    if not _running(name):
        shown.exit_code = int(docker("inspect", "--format", "{{.State.ExitCode}}", name))
    done = subprocess.run(["docker", "logs", name], capture_output=True, check=True, timeout=60)
    shown.output, shown.errors = _lines(done.stdout), _lines(done.stderr)


def _lines(output: bytes) -> list[str]:
    return [line.rstrip() for line in output.decode("utf-8", "replace").splitlines() if line.strip()]


def _compared(one: Shown, other: Shown, candidate: Shown) -> Iterator[str]:
    name = candidate.name
    if candidate.problem and not one.problem:
        yield f"{name}: {candidate.problem}"
        return
    if one.exit_code == other.exit_code != candidate.exit_code:
        yield f"{name}: ends with {candidate.exit_code} instead of {one.exit_code}"
    if one.health == other.health != candidate.health:
        yield f"{name}: is {candidate.health or 'without a health check'} instead of {one.health}"
    for stream in ("output", "errors"):
        missing = _missing(getattr(one, stream), getattr(other, stream), getattr(candidate, stream))
        if missing:
            yield f"{name}: {stream} differ: {missing[0][:160]!r}"
    for page, answer in one.pages.items():
        mine = candidate.pages.get(page, (0, "", ""))
        if _alike(answer, other.pages[page]) and not _alike(answer, mine):
            yield f"{name}: {page} answers {mine[0]} {mine[2][:80]!r}"


def _missing(one: list[str], other: list[str], candidate: list[str]) -> list[str]:
    """Lines that both runs of the original have, or that only the candidate has, numbers and hexadecimals aside."""
    first, second, third = (Counter(map(_shape, lines)) for lines in (one, other, candidate))
    return [*((first & second) - third), *(third - (first | second))]


def _shape(text: str) -> str:
    return re.sub(r"\b[0-9a-f]{6,}\b|\d+", "#", text)


def _alike(one: tuple[int, str, str], other: tuple[int, str, str]) -> bool:
    return one[:2] == other[:2] and (one[2] == other[2] or _without_times(one[2]) == _without_times(other[2]))


def _without_times(text: str) -> str:
    return re.sub(r"\d{4}-\d\d-\d\d[T ][\d:.]+Z?|\b\d{10,}\b", "#", text)
