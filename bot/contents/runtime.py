"""What an image's start command needs, followed statically: PATH, shebangs, ELF interpreters and libraries."""

import posixpath
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from bot.contents.file_formats.elf import read_elf
from bot.contents.file_formats.foreign_text import lines
from bot.contents.lookup import absolute, encoded, find_file, find_program, resolve, variable
from bot.contents.start_command import Started, is_package_manager, language_of, read_command, script_of, start_script
from bot.contents.work_budget import LARGEST_FILE_BYTES, ReadFiles, Work
from bot.errors import WorkError
from bot.model.facts import ElfFacts, ProgramKind, Runtime
from bot.model.image import EntryKind, ImageConfig, Tree
from bot.model.limits import raised

_ELF_BYTES_A_STEP = 128
_MOST_ROUNDS = 8
_LIBRARY_DIRECTORIES = (
    "/lib/x86_64-linux-gnu",
    "/usr/lib/x86_64-linux-gnu",
    "/lib/aarch64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/lib64",
    "/usr/lib64",
    "/usr/local/lib64",
    "/usr/local/lib",
    "/lib",
    "/usr/lib",
)
_LOADER_CONFIGURATION = b"etc/ld.so.conf.d/"
_ROOTS = {
    "python": ("/usr/local/lib/python3", "/usr/lib/python3", "/opt/venv", "/app/.venv", "/venv"),
    "node": ("/usr/local/lib/node_modules",),
    "java": ("/opt/java", "/usr/lib/jvm", "/usr/local/openjdk"),
    "dotnet": ("/usr/share/dotnet", "/usr/lib/dotnet"),
    "ruby": ("/usr/local/lib/ruby", "/usr/local/bundle", "/usr/lib/ruby", "/var/lib/gems"),
    "php": ("/usr/local/lib/php", "/usr/local/etc/php", "/usr/lib/php"),
}


