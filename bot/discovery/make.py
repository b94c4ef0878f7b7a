"""Makefiles: which recipes a call of make runs, and with which text."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from bot.discovery.make_files import Makefile, MakeRule
from bot.discovery.make_variables import MakeExpander
from bot.discovery.tree import joined
from bot.discovery.unknowns import is_known, unknown
from bot.discovery.words import Variables

NAMES: Final = ("GNUmakefile", "Makefile", "makefile")
_MOST_TARGETS: Final = 200
_TAKES_VALUE: Final = frozenset({"-j", "-l", "-o", "-W", "-I"})


class Recipe(NamedTuple):
    """One command line of a recipe, expanded: a shell script of its own."""

    text: str
    file: str
    line: int
    folder: str
    variables: Variables
    target: str


@dataclass(frozen=True, slots=True)
class MakeCall:
    """A call of make: targets, variables on its command line, folder and file; no target means the first rule."""

    targets: tuple[str, ...] = ()
    assigned: tuple[tuple[str, str], ...] = ()
    folder: str = "."
    file: str = ""

    def candidates(self) -> tuple[str, ...]:
        """The paths at which its Makefile may be."""
        found = (joined(self.folder, name) for name in ((self.file,) if self.file else NAMES))
        return tuple(path for path in found if path is not None)


def read_call(words: tuple[str, ...], folder: str) -> MakeCall | None:
    """Read the words of a call of make."""
    targets, assigned, file, rest = list[str](), list[tuple[str, str]](), "", list(words[1:])[::-1]
    while rest:
        word = rest.pop()
        if word in {"-C", "--directory"} and rest:
            moved = joined(folder, rest.pop()) if is_known(folder) else None
            folder = unknown("make -C") if moved is None else moved
        elif word in {"-f", "--file", "--makefile"} and rest:
            file = rest.pop()
        elif word in _TAKES_VALUE and rest and rest[-1].isdigit():
            rest.pop()
        elif "=" in word and not word.startswith("-"):
            name, _, value = word.partition("=")
            assigned.append((name, value))
        elif not word.startswith("-"):
            targets.append(word)
    return MakeCall(tuple(targets), tuple(assigned), folder, file) if is_known(folder) else None


def recipes(makefile: Makefile, call: MakeCall, environment: Variables) -> Iterator[Recipe]:
    """The command lines that a call runs, prerequisites first."""
    return _Walk(makefile, call, environment).everything()


def every_recipe(makefile: Makefile, folder: str) -> Iterator[tuple[str, list[Recipe]]]:
    """The command lines of each rule by its target, called or not; a pattern's stem is unknown."""
    walk = _Walk(makefile, MakeCall(folder=folder), {})
    for rule in makefile.rules:
        yield rule.targets[0], list(walk.lines(rule, rule.targets[0].replace("%", unknown("$*"))))


class _Walk:
    def __init__(self, makefile: Makefile, call: MakeCall, environment: Variables) -> None:
        self._makefile = makefile
        self._call = call
        self._environment = environment
        self._done: set[str] = set()

    def everything(self) -> Iterator[Recipe]:
        first = next((rule.targets[0] for rule in self._makefile.rules if not rule.targets[0].startswith(".")), "")
        for target in self._call.targets or (first,):
            yield from self._target(target)

    def _target(self, target: str) -> Iterator[Recipe]:
        if target in self._done or len(self._done) > _MOST_TARGETS:
            return
        self._done.add(target)
        expander = self._expander({"@": target})
        for rule in self._rules_for(target):
            stem = next((found for one in rule.targets if (found := _stem(one, target))), "%")
            for prerequisite in expander.expand(rule.prerequisites.replace("%", stem)).replace("|", " ").split():
                if is_known(prerequisite) and "%" not in prerequisite:
                    yield from self._target(prerequisite)
            yield from self.lines(rule, target)

    def _rules_for(self, target: str) -> list[MakeRule]:
        exact = self._makefile.by_target.get(target, [])
        if any(rule.recipe for rule in exact):
            return exact
        return exact + [rule for rule in self._makefile.patterns if any(_stem(one, target) for one in rule.targets)][:1]

    def lines(self, rule: MakeRule, target: str) -> Iterator[Recipe]:
        """A rule's recipe for one target."""
        stem = next((found for one in rule.targets if (found := _stem(one, target))), "")
        first = (rule.prerequisites.split() or [""])[0].replace("%", stem)
        expander = self._expander({"@": target, "*": stem, "<": first})
        exported = {**self._environment, **dict(self._call.assigned)}
        for line, text in rule.recipe:
            yield Recipe(expander.expand(text.lstrip("@-+ \t")), rule.file, line, self._call.folder, exported, target)

    def _expander(self, automatic: dict[str, str]) -> MakeExpander:
        return MakeExpander(self._makefile.variables, dict(self._call.assigned), self._environment, automatic)


def _stem(pattern: str, target: str) -> str:
    before, found, after = pattern.partition("%")
    fits = found and len(target) > len(before) + len(after) and target.startswith(before) and target.endswith(after)
    return target[len(before) : len(target) - len(after)] if fits else ""
