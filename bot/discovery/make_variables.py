"""``$(…)`` in Makefiles: what is literal is expanded, what a shell would have to answer stays unknown."""

import posixpath
from collections.abc import Callable, Mapping
from typing import Final

from bot.discovery.unknowns import is_known, unknown
from bot.discovery.words import Variables

LONGEST: Final = 8_000
_DEEPEST: Final = 12
_MOST_WORK: Final = 2_000


class MakeExpander:
    """Expands ``$(…)``: the command line's variables win, then the file's; what nobody sets is empty, as in make."""

    def __init__(
        self,
        variables: Mapping[str, str],
        assigned: Mapping[str, str],
        environment: Variables,
        automatic: Mapping[str, str],
    ) -> None:
        self._variables = variables
        self._assigned = assigned
        self._environment = environment
        self._automatic = automatic
        self._work = 0

    def expand(self, text: str, depth: int = 0) -> str:
        """Expand a text; nothing is run, and growth ends early."""
        self._work += 1
        if depth > _DEEPEST or self._work > _MOST_WORK or "$" not in text:
            return text
        found, position = list[str](), 0
        while (start := text.find("$", position)) >= 0 and len(found) < _MOST_WORK:
            found.append(text[position:start])
            value, position = self._reference(text, start, depth)
            found.append(value)
        found.append(text[position:])
        return "".join(found)[:LONGEST]

    def _reference(self, text: str, start: int, depth: int) -> tuple[str, int]:
        sign = text[start + 1 : start + 2]
        if sign == "$":
            return "$", start + 2
        if sign not in {"(", "{"}:
            return self._automatic.get(sign, self._value(sign, depth)), start + 2
        end = _closing(text, start + 1)
        if end < 0:
            return unknown(text[start:]), len(text)
        return self._call(text[start + 2 : end], depth), end + 1

    def _call(self, body: str, depth: int) -> str:
        name, found, rest = body.partition(" ")
        if found and name == "if":
            return self._if(_arguments(rest), depth)
        if found and name in _FUNCTIONS:
            return _FUNCTIONS[name](self.expand(rest, depth + 1).strip())
        if found or name.startswith(("shell", "call")):
            return "." if body in {"shell pwd", "shell git rev-parse --show-toplevel"} else unknown(f"$({body})")
        if len(name) == 2 and name[0] in self._automatic and name[1] in "DF":
            parts = posixpath.split(self._automatic[name[0]])
            return (parts[0] or ".") if name[1] == "D" else parts[1]
        variable, _, change = name.partition(":")
        value = self._automatic.get(variable) if variable in self._automatic else self._value(variable, depth)
        old, _, new = change.partition("=")
        return (
            " ".join(one.removesuffix(old.strip("%")) + new.strip("%") for one in value.split())
            if change and value
            else value or ""
        )

    def _if(self, parts: list[str], depth: int) -> str:
        condition = self.expand(parts[0], depth + 1).strip()
        if not is_known(condition):
            return unknown(f"$(if {','.join(parts)})")
        chosen = parts[1:2] if condition else parts[2:3]
        return self.expand(chosen[0], depth + 1) if chosen else ""

    def _value(self, name: str, depth: int) -> str:
        if name in {"CURDIR", "PWD"}:
            return "."
        if name == "MAKE":
            return "make"
        given = self._environment.get(name)
        options = (self._assigned.get(name), self._variables.get(name), given if isinstance(given, str) else None)
        value = next((one for one in options if one is not None), self._variables.get(f"?{name}", ""))
        return self.expand(value, depth + 1)


def _arguments(text: str) -> list[str]:
    """Part the arguments of a function at the commas outside of brackets."""
    parts, depth = [""], 0
    for one in text[:LONGEST]:
        depth += (one in "({") - (one in ")}")
        if one == "," and not depth:
            parts.append("")
        else:
            parts[-1] += one
    return parts


def _closing(text: str, start: int) -> int:
    opening, closing, depth = text[start], {"(": ")", "{": "}"}[text[start]], 0
    for index in range(start, min(len(text), start + LONGEST)):
        depth += (text[index] == opening) - (text[index] == closing)
        if not depth:
            return index
    return -1


_FUNCTIONS: Final[Mapping[str, Callable[[str], str]]] = {
    "notdir": posixpath.basename,
    "dir": lambda value: posixpath.dirname(value) + "/",
    "strip": str.strip,
    "basename": lambda value: posixpath.splitext(value)[0],
    "lastword": lambda value: (value.split() or [""])[-1],
    "firstword": lambda value: (value.split() or [""])[0],
}
