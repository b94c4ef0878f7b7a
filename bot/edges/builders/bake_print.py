"""The BakePrint port: ``docker buildx bake --print``, where nothing but the files in question can be found.

A bake file may ask for variables of the environment, for the home folder, for files and for addresses, and whoever
wrote it is not trusted. So buildx gets the text of the files in a folder of their own, an environment that names
nothing but that folder, a deadline and a bound on its memory; with ``--print`` it builds nothing and needs no engine.
"""

import json
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from bot.edges.programs import Program, find_program, run
from bot.ports import BakeRequest

_PLUGIN_FOLDERS = (
    "/usr/local/lib/docker/cli-plugins",
    "/usr/local/libexec/docker/cli-plugins",
    "/usr/lib/docker/cli-plugins",
    "/usr/libexec/docker/cli-plugins",
)
_DEADLINE_SECONDS = 10.0
_SECONDS_IN_ALL = 40.0
_MEMORY_BYTES = 4 << 30
"""Of address space: buildx reserves 2 GB of it without using them."""
_LIMIT_BYTES = 4 << 20


class BakePrinter:
    """Asks the buildx of this machine, called without docker, whose configuration nothing of this has to see."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Take the environment to find buildx in; none of it is handed on."""
        self._environment = environment
        self._found: list[str | None] = []
        self._seconds_left = _SECONDS_IN_ALL

    def __call__(self, request: BakeRequest) -> Mapping[str, object] | None:
        """Return what bake prints of the files, see ``bot.ports.BakePrint``."""
        program = self._buildx()
        paths = (request.folder, *(path for path, _ in request.files))
        if program is None or self._seconds_left <= 0 or not all(map(_is_inside, paths)):
            return None
        started = time.monotonic()
        try:
            with tempfile.TemporaryDirectory(prefix="deadweight-bake-") as folder:
                return _printed(program, request, Path(folder))
        finally:
            self._seconds_left -= time.monotonic() - started

    def _buildx(self) -> str | None:
        if not self._found:
            self._found.append(next(_candidates(self._environment), None))
        return self._found[0]


def _candidates(environment: Mapping[str, str]) -> Iterator[str]:
    """Find buildx as docker finds its plugins, and as a program of its own."""
    own = (environment.get("DOCKER_CONFIG", ""), f"{environment['HOME']}/.docker" if "HOME" in environment else "")
    folders = (*(f"{folder}/cli-plugins" for folder in own if folder), *_PLUGIN_FOLDERS, environment.get("PATH", ""))
    for folder in folders:
        for name in ("docker-buildx", "buildx"):
            program = find_program(name, folder)
            if program is not None:
                yield program


def _printed(program: str, request: BakeRequest, folder: Path) -> Mapping[str, object] | None:
    root, own = folder / "tree", folder / "own"
    own.mkdir()
    (root / request.folder).mkdir(parents=True)
    for path, text in request.files:
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8", errors="replace")
    output = run(
        Program(
            (
                program, "bake", "--print", "--progress=quiet",
                *(f"--file={root / path}" for path, _ in request.files), "--", *request.targets,
            ),
            {"DOCKER_CONFIG": str(own), "BUILDX_CONFIG": str(own)},
            _DEADLINE_SECONDS,
            folder=str(root / request.folder),
            limit_bytes=_LIMIT_BYTES,
            memory_bytes=_MEMORY_BYTES,
        )
    )  # fmt: skip
    if output.exit_code != 0 or output.expired or output.cut:
        return None
    try:
        printed = json.loads(output.stdout)
    except (ValueError, RecursionError):
        return None
    return printed if isinstance(printed, dict) else None


def _is_inside(path: str) -> bool:
    return not path.startswith("/") and ".." not in PurePosixPath(path).parts
