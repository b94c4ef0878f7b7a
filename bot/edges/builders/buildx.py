"""Builds with BuildKit, by ``docker buildx build``."""

import os
import re
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.edges.builders.build_log import BuildLog, plain
from bot.edges.builders.build_progress import BuildProgress
from bot.edges.builders.build_record import read_provenance, record_of
from bot.edges.builders.build_secrets import build_secrets
from bot.edges.builders.failure import Account, explain_failure
from bot.edges.engine import Engine
from bot.edges.programs import USUAL_FOLDERS, Program, ProgramOutput, find_program, run
from bot.edges.redactor import Redactor
from bot.errors import EngineError
from bot.model.build import BuildFailure, BuildRecord, BuildRequest, is_of_the_runner

METADATA = "metadata.json"
"""The file in which buildx leaves what it knows of a build."""

_ASIDE = "Dockerfile"
_KEPT = frozenset({"HOME", "TMPDIR", "SSH_AUTH_SOCK", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "SSL_CERT_FILE"})
_KEPT_PREFIXES = ("DOCKER_", "BUILDX_", "BUILDKIT_")
_KEPT_LOWER = frozenset({"http_proxy", "https_proxy", "all_proxy", "no_proxy"})
# What the Actions cache needs; a build that does not use it gets none of these tokens.
_ACTIONS_CACHE = ("ACTIONS_CACHE_URL", "ACTIONS_RESULTS_URL", "ACTIONS_RUNTIME_TOKEN", "ACTIONS_CACHE_SERVICE_V2")
_FIXED = {
    "LC_ALL": "C",
    "DOCKER_CLI_HINTS": "false",
    "BUILDX_METADATA_PROVENANCE": "max",
    "BUILDX_NO_DEFAULT_ATTESTATIONS": "1",
}
# The first that writes its progress as JSON.
_OLDEST = (0, 13)
_VERSION = re.compile(r"\bv?(\d+)\.(\d+)(\.\d+)?")
_PROBE_SECONDS = 30
_METADATA_LIMIT_BYTES = 1 << 26
_UNREACHABLE = re.compile(r"Cannot connect to the Docker daemon|error during connect|no builder .* found")


@dataclass(frozen=True, slots=True)
class Buildx:
    """buildx as it was found: the words that start it, its version, and the builder instance that was named."""

    words: tuple[str, ...]
    version: str
    environment: Mapping[str, str] = field(repr=False)
    builder: str = ""

    def build(self, request: BuildRequest, tag: str, engine: Engine, log: BuildLog) -> BuildRecord | BuildFailure:
        """Build one image and load it into the engine under a tag; ``log`` takes the build's own."""
        progress = BuildProgress(log.write)
        started = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="deadweight-build-") as folder:
            output = self._run(request, tag, Path(folder), progress)
            if output.expired or output.exit_code != 0:
                return _failure(request, progress, output, log.redactor)
            steps = read_provenance(_read(Path(folder, METADATA)))
        return replace(
            record_of(engine, tag, f"buildx {self.version}, engine {engine.version}"),
            steps=steps,
            seconds=time.monotonic() - started,
            cached=progress.cached,
            warnings=tuple(plain(one, log.redactor) for one in progress.warnings),
        )

    def _run(self, request: BuildRequest, tag: str, folder: Path, progress: BuildProgress) -> ProgramOutput:
        if request.aside:
            _lay_aside(request, folder)
        arguments = build_arguments(request, tag, folder, self.builder)
        environment = _with_state(build_environment(request, self.environment), folder)
        output = run(Program((*self.words, *arguments), environment, request.deadline_seconds), progress.feed)
        progress.close()
        return output


def find_buildx(environment: Mapping[str, str], builder: str = "") -> Buildx | None:
    """Find buildx as a plugin of docker or as a program of its own; ``None`` if there is none new enough."""
    for words in _candidates(environment.get("PATH", "")):
        output = run(Program((*words, "version"), client_environment(environment), _PROBE_SECONDS))
        match = _VERSION.search(output.stdout.decode("utf-8", "replace"))
        if output.exit_code == 0 and match and (int(match[1]), int(match[2])) >= _OLDEST:
            return Buildx(words, f"{match[1]}.{match[2]}{match[3] or ''}", environment, builder)
    return None


def _lay_aside(request: BuildRequest, folder: Path) -> None:
    """Write the overlay's Dockerfile where the context is not, and its ignore list beside it, where buildx looks."""
    name = request.spec.dockerfile
    folder.joinpath(_ASIDE).write_bytes(request.overlay[name])
    own = Path(request.root, f"{name}.dockerignore")
    ignored = [content for path, content in request.overlay.items() if path.endswith(".dockerignore")]
    if not ignored and own.is_file() and not own.is_symlink():
        ignored = [own.read_bytes()]
    for content in ignored:
        folder.joinpath(f"{_ASIDE}.dockerignore").write_bytes(content)