class RuntimeReading:
    """The files read so far, and a way to read more, a batch at a time."""

    def __init__(self, config: ImageConfig, tree: Tree, read_files: ReadFiles, work: Work) -> None:
        """Start with nothing read."""
        self.config = config
        self.tree = tree
        self.work = work
        self._read_files = read_files
        self._contents: dict[bytes, bytes] = {}
        self._elf: dict[bytes, ElfFacts] = {}

    def fetch(self, paths: Iterable[bytes]) -> None:
        """Read those of the paths that were not read yet; raises ``WorkError`` where they are more than may be held."""
        # Sorted, so that an engine is asked for the same files in the same order whatever a set's order is today.
        new = sorted({path for path in paths if path not in self._contents})
        for path in new:
            if not self.work.hold(self._bytes_of(path)):
                raise WorkError("The files to follow are larger than the limits allow", fix=raised("read_bytes"))
        if new:
            found = self._read_files(new)
            self._contents.update({path: found.get(path, b"") for path in new})

    def _bytes_of(self, path: bytes) -> int:
        """Return the size of a file; a hard link is as large as what it names, and what is too large is not read."""
        located = self.tree.live.get(path)
        if located and located.entry.kind is EntryKind.HARD_LINK:
            located = self.tree.live.get(located.entry.link)
        size = located.entry.stored_bytes if located else 0
        return size if size <= LARGEST_FILE_BYTES else 0

    def find(self, path: str) -> bytes | None:
        """Find a regular file, see ``find_file``."""
        return find_file(self.tree, path, self.work)

    def find_program(self, name: str) -> bytes | None:
        """Find what a command's first word starts, see ``find_program``."""
        return find_program(self.tree, self.config, name, self.work)

    def content(self, path: bytes) -> bytes:
        """Return the content of a file that was read; empty where it could not be."""
        return self._contents.get(path, b"")

    def elf(self, path: bytes) -> ElfFacts | None:
        """Return what an ELF file says, ``None`` for any other file."""
        if path not in self._elf:
            content = self.content(path)
            self.work.spend(1 + len(content) // _ELF_BYTES_A_STEP)
            facts = read_elf(content)
            if facts is None:
                return None
            self._elf[path] = facts
        return self._elf[path]

    def read_so_far(self) -> dict[bytes, ElfFacts]:
        """Return every ELF file that was looked at."""
        return dict(self._elf)


def wanted_first(reading: RuntimeReading) -> Iterator[bytes]:
    """Yield what is worth reading in the first round, whatever it turns out to be."""
    started = read_command(reading.config)
    program = reading.find_program(started.program) if started.program else None
    if program:
        yield program
    is_manager = is_package_manager(started.program)
    package = reading.find(absolute(reading.config, "package.json")) if is_manager else None
    if package:
        yield package
    yield from (
        path for path in reading.tree.live if path.startswith(_LOADER_CONFIGURATION) and path.endswith(b".conf")
    )


def follow(reading: RuntimeReading) -> Runtime:
    """Follow what the image starts; see ``Runtime`` for what the result may be used for."""
    config = reading.config
    argv = (*(config.entrypoint or ()), *(config.cmd or ()))
    started = _through_package_manager(reading, read_command(config))
    if not started.program:
        return Runtime(argv, None, ProgramKind.NOTHING)
    program = reading.find_program(started.program)
    if program is None:
        return Runtime(argv, None, ProgramKind.NOT_FOUND, language_of(started.program), started.by_shell)
    return _Closure(reading, started, program).runtime(argv)


def _through_package_manager(reading: RuntimeReading, started: Started) -> Started:
    if not is_package_manager(started.program):
        return started
    path = reading.find(absolute(reading.config, "package.json"))
    content = reading.content(path) if path else b""
    return start_script(content, started.arguments, reading.work) or started


class _Closure:
    """The files that a program is known to need, found a round at a time."""

    def __init__(self, reading: RuntimeReading, started: Started, program: bytes) -> None:
        self._reading = reading
        self._started = started
        self._program = program
        self._files: set[bytes] = set()
        self._libraries: dict[str, None] = {}
        self._missing: dict[str, None] = {}
        self._language = language_of(started.program)
        self._needs_shell = started.by_shell
        self._directories = tuple(dict.fromkeys(_loader_directories(reading)))

    def runtime(self, argv: Sequence[str]) -> Runtime:
        waiting = {self._program, *self._script()}
        for _ in range(_MOST_ROUNDS):
            waiting -= self._files
            if not waiting:
                break
            self._reading.fetch(waiting)
            self._files |= waiting
            waiting = {needed for path in sorted(waiting) for needed in self._needs(path)}
        return Runtime(
            argv=tuple(argv),
            program=self._program,
            kind=self._kind(),
            language=self._language,
            needs_shell=self._needs_shell,
            files=frozenset(self._files),
            roots=tuple(self._roots()),
            libraries=tuple(self._libraries),
            missing=tuple(self._missing),
        )

    def _script(self) -> Iterator[bytes]:
        name = script_of(self._started)
        found = self._reading.find(absolute(self._reading.config, name)) if name else None
        if found:
            yield found

    def _kind(self) -> ProgramKind:
        facts = self._reading.elf(self._program)
        if facts is not None:
            return ProgramKind.STATIC if facts.static else ProgramKind.DYNAMIC
        is_script = self._reading.content(self._program).startswith(b"#!")
        return ProgramKind.SCRIPT if is_script else ProgramKind.UNKNOWN

    def _needs(self, path: bytes) -> Iterator[bytes]:
        facts = self._reading.elf(path)
        if facts is not None:
            yield from self._libraries_of(path, facts)
        elif self._reading.content(path).startswith(b"#!"):
            yield from self._interpreter_of(path)

    def _libraries_of(self, path: bytes, facts: ElfFacts) -> Iterator[bytes]:
        if facts.interpreter:
            yield from self._found(self._reading.find(facts.interpreter), facts.interpreter)
        origin = "/" + posixpath.dirname(path.decode("utf-8", "surrogateescape"))
        search = [place.replace("$ORIGIN", origin).replace("${ORIGIN}", origin) for place in facts.search]
        for name in facts.needed:
            self._libraries[name] = None
            places = (f"{place}/{name}" for place in chain(search, self._directories))
            yield from self._found(next(filter(None, map(self._reading.find, places)), None), name)

    def _interpreter_of(self, path: bytes) -> Iterator[bytes]:
        line = self._reading.content(path)[2:256].split(b"\n", 1)[0].decode("utf-8", "replace")
        words = [word for word in line.split() if not word.startswith("-")]
        if words and posixpath.basename(words[0]) == "env":
            words = words[1:]
        if words:
            name = posixpath.basename(words[0])
            self._language = self._language or language_of(name)
            self._needs_shell = self._needs_shell or name in {"sh", "bash", "ash", "dash"}
            yield from self._found(self._reading.find_program(words[0]), words[0])

    def _found(self, path: bytes | None, name: str) -> Iterator[bytes]:
        if path is None:
            self._missing[name] = None
        else:
            yield path

    def _roots(self) -> Iterator[bytes]:
        """Directories of which the program may need anything: the interpreter's own, and the application's."""
        tree = self._reading.tree
        for prefix in _ROOTS.get(self._language, ()):
            stem = prefix.lstrip("/").encode()
            yield from sorted({_directory(path, stem) for path in tree.live if path.startswith(stem)})
        home = self._reading.config.working_dir
        if self._language and home.strip("/"):
            # A directory that no layer describes is there all the same.
            yield resolve(tree, home, self._reading.work) or encoded(home.strip("/"))


def _directory(path: bytes, stem: bytes) -> bytes:
    end = path.find(b"/", len(stem))
    return path if end < 0 else path[:end]


def _loader_directories(reading: RuntimeReading) -> Iterator[str]:
    yield from (place for place in variable(reading.config, "LD_LIBRARY_PATH").split(":") if place)
    for path in sorted(reading.tree.live):
        if path.startswith(_LOADER_CONFIGURATION):
            for line in lines(reading.content(path), reading.work):
                if (place := line.decode("utf-8", "replace").strip()).startswith("/"):
                    yield place
    yield from _LIBRARY_DIRECTORIES
