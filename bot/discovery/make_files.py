"""Makefiles → variables and rules; of a conditional, the branch that is taken where nothing is set from outside."""

import fnmatch
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, NamedTuple

from bot.discovery.make_variables import LONGEST, MakeExpander
from bot.discovery.tree import RepositoryTree, joined
from bot.discovery.unknowns import is_known, unknown

_ASSIGNMENT = re.compile(r"\s*(?:export\s+|override\s+)*([A-Za-z_][\w.-]*)\s*(::?:?=|\?=|\+=|=|!=)\s*(.*)", re.DOTALL)
_FOR_TARGET = re.compile(r"[^\s:=#]+\s*:\s*([A-Za-z_][\w.-]*)\s*(:=|\?=|\+=|=)\s*(.*)", re.DOTALL)
_RULE = re.compile(r"([^\s:=#][^:=#]*?)\s*(::?)(?!=)\s*([^=]*)$", re.DOTALL)
_INCLUDE = re.compile(r"-?include\s+(.+)")
_SIDES = re.compile(r"""\((.*),\s*(.*)\)|(["'])(.*)\3\s+(["'])(.*)\5""")
_LARGEST: Final = 300_000
_MOST_FILES: Final = 30
_MOST_LINES: Final = 20_000


class MakeRule(NamedTuple):
    """Targets with their prerequisites and recipe: (line, text) each."""

    file: str
    targets: tuple[str, ...]
    prerequisites: str
    recipe: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class _Draft:
    variables: dict[str, str] = field(default_factory=dict)
    rules: list[MakeRule] = field(default_factory=list)


@dataclass(frozen=True)
class Makefile:
    """Variables as written (those of ``?=`` under ``?NAME``), and rules in order."""

    variables: dict[str, str]
    rules: list[MakeRule]

    @cached_property
    def by_target(self) -> dict[str, list[MakeRule]]:
        """Rules by each target they name."""
        found: dict[str, list[MakeRule]] = {}
        expander = MakeExpander(self.variables, {}, {}, {})
        for rule in self.rules:
            for target in (word for one in rule.targets for word in expander.expand(one).split()):
                found.setdefault(target, []).append(rule)
        return found

    @cached_property
    def patterns(self) -> list[MakeRule]:
        """Rules for targets with a stem."""
        return [rule for rule in self.rules if any("%" in one for one in rule.targets)]


def read_makefile(path: str, tree: RepositoryTree) -> Makefile:
    """Read a Makefile and what it includes by literal names and patterns."""
    draft, waiting = _Draft(), [path]
    for count, one in enumerate(waiting):
        text = tree.text(one) if count < _MOST_FILES else None
        if text is not None and len(text) <= _LARGEST:
            names = _Lines(draft, one).read(text)
            waiting += [found for name in names for found in _included(tree, one, name)]
    return Makefile(draft.variables, draft.rules)


def _included(tree: RepositoryTree, path: str, name: str) -> list[str]:
    """The files that an ``include`` names: make looks where it runs, which is taken for the file's own folder."""
    found = joined(posixpath.dirname(path) or ".", name)
    if found is None or "*" not in name:
        return [found] if found is not None else []
    return sorted(fnmatch.filter(tree.modes, found))[:_MOST_FILES]


class _Lines:
    """Takes the lines of one file into the draft."""

    def __init__(self, draft: _Draft, path: str) -> None:
        self._draft = draft
        self._path = path
        self._rule: tuple[str, str] | None = None
        self._recipe: list[tuple[int, str]] = []
        self._taken: list[bool] = []
        self._included: list[str] = []

    def read(self, text: str) -> list[str]:
        """Read the file, and give the names that it includes."""
        for number, line in _joined_lines(text):
            if line.startswith("\t") and self._rule is not None:
                if all(self._taken):
                    self._recipe.append((number, line))
            elif not self._directive(line) and all(self._taken):
                self._line(number, line)
        self._finish()
        return self._included

    def _directive(self, line: str) -> bool:
        word = line.strip().partition(" ")[0].partition("(")[0]
        if word in {"ifeq", "ifneq", "ifdef", "ifndef", "define"}:
            self._taken.append(word != "define" and self._holds(word, line.strip()[len(word) :].strip()))
        elif word in {"endif", "endef"} and self._taken:
            self._taken.pop()
        elif word == "else" and self._taken:
            rest = line.strip()[4:].strip()
            self._taken[-1] = not self._taken[-1] and (
                not rest or self._holds(rest.partition(" ")[0], rest.partition(" ")[2])
            )
        else:
            return False
        return True

    def _holds(self, word: str, rest: str) -> bool:
        if word in {"ifdef", "ifndef"}:
            return (rest in self._draft.variables or f"?{rest}" in self._draft.variables) is (word == "ifdef")
        match = _SIDES.fullmatch(rest)
        sides = list(match.group(1, 2) if match[1] is not None else match.group(4, 6)) if match else ["", ""]
        one, other = (MakeExpander(self._draft.variables, {}, {}, {}).expand(side.strip()) for side in sides)
        return not (is_known(one) and is_known(other)) or (one == other) is (word == "ifeq")

    def _line(self, number: int, line: str) -> None:
        self._finish()
        match = _ASSIGNMENT.fullmatch(line) or _FOR_TARGET.fullmatch(line)
        if match is not None:
            self._assign(match[1], match[2], match[3].strip())
            return
        heading = _RULE.fullmatch(line.partition("#")[0].rstrip())
        include = _INCLUDE.fullmatch(line.strip())
        if include is not None:
            self._included += include[1].split()
        elif heading is not None:
            prerequisites, inline, command = heading[3].partition(";")
            self._rule, self._recipe = (heading[1], prerequisites), [(number, command)] if inline else []

    def _finish(self) -> None:
        if self._rule is not None:
            names = self._rule[0]
            targets = (names,) if "$(" in names else tuple(names.split())
            self._draft.rules.append(MakeRule(self._path, targets, self._rule[1], tuple(self._recipe)))
        self._rule, self._recipe = None, []

    def _assign(self, name: str, sign: str, value: str) -> None:
        variables, plain = self._draft.variables, re.split(r"(?<!\\)#", value)[0].strip()
        old = variables.get(name, variables.get(f"?{name}", ""))
        if sign == "!=":
            variables[name] = unknown(f"$(shell {plain})")
        elif sign == "+=":
            variables[name] = f"{old} {plain}".strip()[:LONGEST]
        elif sign == "?=":
            variables.setdefault(f"?{name}", plain)
        else:
            variables[name] = plain.replace(f"$({name})", old).replace(f"${{{name}}}", old)[:LONGEST]


def _joined_lines(text: str) -> Iterator[tuple[int, str]]:
    """Join continued lines, those of recipes as the shell has them; leave out comments and empty lines."""
    pending, start = list[str](), 0
    for number, line in enumerate(text.splitlines()[:_MOST_LINES], 1):
        start = start if pending else number
        in_recipe = (pending or [line])[0].startswith("\t")
        if line.endswith("\\"):
            pending.append(line if in_recipe else line[:-1])
            continue
        whole, pending = ("\n" if in_recipe else " ").join([*pending, line]), []
        if whole.strip() and not whole.lstrip().startswith("#"):
            yield start, whole
