"""What the Actions runner would do with our output: its two command parsers and its file-command reader.

They follow actions/runner 2.336.0 on Linux: ``ActionCommand`` for lines on standard output and error,
``EnvFileKeyValuePairs`` for ``GITHUB_OUTPUT`` and its like. One difference, to the strict side: the runner acts on
commands that it knows, this oracle reports whatever has a command's form.
"""

from __future__ import annotations

import re
from typing import NamedTuple

DATA_ESCAPES = {"%0D": "\r", "%0A": "\n", "%25": "%"}
PROPERTY_ESCAPES = {"%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ",", "%25": "%"}
LEGACY_ESCAPES = {"%3B": ";", "%0D": "\r", "%0A": "\n", "%5D": "]", "%25": "%"}


class Command(NamedTuple):
    """A command that the runner would act on."""

    name: str
    properties: dict[str, str]
    data: str


def commands_in(log: str) -> list[Command]:
    """Every command in a log, in order; lines end at LF, CR or both, and the newer form is tried first."""
    found = [parse_v2(line) or parse_legacy(line) for line in re.split(r"\r\n|\r|\n", log)]
    return [command for command in found if command is not None]


def parse_v2(line: str) -> Command | None:
    """``::name key=value,key=value::data`` at the start of the line, after any white space."""
    text = line.lstrip()
    end = text.find("::", 2)
    if not text.startswith("::") or end < 0:
        return None
    name, _, properties = text[2:end].partition(" ")
    found = _properties(properties.strip(), ",", PROPERTY_ESCAPES)
    return Command(name, found, _unescape(text[end + 2 :], DATA_ESCAPES))


def parse_legacy(line: str) -> Command | None:
    """``##[name key=value;key=value]data`` anywhere in the line."""
    start = line.find("##[")
    end = line.find("]", start)
    if start < 0 or end < 0:
        return None
    name, _, properties = line[start + 3 : end].partition(" ")
    return Command(name, _properties(properties, ";", LEGACY_ESCAPES), _unescape(line[end + 1 :], LEGACY_ESCAPES))


def _properties(text: str, separator: str, escapes: dict[str, str]) -> dict[str, str]:
    pairs = [part.partition("=") for part in text.split(separator)]
    return {key: _unescape(value, escapes) for key, _, value in pairs if key and value}


def _unescape(text: str, escapes: dict[str, str]) -> str:
    for escaped, plain in escapes.items():
        text = text.replace(escaped, plain)
    return text


def read_key_values(text: str) -> dict[str, str]:
    """Read a file command: ``NAME=VALUE`` where ``=`` comes before ``<<``, else lines up to the delimiter.

    Raises ``ValueError`` where the runner would fail the step.
    """
    values: dict[str, str] = {}
    lines = text.removesuffix("\n").split("\n")
    while lines:
        line = lines.pop(0)
        if line:
            name, value = _entry(line, lines)
            values[name] = value
    return values


def _entry(line: str, following: list[str]) -> tuple[str, str]:
    equals, heredoc = line.find("="), line.find("<<")
    if equals >= 0 and (heredoc < 0 or equals < heredoc):
        return line[:equals], line[equals + 1 :]
    name, delimiter = line[: max(heredoc, 0)], line[heredoc + 2 :]
    if heredoc < 0 or not name or not delimiter or delimiter not in following:
        raise ValueError(f"the runner would fail the step at {line!r}")
    end = following.index(delimiter)
    value = "\n".join(following[:end])
    del following[: end + 1]
    return name, value
