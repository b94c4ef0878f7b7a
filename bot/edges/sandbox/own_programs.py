"""Programs of this machine that can run in any container: one without libraries, or one together with them."""

import io
import secrets
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlencode

from bot.contents.file_formats.elf import read_elf
from bot.edges.engine import Engine, EngineRefusedError
from bot.edges.programs import find_program
from bot.errors import EngineError
from bot.formats.documents import text

LOADER: Final = "loader"
"""The name that the dynamic loader gets beside a program."""

_PREFIX: Final = ".deadweight-"
_EXECUTABLE: Final = 0o755
_FOR_EVERYBODY: Final = 0o666
_MACHINES: Final = {"amd64": 62, "arm64": 183, "ppc64le": 21, "s390x": 22, "riscv64": 243}
_MACHINE_AT: Final = 18
_LARGEST_BYTES: Final = 16_000_000
_FOLDERS: Final = (
    *("/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu", "/usr/lib/aarch64-linux-gnu"),
    *("/usr/lib/powerpc64le-linux-gnu", "/usr/lib/s390x-linux-gnu", "/usr/lib/riscv64-linux-gnu"),
    *("/lib64", "/usr/lib64", "/lib", "/usr/lib", "/usr/local/lib"),
)
_MOST_LIBRARIES: Final = 40
_HELPER_IMAGES: Final = ("busybox:latest", "busybox:stable", "busybox:musl")


class HelperProgram(NamedTuple):
    """busybox: to be put into a container of any image, or as it lies in an image of its own."""

    content: bytes = b""
    image: str = ""
    path: str = "/bin/busybox"


class Programs(NamedTuple):
    """What can run on the engine's machine: a helper, and strace with its libraries; ``None`` for what is not here."""

    helper: HelperProgram | None
    strace: Mapping[str, bytes] | None


def find_programs(engine: Engine, path: str) -> Programs:
    """Find our programs: those of this machine, which is the Action's image in CI.

    Where this machine is another one than the engine's, as with Docker Desktop, the helper is busybox of an image that
    the engine has, or pulls; strace is then not to be had.
    """
    architecture = text(engine.get("/version"), "Arch")
    content = static_program("busybox", path, architecture)
    helper = HelperProgram(content) if content else _helper_of_an_image(engine, architecture)
    return Programs(helper, with_libraries("strace", path, architecture))


def _helper_of_an_image(engine: Engine, architecture: str) -> HelperProgram | None:
    found = next((name for name in _HELPER_IMAGES if _has(engine, name, architecture)), "")
    if not found:
        with suppress(EngineError):
            engine.ask("POST", f"/images/create?{urlencode({'fromImage': 'busybox', 'tag': 'stable'})}")
        found = "busybox:stable" if _has(engine, "busybox:stable", architecture) else ""
    return HelperProgram(image=found) if found else None


def _has(engine: Engine, name: str, architecture: str) -> bool:
    try:
        return text(engine.get(f"/images/{name}/json"), "Architecture") == architecture
    except EngineRefusedError:
        return False


def static_program(name: str, path: str, architecture: str) -> bytes | None:
    """Return a program that needs nothing beside itself, for an architecture; ``None`` if there is none here."""
    found = find_program(name, path)
    content = _elf(found, architecture) if found else None
    facts = read_elf(content) if content else None
    return content if facts and facts.static else None


def with_libraries(name: str, path: str, architecture: str) -> Mapping[str, bytes] | None:
    """Return a program with its loader and all its libraries, by file name; ``None`` where any of them is not here."""
    found = find_program(name, path)
    content = _elf(found, architecture) if found else None
    facts = read_elf(content) if content else None
    if content is None or facts is None:
        return None
    files = {name: content}
    if facts.interpreter:
        loader = _elf(facts.interpreter, architecture)
        if loader is None:
            return None
        files[LOADER] = loader
    waiting = list(facts.needed)
    while waiting:
        library = waiting.pop()
        if library in files:
            continue
        found_library = next(_libraries(library, architecture), None)
        if found_library is None or len(files) > _MOST_LIBRARIES:
            return None
        files[library] = found_library
        needed = read_elf(found_library)
        waiting += needed.needed if needed else ()
    return files


def _libraries(name: str, architecture: str) -> Iterator[bytes]:
    if "/" not in name:
        yield from filter(None, (_elf(f"{folder}/{name}", architecture) for folder in _FOLDERS))


def _elf(path: str, architecture: str) -> bytes | None:
    """Read an ELF file for an architecture; ``None`` for any other file."""
    try:
        if Path(path).stat().st_size > _LARGEST_BYTES:
            return None
        content = Path(path).read_bytes()
    except OSError:
        return None
    machine = int.from_bytes(content[_MACHINE_AT : _MACHINE_AT + 2], "little")
    return content if content.startswith(b"\x7fELF") and machine == _MACHINES.get(architecture) else None


def new_folder() -> str:
    """Make up the name of a folder at the root of a container, that no image has and nobody can foresee."""
    return f"{_PREFIX}{secrets.token_hex(6)}"


def is_ours(path: bytes) -> bool:
    """Tell whether a path, without leading slash, lies in such a folder."""
    return path.startswith(_PREFIX.encode())


def packed(folder: str, files: Mapping[str, bytes], writable: tuple[str, ...] = ()) -> bytes:
    """Pack programs into a tar with one folder at the root; ``writable`` are empty files that any user may write."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        top = tarfile.TarInfo(folder)
        top.type, top.mode = tarfile.DIRTYPE, _EXECUTABLE
        archive.addfile(top)
        for name, content in files.items():
            entry = tarfile.TarInfo(f"{folder}/{name}")
            entry.size, entry.mode = len(content), _EXECUTABLE
            archive.addfile(entry, io.BytesIO(content))
        for name in writable:
            entry = tarfile.TarInfo(f"{folder}/{name}")
            entry.mode = _FOR_EVERYBODY
            archive.addfile(entry)
    return stream.getvalue()
