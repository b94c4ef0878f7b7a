"""Bake: what a step or a command asks of it → a question to buildx, or to our own reader → builds."""

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from bot.discovery.actions import metadata_text
from bot.discovery.bake_files import (
    DEFAULT_FILES,
    BakeQuestion,
    as_written,
    declared_targets,
    declared_variables,
    request_of,
)
from bot.discovery.bake_reader import read_definition
from bot.discovery.bake_targets import BakeCommand, listed, target_build
from bot.discovery.command_line import read_options
from bot.discovery.definitions import FILES as COMPOSE_FILES
from bot.discovery.definitions import ComposeRequest, compose_builds
from bot.discovery.nouns import Build, DefinitionEvidence, Pairs, Push
from bot.discovery.tree import RepositoryTree, joined
from bot.discovery.unknowns import as_pattern, is_known, shown
from bot.discovery.words import Variables
from bot.ports import BakePrint

BY_BUILDX: Final = "docker buildx bake"
BY_US: Final = "Deadweight, without docker buildx"
_QUOTED: Final = re.compile(r"'([^']*)'")
_COMPUTED: Final = re.compile(r"format\(|join\(|fromJSON")
_PLACEHOLDERS: Final = frozenset({"docker-metadata-action", "meta-helper"})
"""Targets that exist to be filled by docker/metadata-action."""
_MOST_TARGETS: Final = 300


def read_bake_command(words: Sequence[str], folder: str, variables: Variables) -> BakeCommand:
    """Read the words after ``docker buildx bake``."""
    options = read_options(words)
    return BakeCommand(
        folder=folder,
        files=tuple(options.all("file")),
        targets=tuple(options.operands),
        overrides=tuple(options.all("set")),
        variables=variables,
        push=Push.PUSHED if "--push" in options.flags else Push.ONLY_BUILT,
    )


def bake_builds(
    tree: RepositoryTree, port: BakePrint, command: BakeCommand, source: DefinitionEvidence
) -> Iterator[Build]:
    """The builds of the targets that a call of bake makes; what cannot be read is one build full of doubt."""
    if command.exports:
        return
    composed = _compose_files(tree, command)
    if composed:
        services = ComposeRequest(composed, tuple(command.targets), command.push is Push.PUSHED)
        yield from compose_builds(tree, services, command.folder, source)
        return
    question, doubts = _question(tree, command)
    definition, reader = _answer(tree, port, question) if question is not None else (None, "")
    if definition is None:
        named = shown(" ".join(command.targets)) or "default"
        yield Build(
            source, inline=True, push=command.push, doubts=(f"Bake's definition of {named} could not be read.",)
        )
        return
    here = replace(command, folder=question.folder if question else ".")
    place = replace(source, reader=reader)
    targets, asked = definition.get("target"), _asked(definition, question)
    for name, target in list(targets.items())[:_MOST_TARGETS] if isinstance(targets, Mapping) else []:
        if isinstance(target, Mapping) and _fits(str(name), command):
            build = target_build(str(name), target, here, place, doubts)
            yield build if not asked or name in asked else replace(build, push=Push.ONLY_BUILT, linked=True)


def _answer(tree: RepositoryTree, port: BakePrint, question: BakeQuestion) -> tuple[Mapping[str, object] | None, str]:
    """What bake prints, and who read the files: buildx where it is there and answers, else we."""
    request = request_of(tree.text, question)
    printed = port(request) if request is not None else None
    if printed is None:
        return read_definition(tree.text, question), BY_US
    return {key: as_written(value) for key, value in printed.items()}, BY_BUILDX


def _asked(definition: Mapping[str, object], question: BakeQuestion | None) -> frozenset[str]:
    """The targets that were asked for, groups resolved; others are printed because these need them."""
    groups = definition.get("group")
    waiting, found = list(question.targets if question and question.targets else ("default",)), set[str]()
    while waiting and len(found) < _MOST_TARGETS:
        name = waiting.pop()
        group = groups.get(name) if isinstance(groups, Mapping) else None
        if name not in found:
            found.add(name)
            waiting += listed(group.get("targets")) if isinstance(group, Mapping) else ()
    printed = definition.get("target")
    return frozenset(found & printed.keys()) if isinstance(printed, Mapping) else frozenset()


