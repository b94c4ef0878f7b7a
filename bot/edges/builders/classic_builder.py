"""Builds with the Engine's classic builder, by the docker SDK: if there is no buildx."""

import math
import re
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, MutableSequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Protocol, Self, cast

import requests
from docker import APIClient
from docker.errors import APIError, DockerException
from docker.tls import TLSConfig
from urllib3.exceptions import HTTPError

from bot.edges.builders.build_log import BuildLog
from bot.edges.builders.build_record import record_of
from bot.edges.builders.context_stream import pack_context
from bot.edges.builders.failure import Account, explain_failure
from bot.edges.builders.isolation import CACHE_NAMESPACE
from bot.edges.engine import Engine
from bot.edges.engine_address import EngineAddress
from bot.errors import EngineError, UsageError
from bot.model.build import BuildFailure, BuildRecord, BuildRequest, FailureKind

_STEP = re.compile(r"Step \d+/\d+ : (.*)")
_RUNNING = re.compile(r" ---> Running in ([0-9a-f]{12,64})")
_IMAGE = re.compile(r" ---> ([0-9a-f]{12,64})")
_REMOVING = "Removing intermediate container "
_USING_CACHE = " ---> Using cache"
_TAIL_LINES = 200
_TIMEOUT_SECONDS = 60


class _Stream:
    """Follows the classic builder's stream: the step it is at, that step's log, and the images it makes."""

    def __init__(self, show: Callable[[str], None]) -> None:
        self.step = ""
        self.log: deque[str] = deque(maxlen=_TAIL_LINES)
        self.error = ""
        self.container = ""
        self.made: list[str] = []
        self.cached = True
        self._show = show
        self._step_cached = False
        self._open_line = ""

    def hear(self, event: dict[str, object]) -> None:
        """Take one event of the stream."""
        error = event.get("error")
        if isinstance(error, str):
            self.error = error
        text = event.get("stream")
        *lines, self._open_line = (self._open_line + (text if isinstance(text, str) else "")).split("\n")
        for line in lines:
            self._hear_line(line)

    def _hear_line(self, line: str) -> None:
        if line:
            self._show(line)
        if match := _STEP.fullmatch(line):
            self.step, self._step_cached = match[1], False
            self.log.clear()
        elif line == _USING_CACHE:
            self._step_cached = True
        elif match := _RUNNING.fullmatch(line):
            self.container = match[1]
        elif match := _IMAGE.fullmatch(line):
            self._hear_image(match[1])
        elif not line.startswith(_REMOVING):
            self.log.append(line)

    def _hear_image(self, image: str) -> None:
        self.container = ""
        if not self._step_cached and not self.step.upper().startswith("FROM "):
            self.cached = False
            self.made.append(image)


@dataclass(frozen=True, slots=True)
class ClassicBuilder:
    """The classic builder; ``made`` collects the images that it leaves behind, besides the tagged one."""

    made: MutableSequence[str]

    def build(self, request: BuildRequest, tag: str, engine: Engine, log: BuildLog) -> BuildRecord | BuildFailure:
        """Build one image under a tag; ``log`` takes the build's own, line by line."""
        if request.spec.secrets or request.spec.build_contexts:
            return _needs_buildkit(request)
        stream = _Stream(log.write)
        started = time.monotonic()
        try:
            expired = self._follow(request, tag, engine, stream)
        except UsageError as error:
            return BuildFailure(FailureKind.DOCKERFILE, f"{error.what} {error.why}", file=request.spec.dockerfile)
        finally:
            self.made.extend(stream.made)
        if expired or stream.error:
            account = Account(stream.error, (), stream.step, stream.log, expired=expired)
            return explain_failure(account, request, log.redactor)
        record = record_of(engine, tag, f"classic builder, engine {engine.version}")
        return replace(record, seconds=time.monotonic() - started, cached=stream.cached)

    @staticmethod
    def _follow(request: BuildRequest, tag: str, engine: Engine, stream: _Stream) -> bool:
        """Follow a build to its end; True where its deadline came first."""
        with _Watchdog(engine, stream, request.deadline_seconds) as watchdog:
            try:
                for event in _events(request, tag, engine):
                    stream.hear(event)
                    if watchdog.has_bitten:
                        break
            except APIError as error:
                stream.error = str(error.explanation or error)
            except (requests.RequestException, HTTPError, DockerException) as error:
                stream.error = str(error)
        return watchdog.has_bitten


def _events(request: BuildRequest, tag: str, engine: Engine) -> Iterator[dict[str, object]]:
    spec = request.spec
    with tempfile.TemporaryFile(prefix="deadweight-context-") as stream:
        dockerfile = pack_context(request, stream)
        answer = _client(engine.address).build(
            fileobj=stream,
            custom_context=True,
            dockerfile=dockerfile,
            tag=tag,
            # Without BuildKit there are no cache mounts, and an argument that nothing takes is a warning.
            buildargs={name: value for name, value in spec.build_args if name != CACHE_NAMESPACE},
            target=spec.target or None,
            network_mode=spec.network or None,
            platform=str(spec.platform) if spec.platform else None,
            labels=dict(request.labels) or None,
            pull=request.pull,
            rm=True,
            forcerm=True,
            decode=True,
            timeout=math.ceil(request.deadline_seconds),
        )
    with closing(answer):
        yield from answer


class _BuildApi(Protocol):
    """What we ask of the SDK's ``APIClient``, whose stubs leave it untyped: its context and its credentials."""

    def build(self, *, fileobj: IO[bytes], timeout: int, **options: Any) -> Generator[dict[str, Any], None, None]:
        """POST /build; yields the events of the stream, decoded."""


def _client(address: EngineAddress) -> _BuildApi:
    """Make the one client that the SDK is needed for: it sends a context with the credentials of every registry."""
    tls = _tls(Path(address.certificates)) if address.certificates else False
    client = APIClient(base_url=address.host, tls=tls, version="auto", timeout=_TIMEOUT_SECONDS)
    return cast("_BuildApi", client)


def _tls(folder: Path) -> TLSConfig:
    ca, cert, key = (str(folder / f"{name}.pem") for name in ("ca", "cert", "key"))
    return TLSConfig(client_cert=(cert, key), ca_cert=ca, verify=True)


class _Watchdog:
    """Ends the container that a build runs in when its time is over, or when this side is interrupted.

    A build that prints nothing cannot be stopped by reading from it; without its container it fails at once.
    """

    def __init__(self, engine: Engine, stream: _Stream, seconds: float) -> None:
        self.has_bitten = False
        self._engine = engine
        self._stream = stream
        self._timer = threading.Timer(seconds, self._bite)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        if error is not None or self.has_bitten:
            self._bite()

    def _bite(self) -> None:
        self.has_bitten = True
        if self._stream.container:
            with suppress(EngineError):
                self._engine.ask("POST", f"/containers/{self._stream.container}/kill")


def _needs_buildkit(request: BuildRequest) -> BuildFailure:
    wanted = "secrets" if request.spec.secrets else "build-contexts"
    return explain_failure(Account(f"the option {wanted} requires BuildKit"), request)
