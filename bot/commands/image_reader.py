"""How this process reads images: the engine and credentials of its environment, a cache of layers, a meter."""

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from bot.commands.call import Call
from bot.edges.credentials import DockerCredentials
from bot.edges.disk_cache import DiskCache
from bot.edges.engine_address import engine_address
from bot.edges.meter import Meter
from bot.edges.programs import Program, find_program, run
from bot.edges.providers import TerminalRunner
from bot.edges.sources import Images, SourceOptions
from bot.edges.sources.image_source import NullCache
from bot.errors import DeadweightError

_HELPER_SECONDS: Final = 30.0


@contextmanager
def image_reader(call: Call) -> Iterator[Images]:
    """Make the reader of images, wherever they lie; a context manager."""
    environment = call.environment
    home = Path(environment.get("HOME") or "/")
    meter = Meter(sys.stderr, time.monotonic) if _is_watched(call) else None
    options = SourceOptions(
        engine=engine_address(environment, home),
        credentials=DockerCredentials(
            Path(environment.get("DOCKER_CONFIG") or home / ".docker"), partial(_run_helper, environment)
        ).of,
        cache=disk_cache(environment) or NullCache(),
        limits=call.settings.limits,
        progress=meter,
    )
    try:
        yield Images(options)
    finally:
        if meter is not None:
            meter.close()


def disk_cache(environment: Mapping[str, str]) -> DiskCache | None:
    """Open the user's cache of layers and results; ``None`` where there is no home to keep it in."""
    home, chosen = Path(environment.get("HOME") or "/"), environment.get("XDG_CACHE_HOME")
    if not chosen and not home.is_dir():
        return None
    return DiskCache(Path(chosen or home / ".cache") / "deadweight" / "layers")


def _is_watched(call: Call) -> bool:
    """Tell whether somebody looks at a terminal."""
    return sys.stderr.isatty() and not call.invocation.quiet and isinstance(call.runner, TerminalRunner)


def _run_helper(environment: Mapping[str, str], name: str, server: str) -> bytes:
    """Ask a credential helper, as the docker CLI does; a helper that is missing or fails knows nothing."""
    program = find_program(f"docker-credential-{name}", environment.get("PATH", ""))
    if program is None or not name.replace("-", "").isalnum():
        return b""
    try:
        output = run(Program((program, "get"), environment, _HELPER_SECONDS, stdin=server.encode()))
    except DeadweightError:
        return b""
    return output.stdout if output.exit_code == 0 else b""