def _compose_files(tree: RepositoryTree, command: BakeCommand) -> tuple[str, ...]:
    """The compose files that are all that bake is given: they are read here, without buildx."""
    named = [one for one in command.files if one.strip()]
    if named:
        return tuple(named) if all(one.endswith((".yml", ".yaml")) for one in named) else ()
    if not is_known(command.folder):
        return ()
    here = [
        path
        for name in (*COMPOSE_FILES, *DEFAULT_FILES)
        if tree.has(path := posixpath.normpath(f"{command.folder}/{name}"))
    ]
    only_compose = bool(here) and all(path.endswith((".yml", ".yaml")) for path in here)
    return tuple(posixpath.relpath(path, command.folder) for path in here) if only_compose else ()


def _question(tree: RepositoryTree, command: BakeCommand) -> tuple[BakeQuestion | None, tuple[str, ...]]:
    if not is_known(command.folder):
        return None, ()
    named = [one.strip().removeprefix("cwd://") for one in command.files]
    files = [one for one in named if is_known(one) and one and not one.startswith("/runner")]
    paths = [joined(command.folder, one) for one in files]
    if None in paths:
        return None, ()
    present = tuple(path for path in paths if path is not None and tree.has(path))
    read = present or tuple(
        path for name in DEFAULT_FILES if (path := posixpath.normpath(f"{command.folder}/{name}")) in tree.modes
    )
    if not read or (files and not present):
        return None, ()
    targets, doubts = _targets(tree, command, read)
    given, unsure = _given(command.variables or {}, declared_variables(tree.text, read))
    if unsure:
        doubts = (*doubts, f"CI sets {', '.join(unsure)} by an expression; its default was taken.")
    hidden = ", ".join(shown(one) for one in named if not is_known(one))
    if hidden:
        doubts = (*doubts, f"CI adds a bake file that only a run knows: {hidden}.")
    extra = tuple(text for one in named if (text := metadata_text(one)))
    return BakeQuestion(read, targets, command.folder, given, extra), doubts


def _targets(
    tree: RepositoryTree, command: BakeCommand, read: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The targets to ask for; every one that is declared where CI computes them or none is the default."""
    unsure = [target for target in command.targets if not is_known(target)]
    declared = declared_targets(tree.text, read)
    if not unsure and (command.targets or "default" in declared):
        return command.targets, ()
    named = shown(", ".join(unsure)) or "none"
    quoted = [part.strip() for text in _QUOTED.findall(named) for part in text.split(",")]
    chosen = tuple(dict.fromkeys(name for name in (*command.targets, *quoted) if name in declared))
    if chosen and not _COMPUTED.search(named):
        return chosen, (f"CI computes which targets of bake it builds ({named}): those that it names are taken.",)
    every = tuple(name for name in declared if not name.startswith("_") and name not in _PLACEHOLDERS)
    return every, (f"CI computes which targets of bake it builds ({named}): every one that fits is taken.",)


def _fits(name: str, command: BakeCommand) -> bool:
    """Tell whether a target may be one that CI names by an expression."""
    unsure = [target for target in command.targets if not is_known(target)]
    return not unsure or name in command.targets or any(as_pattern(one).fullmatch(name) for one in unsure)


def _given(variables: Variables, declared: frozenset[str]) -> tuple[Pairs, tuple[str, ...]]:
    """The declared variables that the step sets, and the names of those whose value only a run knows."""
    given, unsure = [], []
    for name in sorted(declared & variables.keys()):
        value = variables[name]
        if not isinstance(value, str):
            continue
        if is_known(value):
            given.append((name, value))
        else:
            unsure.append(name)
    return tuple(given), tuple(unsure)