def _with_state(environment: Mapping[str, str], folder: Path) -> Mapping[str, str]:
    """Point buildx to another folder for its own state if its usual one cannot be made; it does nothing without one."""
    home = Path(environment.get("DOCKER_CONFIG") or f"{environment.get('HOME', '')}/.docker")
    try:
        Path(environment.get("BUILDX_CONFIG") or home / "buildx").mkdir(parents=True, exist_ok=True)
    except OSError:
        return {**environment, "BUILDX_CONFIG": str(folder / "buildx")}
    return environment


def _candidates(path: str) -> Iterator[tuple[str, ...]]:
    docker = find_program("docker", path)
    if docker is not None:
        yield docker, "buildx"
    for name in ("docker-buildx", "buildx"):
        program = find_program(name, path)
        if program is not None:
            yield (program,)


def _failure(request: BuildRequest, progress: BuildProgress, output: ProgramOutput, redactor: Redactor) -> BuildFailure:
    text = list(progress.text)
    error = "\n".join(text[_last_error(text) :])
    if _UNREACHABLE.search(error) and not progress.steps:
        raise EngineError(
            "The builder cannot be reached.", why=plain(error, redactor), fix="Check DOCKER_HOST and the builder."
        )
    step = progress.failed or progress.latest
    account = Account(error, text, step.instruction if step else "", step.tail if step else (), expired=output.expired)
    return explain_failure(account, request, redactor)


def _last_error(text: list[str]) -> int:
    """Find where the error begins that ends the output; all of it where nothing is marked as one."""
    return max((index for index, line in enumerate(text) if line.startswith("ERROR: ")), default=0)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_METADATA_LIMIT_BYTES)
    except OSError:
        return b""


def build_arguments(request: BuildRequest, tag: str, folder: Path, builder: str) -> tuple[str, ...]:
    """List what follows ``buildx``; the metadata file goes into ``folder``, the image into the engine as ``tag``.

    Attestations would wrap the image into an index of its own; its provenance comes by the metadata file instead.
    """
    return (
        *(("--builder", builder) if builder else ()),
        "build",
        "--progress=rawjson",
        f"--metadata-file={folder / METADATA}",
        "--provenance=false",
        "--load",
        f"--tag={tag}",
        f"--file={folder / _ASIDE if request.aside else Path(request.root, request.spec.dockerfile)}",
        *_options(request),
        "--",
        str(Path(request.root, request.spec.context)),
    )


def client_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Keep what the docker client may know: where the engine and its own files are, nothing of the job."""
    folders = [one for one in environment.get("PATH", "").split(os.pathsep) if one.startswith("/")]
    kept = {
        name: value
        for name, value in environment.items()
        if name in _KEPT or name.lower() in _KEPT_LOWER or name.startswith(_KEPT_PREFIXES)
    }
    return kept | {"PATH": os.pathsep.join((*folders, *USUAL_FOLDERS))} | _FIXED


def build_environment(request: BuildRequest, environment: Mapping[str, str]) -> dict[str, str]:
    """Add to the client's environment what this build was promised: its secrets, the tokens of its cache."""
    uses_actions_cache = any("type=gha" in one for one in (*request.cache_from, *request.cache_to))
    wanted = {*_secret_variables(request), *(_ACTIONS_CACHE if uses_actions_cache else ())}
    return client_environment(environment) | {name: environment[name] for name in wanted if name in environment}


def _options(request: BuildRequest) -> Iterator[str]:
    spec = request.spec
    single = {"target": spec.target, "network": spec.network, "platform": str(spec.platform or "")}
    yield from (f"--{name}={value}" for name, value in single.items() if value)
    yield from (f"--build-arg={name}={value}" for name, value in spec.build_args)
    yield from (f"--build-context={name}={_build_context(request, source)}" for name, source in spec.build_contexts)
    yield from (f"--secret={secret.argument}" for secret in build_secrets(request.spec))
    yield from (f"--cache-from={one}" for one in request.cache_from)
    yield from (f"--cache-to={one}" for one in request.cache_to)
    yield from (f"--label={name}={value}" for name, value in request.labels.items())
    if request.pull:
        yield "--pull"


def _build_context(request: BuildRequest, source: str) -> str:
    return source if "://" in source else str(Path(request.root, source))


def _secret_variables(request: BuildRequest) -> Iterator[str]:
    """List the variables that secrets may come from; none of them is the runner's, whoever let it pass."""
    return (one.variable for one in build_secrets(request.spec) if one.variable and not is_of_the_runner(one.variable))
