"""Bytes of a TOML file → tables that are read key by key; whatever is wrong is noted with its line.

Whatever is in the bytes, only ``ConfigError`` comes out.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple, NoReturn, TypeVar

import tomli

from bot.config.keys import FREE, Key, TableSchema
from bot.config.kinds import Kind, Mistake, Mistakes, did_you_mean, shown
from bot.config.toml_lines import KeyPath, key_lines
from bot.errors import ConfigError
from bot.model.config import ConfigFile

T = TypeVar("T")

LARGEST_FILE_BYTES: Final = 2**20
PYPROJECT: Final = "pyproject.toml"

_HUGE_NUMBER: Final = re.compile(r"[0-9_]{4000}")
MOST_PROBLEMS: Final = 1000


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed file. ``root`` is where our keys begin: the whole file, or ``tool.deadweight`` of a pyproject.toml."""

    path: str
    values: Mapping[str, object]
    lines: Mapping[KeyPath, int] = field(repr=False)
    root: KeyPath = ()

    def line(self, path: KeyPath) -> int | None:
        """The line of a key below ``root``, or of the closest thing around it that has one."""
        full = (*self.root, *path)
        return next((self.lines[full[:end]] for end in range(len(full), 0, -1) if full[:end] in self.lines), None)

    def place(self, path: KeyPath) -> str:
        """The ``file:line`` of a key below ``root``."""
        line = self.line(path)
        return self.path if line is None else f"{self.path}:{line}"


def parse(file: ConfigFile) -> Document:
    """Parse a configuration file. Raises ``ConfigError`` with the one problem that stopped it."""
    if file.problem:
        raise ConfigError([f"{file.path}: {file.problem}"])
    if len(file.content) > LARGEST_FILE_BYTES:
        raise ConfigError([f"{file.path}: has {len(file.content):,} B; a configuration has at most 1 MiB"])
    text = _decoded(file)
    return _document(file.path, text, _loaded(file.path, text))


def _decoded(file: ConfigFile) -> str:
    try:
        return file.content.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = file.content.count(b"\n", 0, error.start) + 1
        raise ConfigError([f"{file.path}:{line}: is not UTF-8 (byte 0x{file.content[error.start]:02X})"]) from None


def _loaded(path: str, text: str) -> Mapping[str, object]:
    try:
        return tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        raise ConfigError(
            [f"{path}:{error.lineno}: is not TOML: {_reason(error.msg)} (column {error.colno})"]
        ) from None
    except RecursionError:
        raise ConfigError([f"{path}: is nested too deeply; a configuration needs five levels"]) from None
    except ValueError:
        _refuse_huge_number(path, text)


def _reason(message: str) -> str:
    return shown(message)[1:-1].replace('\\"', '"').replace("\\\\", "\\")


def _refuse_huge_number(path: str, text: str) -> NoReturn:
    match = _HUGE_NUMBER.search(text)
    place = f"{path}:{text.count(chr(10), 0, match.start()) + 1}" if match else path
    raise ConfigError([f"{place}: holds a number that is too large"])


def _document(path: str, text: str, values: Mapping[str, object]) -> Document:
    lines = key_lines(text)
    if path.rsplit("/", 1)[-1] != PYPROJECT:
        return Document(path, values, lines)
    tool = values.get("tool")
    own = tool.get("deadweight", {}) if isinstance(tool, dict) else {}
    if not isinstance(own, dict):
        raise ConfigError([f'{path}:{lines[("tool", "deadweight")]}: "tool.deadweight" is a table'])
    return Document(path, own, lines, ("tool", "deadweight"))


class Checker:
    """Collects the problems of one document."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self._problems: list[tuple[int, str]] = []

    def note(self, path: KeyPath, text: str) -> None:
        """Note a problem at a key."""
        self._problems.append((self.document.line(path) or 0, f"{self.document.place(path)}: {text}"))

    def root(self, section: TableSchema) -> "Table":
        """The outermost table."""
        return Table(self, (), self.document.values, section)

    def finish(self) -> None:
        """Raise ``ConfigError`` with every problem noted, in the order of the lines; a flood of them is cut."""
        ordered = [text for _, text in sorted(self._problems, key=lambda problem: problem[0])]
        left_out = len(ordered) - MOST_PROBLEMS
        if left_out > 0:
            ordered = [*ordered[:MOST_PROBLEMS], f"{self.document.path}: {left_out:,} more mistakes like these"]
        if ordered:
            raise ConfigError(ordered)


class Named(NamedTuple):
    """A key that is a name of the user's choice: the name as it is understood, and as it stands there."""

    title: str
    key: str


