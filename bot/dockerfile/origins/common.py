"""What both ways of attribution say about an instruction."""

from bot.model.build import ImageSpec, Origin, OriginKind
from bot.model.dockerfile import Dockerfile, Instruction, Stage


def origin_of(
    dockerfile: Dockerfile,
    spec: ImageSpec,
    instruction: Instruction,
    *,
    copied_from: tuple[Origin, ...] = (),
    exact: bool = True,
) -> Origin:
    """Describe an instruction as the origin of a layer; a FROM stands for the image it names."""
    stage = dockerfile.stage_of(instruction)
    return Origin(
        kind=OriginKind.BASE_IMAGE if instruction.keyword == "FROM" else OriginKind.INSTRUCTION,
        text=dockerfile.source(instruction.span).rstrip(),
        file=spec.dockerfile,
        lines=instruction.lines,
        stage=stage.name if stage else "",
        copied_from=copied_from,
        exact=exact,
    )


def stage_chain(dockerfile: Dockerfile, stage: Stage | None) -> tuple[Stage, ...]:
    """Give the stages whose layers a stage consists of: the one that starts from an image first, itself last."""
    chain: list[Stage] = []
    while stage is not None:
        chain.insert(0, stage)
        stage = dockerfile.stages[stage.base_stage] if stage.base_stage is not None else None
    return tuple(chain)
