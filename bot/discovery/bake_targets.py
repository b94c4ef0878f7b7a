"""A call of bake, and one target as bake prints it → a build."""

import fnmatch
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.discovery.command_line import registry_tag
from bot.discovery.nouns import Build, DefinitionEvidence, Pairs, Push
from bot.discovery.unknowns import unknown
from bot.discovery.words import Variables

_EXPORTS: Final = re.compile(r"type=(?:local|tar|cacheonly)|^[^=]+$")


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


def target_build(
    name: str, target: Mapping[str, object], command: BakeCommand, source: DefinitionEvidence, doubts: Sequence[str]
) -> Build:
    """The build of a target as bake prints it, with what the step overrides."""
    changed = _overridden(name, target, command.overrides)
    context = _text(changed.get("context")) or "."
    return Build(
        source,
        dockerfile=_text(changed.get("dockerfile")) or "Dockerfile",
        context=context.removeprefix("cwd://") or ".",
        folder=command.folder,
        target=_text(changed.get("target")),
        args=tuple((key, value) for key, value in _pairs(changed.get("args"))),
        platforms=listed(changed.get("platforms")),
        contexts=_pairs(changed.get("contexts")),
        tags=tuple(tag for tag in listed(changed.get("tags")) if tag),
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
        elif key == "output":
            changed["output"] = [value]
            changed["tags"] = [*listed(changed.get("tags")), *re.findall(r"name=([^,\"]+)", value)]
        elif key in {"context", "dockerfile", "target"}:
            changed[key] = value
    return changed


def _push(target: Mapping[str, object]) -> Push:
    written = [_written(one) for one in _sequence(target.get("output"))]
    outputs = " ".join(written)
    if written and all(_EXPORTS.search(one) for one in written):
        return Push.ONLY_BUILT
    if "registry" in outputs or "push=true" in outputs.replace("'", ""):
        return Push.PUSHED
    return (
        Push.NAMED_FOR_A_REGISTRY if any(registry_tag(tag) for tag in listed(target.get("tags"))) else Push.ONLY_BUILT
    )


def _written(output: object) -> str:
    """An output as text, which bake prints as a table."""
    if isinstance(output, Mapping):
        return ",".join(f"{key}={value}" for key, value in output.items())
    return str(output)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _sequence(value: object) -> Sequence[object]:
    return value if isinstance(value, list | tuple) else ()


def listed(value: object) -> tuple[str, ...]:
    """The texts of a list in a printed definition; nothing for what is none."""
    return tuple(one for one in _sequence(value) if isinstance(one, str))


def _pairs(value: object) -> Pairs:
    if not isinstance(value, Mapping):
        return ()
    return tuple(
        (str(key), one if isinstance(one, str) else unknown(str(key))) for key, one in value.items() if one is not None
    )
