"""Instructions → stages, and which stages and build contexts a target needs."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from bot.dockerfile.variables import expand, variables_through
from bot.errors import DockerfileError
from bot.model.dockerfile import Dockerfile, Instruction, Stage

MOST_STAGES = 1_000
_NAME = re.compile(r"[a-z][a-z0-9._-]*")
_UNREADABLE = "The Dockerfile cannot be read."


def read_stages(instructions: Sequence[Instruction], defaults: Mapping[str, str], escape: str) -> tuple[Stage, ...]:
    """Cut a Dockerfile at its FROMs. Raises ``DockerfileError`` if there is none, or something but ARG before it."""
    stages: list[Stage] = []
    if sum(one.keyword == "FROM" for one in instructions) > MOST_STAGES:
        raise DockerfileError(_UNREADABLE, why=f"It has more than {MOST_STAGES} stages.")
    for origin, following in _cut(instructions):
        stages.append(_read_stage(origin, following, stages, lambda word: expand(word, defaults, escape)))
    return tuple(stages)


def reachable_stages(dockerfile: Dockerfile, target: str = "") -> tuple[Stage, ...]:
    """Return the stages that building the target runs, through FROM, ``COPY --from`` and ``RUN --mount=from``."""
    first = dockerfile.stage_for(target)
    waiting, found = [first] if first else [], dict[int, Stage]()
    while waiting:
        stage = waiting.pop()
        if stage.index not in found:
            found[stage.index] = stage
            waiting.extend(_needs(dockerfile, stage))
    return tuple(found[index] for index in sorted(found))


def sources_named(dockerfile: Dockerfile, stage: Stage) -> tuple[tuple[Instruction, str], ...]:
    """Return each (instruction, expanded ``from``) of COPY, ADD and ``RUN --mount``: a stage, an image or a context."""
    return tuple(
        (instruction, expand(name, known, dockerfile.escape))
        for instruction, known in variables_through(dockerfile, stage)
        for name in _from_values(instruction)
    )


def mounts(instruction: Instruction) -> tuple[dict[str, str], ...]:
    """Return the ``--mount`` flags of a RUN as key-value pairs; ``type`` is always there (``bind`` unless said)."""
    return tuple(
        {"type": "bind"} | dict(_pair(part) for part in value.split(",")) for value in instruction.flag_values("mount")
    )


def _pair(part: str) -> tuple[str, str]:
    key, separator, value = part.partition("=")
    return key.strip().lower(), value if separator else "true"


def _from_values(instruction: Instruction) -> Iterator[str]:
    if instruction.keyword == "RUN":
        yield from (mount["from"] for mount in mounts(instruction) if "from" in mount)
    elif instruction.keyword in {"COPY", "ADD"}:
        yield from instruction.flag_values("from")


def _needs(dockerfile: Dockerfile, stage: Stage) -> Iterator[Stage]:
    if stage.base_stage is not None:
        yield dockerfile.stages[stage.base_stage]
    for _, name in sources_named(dockerfile, stage):
        found = dockerfile.stage_named(name, before=stage.index)
        if found is not None:
            yield found


def _cut(instructions: Sequence[Instruction]) -> Iterator[tuple[Instruction, tuple[Instruction, ...]]]:
    starts = [index for index, one in enumerate(instructions) if one.keyword == "FROM"]
    _check_start(instructions[: starts[0] if starts else None])
    if not starts:
        raise DockerfileError(_UNREADABLE, why="It has no FROM, so it builds no image.")
    for start, end in zip(starts, [*starts[1:], len(instructions)], strict=True):
        yield instructions[start], tuple(instructions[start + 1 : end])


def _check_start(instructions: Sequence[Instruction]) -> None:
    for one in instructions:
        if one.keyword != "ARG":
            raise DockerfileError(_UNREADABLE, why="Only ARG may come before the first FROM.", line=one.lines[0])


def _read_stage(
    origin: Instruction, following: tuple[Instruction, ...], before: Sequence[Stage], expanded: Callable[[str], str]
) -> Stage:
    base, name = _reference_and_name(origin)
    reference = expanded(base)
    parent = next((one for one in reversed(before) if one.name == reference.lower()), None) if reference else None
    return Stage(
        index=len(before),
        name=name,
        base=base,
        base_expanded=reference,
        base_stage=parent.index if parent else None,
        platform=expanded(origin.flag("platform") or ""),
        origin=origin,
        instructions=following,
    )


def _reference_and_name(origin: Instruction) -> tuple[str, str]:
    words = origin.arguments
    if len(words) == 1:
        return words[0], ""
    if len(words) == 3 and words[1].lower() == "as" and _NAME.fullmatch(words[2].lower()):
        return words[0], words[2].lower()
    raise DockerfileError(_UNREADABLE, why="FROM takes an image, or an image AS a name.", line=origin.lines[0])
