"""Bytes of a TOML file → its values and the line of each; whatever is in the bytes, only ``ConfigError`` comes out."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NoReturn

import tomli

from bot.config.mistakes import shown
from bot.config.toml_lines import KeyPath, key_lines
from bot.errors import ConfigError
from bot.model.config import ConfigFile

LARGEST_FILE_BYTES: Final = 2**20
PYPROJECT: Final = "pyproject.toml"

_HUGE_NUMBER: Final = re.compile(r"[0-9_]{4000}")


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed file. ``root`` is where our keys begin: the whole file, or ``tool.deadweight`` of a pyproject.toml."""

    path: str
    values: Mapping[str, object]
    lines: Mapping[KeyPath, int] = field(repr=False)
    root: KeyPath = ()

    def line(self, path: KeyPath) -> int | None:
        """Give the line of a key below ``root``, or of the closest thing around it that has one."""
        full = (*self.root, *path)
        return next((self.lines[full[:end]] for end in range(len(full), 0, -1) if full[:end] in self.lines), None)

    def place(self, path: KeyPath) -> str:
        """Give ``file:line`` of a key below ``root``."""
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