class Table:
    """A table of the document; what its section does not know is a problem, with the closest word that it does.

    ``owner`` names it in sentences, such as ``image "api"``.
    """

    def __init__(
        self, checker: Checker, path: KeyPath, values: Mapping[str, object], section: TableSchema, owner: str = ""
    ) -> None:
        self.owner = owner
        self._checker = checker
        self._path = path
        self._values = values
        for name in () if section is FREE else values:
            if name not in section.names:
                self._refuse(name, section)

    @property
    def source(self) -> str:
        """Where the table begins, as ``file:line``."""
        return self._checker.document.place(self._path)

    def source_of(self, name: str) -> str:
        """Where a key stands, as ``file:line``."""
        return self._checker.document.place((*self._path, name))

    def has(self, key: Key[object]) -> bool:
        """Tell whether a key is there, right or wrong."""
        return key.name in self._values

    def problem(self, text: str, *inside: str | int) -> None:
        """Note a problem at something inside the table."""
        self._checker.note((*self._path, *inside), text)

    def get(self, key: Key[T]) -> T | None:
        """Read a key; ``None`` where it is missing or wrong."""
        return self._read(key.kind, key.name, key.name) if key.name in self._values else None

    def need(self, key: Key[T], example: str) -> T | None:
        """Read a key that must be there."""
        if key.name not in self._values:
            self.problem(f'{self.owner} has no "{key.name}"; add {key.name} = {example}')
        return self.get(key)

    def table(self, name: str, section: TableSchema) -> "Table | None":
        """Return a sub-table, ``None`` if it is missing or is no table."""
        value = self._values.get(name)
        if isinstance(value, dict):
            return Table(self._checker, (*self._path, name), value, section, self.owner)
        if name in self._values:
            self.problem(f"{shown(name)} must be a table, not {shown(value)}", name)
        return None

    def tables(self, name: str, section: TableSchema) -> "Iterator[Table]":
        """Yield the tables of an array of tables."""
        value = self._values.get(name, [])
        if not isinstance(value, list):
            self.problem(f"{shown(name)} must be an array of tables; write [[{name}]] above each", name)
            return
        for index, item in enumerate(value):
            if isinstance(item, dict):
                yield Table(self._checker, (*self._path, name, index), item, section, _owner(name, item))
            else:
                self.problem(f"{shown(name)} must hold tables, not {shown(item)}", name, index)

    def free(self, name: str) -> "Table":
        """Return a sub-table whose keys are names of the user's choice; an empty one if it is missing."""
        return self.table(name, FREE) or Table(self._checker, (*self._path, name), {}, FREE, self.owner)

    def names(self, read: Callable[[str], str]) -> Iterator[Named]:
        """Yield the keys of a free table that ``read`` accepts."""
        for key in self._values:
            try:
                yield Named(read(key), key)
            except Mistake as mistake:
                self.problem(f"{self._path[-1]} {mistake}", key)

    def value(self, named: Named, kind: Kind[T]) -> T | None:
        """Read a value of a free table."""
        return self._read(kind, named.key, f"{self._path[-1]} {shown(named.key)}")

    def _read(self, kind: Kind[T], name: str, title: str) -> T | None:
        try:
            return kind.read(self._values[name])
        except Mistake as mistake:
            self.problem(f"{title} {mistake}", name)
        except Mistakes as mistakes:
            for inside, text in mistakes.found:
                self.problem(f"{title} {_words(inside)}{text}", name, *inside)
        return None

    def _refuse(self, name: str, section: TableSchema) -> None:
        place = f" in {self.owner}" if self.owner else ""
        self.problem(f"unknown key {shown(name)}{place}{did_you_mean(name, section.names)}", name)


def _owner(name: str, item: Mapping[str, object]) -> str:
    title = next((item[key] for key in ("name", "image", "rule") if isinstance(item.get(key), str)), None)
    return name if title is None else f"{name} {shown(title)}"


def _words(inside: KeyPath) -> str:
    return "".join(f"element {part + 1} " if isinstance(part, int) else f"{shown(part)} " for part in inside)
