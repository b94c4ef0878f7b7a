"""Bake: what a step or a command asks of it → a question to buildx, or to our own reader → builds."""

import fnmatch
import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.discovery.bake_files import (
    DEFAULT_FILES,
    BakeQuestion,
    as_written,
    declared_targets,
    declared_variables,
    request_of,
)
from bot.discovery.bake_reader import read_definition
from bot.discovery.command_line import read_options, registry_tag
from bot.discovery.definitions import FILES as COMPOSE_FILES
from bot.discovery.definitions import ComposeRequest, compose_builds
from bot.discovery.nouns import Build, DefinitionEvidence, Pairs, Push
from bot.discovery.tree import RepositoryTree, joined
from bot.discovery.unknowns import as_pattern, is_known, shown, unknown
from bot.discovery.words import Variables
from bot.ports import BakePrint

BY_BUILDX: Final = "docker buildx bake"
BY_US: Final = "Deadweight, without docker buildx"
_MOST_TARGETS: Final = 300


@dataclass(frozen=True, slots=True)
class BakeCommand:
    """One call of bake as written: text may have holes."""

    folder: str = "."
    files: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()
    variables: Variables | None = None
    push: Push = Push.ONLY_BUILT
    variant: Pairs = ()
    exports: bool = False
    """What it builds is written to files: no image comes of it."""


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
            build = _build(str(name), target, here, place, doubts)
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
            waiting += _list(group.get("targets")) if isinstance(group, Mapping) else ()
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
    if not is_known(command.folder) or not all(is_known(one) for one in command.files):
        return None, ()
    files = tuple(one for one in command.files if one.strip() and not one.startswith(("/runner", "cwd://")))
    paths = [joined(command.folder, one.removeprefix("cwd://")) for one in files]
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
    return BakeQuestion(read, targets, command.folder, given), doubts


def _targets(
    tree: RepositoryTree, command: BakeCommand, read: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The targets to ask for; every one that is declared where CI computes them or none is the default."""
    unsure = [target for target in command.targets if not is_known(target)]
    declared = declared_targets(tree.text, read)
    if not unsure and (command.targets or "default" in declared):
        return command.targets, ()
    every = tuple(name for name in declared if not name.startswith("_"))
    named = shown(", ".join(unsure)) or "none"
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


def _build(
    name: str, target: Mapping[str, object], command: BakeCommand, source: DefinitionEvidence, doubts: Sequence[str]
) -> Build:
    changed = _overridden(name, target, command.overrides)
    context = _text(changed.get("context")) or "."
    return Build(
        source,
        dockerfile=_text(changed.get("dockerfile")) or "Dockerfile",
        context=context.removeprefix("cwd://") or ".",
        folder=command.folder,
        target=_text(changed.get("target")),
        args=tuple((key, value) for key, value in _pairs(changed.get("args"))),
        platforms=_list(changed.get("platforms")),
        contexts=_pairs(changed.get("contexts")),
        tags=tuple(tag for tag in _list(changed.get("tags")) if tag),
        push=max(command.push, _push(changed)),
        hints=(name,),
        variant=command.variant,
        inline=bool(changed.get("dockerfile-inline")),
        file_beside_context=True,
        doubts=tuple(doubts),
    )


def _overridden(name: str, target: Mapping[str, object], overrides: Sequence[str]) -> dict[str, object]:
    """Apply ``--set PATTERN.key[.sub]=value``."""
    changed = dict(target)
    for one in overrides:
        where, found, value = one.partition("=")
        pattern, _, key = where.strip().partition(".")
        if not found or not fnmatch.fnmatchcase(name, pattern):
            continue
        key, _, sub = key.removesuffix("+").partition(".")
        if key == "args" and sub:
            changed["args"] = dict(_pairs(changed.get("args"))) | {sub: value}
        elif key == "contexts" and sub:
            changed["contexts"] = dict(_pairs(changed.get("contexts"))) | {sub: value}
        elif key in {"platform", "tags"}:
            changed["platforms" if key == "platform" else key] = [part for part in value.split(",") if part]
        elif key in {"context", "dockerfile", "target"}:
            changed[key] = value
    return changed


def _push(target: Mapping[str, object]) -> Push:
    outputs = " ".join(str(one) for one in _sequence(target.get("output")))
    if "registry" in outputs or "push=true" in outputs.replace("'", ""):
        return Push.PUSHED
    return Push.NAMED_FOR_A_REGISTRY if any(registry_tag(tag) for tag in _list(target.get("tags"))) else Push.ONLY_BUILT


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _sequence(value: object) -> Sequence[object]:
    return value if isinstance(value, list | tuple) else ()


def _list(value: object) -> tuple[str, ...]:
    return tuple(one for one in _sequence(value) if isinstance(one, str))


def _pairs(value: object) -> Pairs:
    if not isinstance(value, Mapping):
        return ()
    return tuple(
        (str(key), one if isinstance(one, str) else unknown(str(key))) for key, one in value.items() if one is not None
    )
