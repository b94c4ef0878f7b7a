"""ARG and ENV: which variables an instruction sees, and what a word expands to (BuildKit's shell lexer)."""

from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping

from e2b_dockerfile_utils import ShellLex

from bot.model.dockerfile import Dockerfile, Instruction, Stage
from bot.model.image import Platform


def platform_arguments(platform: Platform) -> dict[str, str]:
    """Return the arguments that BuildKit predefines for a build on and for one platform."""
    return {
        f"{side}{part}": value
        for side in ("TARGET", "BUILD")
        for part, value in (
            ("PLATFORM", str(platform)),
            ("OS", platform.os),
            ("ARCH", platform.architecture),
            ("VARIANT", platform.variant),
        )
    }


def global_arguments(instructions: Iterable[Instruction], passed: Mapping[str, str], escape: str) -> dict[str, str]:
    """Evaluate the ARGs before the first FROM; what the build passes wins over a default."""
    values: dict[str, str] = dict(passed)
    declared: dict[str, str] = {}
    for instruction in instructions:
        for name, default in _declarations(instruction):
            if name in passed:
                declared[name] = passed[name]
            elif default is not None:
                declared[name] = values[name] = expand(default, values, escape)
    return declared


def expand(word: str, variables: Mapping[str, str], escape: str = "\\") -> str:
    """Expand variables and remove quotes as BuildKit does; an unset variable is empty.

    A word that BuildKit would refuse (a required variable is missing, an unknown modifier) stays as written.
    """
    try:
        return ShellLex(escape, env=variables, skip_unset_env=False).process_word(word)
    except (ValueError, RecursionError):
        return word


def variables_at(dockerfile: Dockerfile, stage: Stage, instruction: Instruction | None = None) -> dict[str, str]:
    """Return the variables that an instruction of a stage sees: ARG below ENV; at the stage's end without one.

    The base image's own ENV is unknown to the text: it is absent. ENV of a stage that this one starts from is there.
    """
    environment = _inherited(dockerfile, stage)
    arguments: dict[str, str] = {}
    for one, _ in _walk(dockerfile, stage, environment, arguments):
        if instruction is not None and one.span.start >= instruction.span.start:
            break
    return arguments | environment


def variables_through(dockerfile: Dockerfile, stage: Stage) -> Iterator[tuple[Instruction, Mapping[str, str]]]:
    """Return each instruction of a stage with the variables that it sees, a view that holds until the next one."""
    return _walk(dockerfile, stage, _inherited(dockerfile, stage), {})


def _walk(
    dockerfile: Dockerfile, stage: Stage, environment: dict[str, str], arguments: dict[str, str]
) -> Iterator[tuple[Instruction, Mapping[str, str]]]:
    """Go through a stage; both dictionaries grow on the way."""
    known = ChainMap(environment, arguments)
    for one in stage.instructions:
        yield one, known
        if one.keyword == "ARG":
            arguments.update(list(_declared(dockerfile, one, known)))
        elif one.keyword == "ENV":
            environment.update(list(_assigned(one, known, dockerfile.escape)))


def _inherited(dockerfile: Dockerfile, stage: Stage) -> dict[str, str]:
    environment: dict[str, str] = {}
    for ancestor in reversed(_ancestors(dockerfile, stage)):
        for _ in _walk(dockerfile, ancestor, environment, {}):
            pass
    return environment


def _ancestors(dockerfile: Dockerfile, stage: Stage) -> list[Stage]:
    found = []
    while stage.base_stage is not None:
        stage = dockerfile.stages[stage.base_stage]
        found.append(stage)
    return found


def _declared(dockerfile: Dockerfile, instruction: Instruction, known: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, default in _declarations(instruction):
        if name in dockerfile.build_arguments:
            yield name, dockerfile.build_arguments[name]
        elif default is not None:
            yield name, expand(default, known, dockerfile.escape)
        elif name in dockerfile.global_arguments:
            yield name, dockerfile.global_arguments[name]


def _assigned(instruction: Instruction, known: Mapping[str, str], escape: str) -> Iterator[tuple[str, str]]:
    keys, values = instruction.arguments[0::3], instruction.arguments[1::3]
    for key, value in zip(keys, values, strict=True):
        yield expand(key, known, escape), expand(value, known, escape)


def _declarations(instruction: Instruction) -> Iterator[tuple[str, str | None]]:
    if instruction.keyword == "ARG":
        for argument in instruction.arguments:
            name, separator, default = argument.partition("=")
            yield name, default if separator else None
